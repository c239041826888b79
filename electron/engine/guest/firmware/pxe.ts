import { macText } from '../../base/mac';
import { MILLISECOND } from '../../clock/clock';
import { PAGE_SIZE } from '../../memory/guest-memory';
import type { Processor } from '../../hypervisor/processor';
import type { TextConsole } from '../console/text-console';
import { Dc21x4Driver } from '../drivers/dc21x4/driver';
import { newDc21x4, type Dc21x4State } from '../drivers/dc21x4/state';
import { PciConfig, sizeBars, type PciFound } from '../hardware/pci-config';
import { makeDevice, Problem, type DeviceState } from '../kernel/device';
import type { RegisterHost } from '../drivers/dc21x4/driver';
import { bootProgramText } from '../../base/boot-program';
import type { TftpOutcome } from './tftp-download';
import { NetBoot, newNetBoot, type NetBootOutcome, type NetBootState } from './net-boot';

/** Where the boot ROM of the legacy network adapter stands. Plain. */
export interface PxeState {
  device: DeviceState;
  card: Dc21x4State;
  boot: NetBootState;
  /** Looking for an address, or fetching the boot program. */
  phase: 'dhcp' | 'tftp';
  /** Steps of the turning bar. */
  turns: number;
}

const VENDOR_CLASS = 'PXEClient:Arch:00000:UNDI:002001';
const MEMORY = 0x2_0000; // base memory that a boot ROM takes for itself
const TICK = 55 * MILLISECOND; // the ROM polls with the timer tick of a BIOS

/** PXE 2.1, 4.4.4: messages of the TFTP client. */
const TFTP_FAILURES: Readonly<Record<Exclude<TftpOutcome, 'fetching' | 'done'>, readonly string[]>> = {
  openTimeout: ['PXE-E32: TFTP open timeout'],
  readTimeout: ['PXE-E35: TFTP read timeout'],
  notFound: ['PXE-T01: File not found', 'PXE-E3B: TFTP Error - File Not found'],
  refused: ['PXE-T02: Access violation', 'PXE-E3C: TFTP Error - Access Violation'],
  tooLarge: ['PXE-E79: NBP is too big to fit in free base memory'],
};

const BAR = '|/-\\';

/**
 * The boot ROM of the legacy network adapter: brings the card up, polls it, and looks for a boot server. Texts and error
 * codes of the Preboot Execution Environment 2.1.
 */
export class PxeRom {
  private readonly driver: Dc21x4Driver;
  private readonly boot: NetBoot;

  constructor(
    private readonly processor: Processor,
    private readonly console: TextConsole,
    private readonly state: PxeState,
    private readonly now: () => number,
  ) {
    this.driver = new Dc21x4Driver(this.host(), state.card);
    this.boot = new NetBoot(this.driver, state.boot, VENDOR_CLASS, now);
  }

  /** The ROM of a card that was found on the bus. */
  static stateFor(processor: Processor, card: PciFound): PxeState {
    const bars = sizeBars(new PciConfig(processor), card.device, card.fn);
    const resources = bars.map(({ kind, base, size }) => ({ kind, start: base, length: size }));
    const found = {
      bus: 'pci',
      address: (card.device << 3) | card.fn,
      ids: [],
      instance: '',
      location: '',
      resources,
    } as const;
    return { device: makeDevice(0, null, found), card: newDc21x4(), boot: newNetBoot(), phase: 'dhcp', turns: 0 };
  }

  private host(): RegisterHost {
    const { processor, state, now } = this;
    return {
      processor,
      device: state.device,
      now,
      allocate: (bytes) => {
        processor.memory.fill(MEMORY, Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE, 0);
        return MEMORY;
      },
      enableInterrupt: () => undefined, // polled
      wakeAt: (time) => {
        state.device.wakeAt = time;
      },
      log: () => undefined,
      started: (problem) => {
        state.device.status = problem === Problem.none ? 'started' : 'failed';
      },
    };
  }

  /** Prints the banner and starts the card. False when the card does not work. */
  begin(guid: string): boolean {
    this.driver.start();
    this.console.writeLine('Hyper-V');
    this.console.writeLine('PXE Network Boot 09.14.2011');
    this.console.writeLine('(C) Copyright 2011 Microsoft Corporation, All Rights Reserved.');
    this.console.writeLine();
    if (this.state.device.status !== 'started') return this.leave('PXE-E61: Media test failure, check cable');
    this.console.writeLine(`CLIENT MAC ADDR: ${macText(this.driver.mac, ' ')}  GUID: ${guid}`);
    if (!this.driver.linkUp) return this.leave('PXE-E61: Media test failure, check cable');
    this.console.write('DHCP. ');
    return true;
  }

  private leave(...lines: readonly string[]): false {
    for (const line of lines) this.console.writeLine(line);
    this.console.writeLine('PXE-M0F: Exiting PXE ROM.');
    this.console.writeLine();
    if (this.state.card.memory !== 0) this.driver.stop();
    return false;
  }

  /** Polls the card; the next time to do so, or null when the ROM has given up. */
  step(): number | null {
    this.driver.interrupt();
    if ((this.state.device.wakeAt ?? Infinity) <= this.now()) this.driver.wake();
    const outcome = this.boot.poll();
    const isOver = this.state.phase === 'tftp' ? this.fetched() : this.found(outcome);
    if (isOver) return null;
    if (this.state.phase === 'dhcp') this.console.write(`\b${BAR[this.state.turns++ % BAR.length] ?? ''}`);
    return this.now() + TICK;
  }

  /** What DHCP has brought. True when the ROM has given up. */
  private found(outcome: NetBootOutcome): boolean {
    if (outcome.kind === 'searching') return false;
    this.console.writeLine('\b ');
    if (outcome.kind === 'noLink') return !this.leave('PXE-E61: Media test failure, check cable');
    if (outcome.kind !== 'bound') return !this.leave('PXE-E51: No DHCP or proxyDHCP offers were received.', '');
    const { address, mask, leaseServer, gateway } = outcome.address;
    this.console.writeLine(`CLIENT IP: ${address ?? ''}  MASK: ${mask ?? ''}  DHCP IP: ${leaseServer ?? ''}`);
    if (gateway !== null) this.console.writeLine(`GATEWAY IP: ${gateway}`);
    if (outcome.bootFile === '') return !this.leaveNetwork('PXE-E53: No boot filename received', '');
    this.state.phase = 'tftp';
    this.console.write('TFTP.');
    return this.fetched();
  }

  /** How fetching the boot program goes. True when the ROM has ended. */
  private fetched(): boolean {
    const outcome = this.boot.fetch();
    if (outcome === 'fetching') return false;
    this.console.writeLine();
    if (outcome === 'done') this.execute(this.boot.fetched);
    else this.leaveNetwork(...TFTP_FAILURES[outcome], '');
    return true;
  }

  /** Jumps to the boot program. */
  private execute(program: Uint8Array): void {
    const text = bootProgramText(program);
    if (text === null) this.leaveNetwork('This boot program is machine code. A model processor cannot run it.', '');
    else {
      this.console.write(text);
      this.leaveNetwork();
    }
  }

  private leaveNetwork(...lines: readonly string[]): false {
    this.boot.end();
    this.driver.interrupt();
    return this.leave(...lines);
  }
}
