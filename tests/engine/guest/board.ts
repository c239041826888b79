import type { BlockStore } from '@engine/base/block-store';
import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { DeviceMemory } from '@engine/bus/device-memory';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { I440bx } from '@engine/chipset/i440bx/i440bx';
import { I8042 } from '@engine/chipset/i8042/i8042';
import { AtaDisk } from '@engine/chipset/ide/ata-disk';
import { AtapiDrive } from '@engine/chipset/ide/atapi-drive';
import { Piix4Ide } from '@engine/chipset/ide/piix4-ide';
import { Pic } from '@engine/chipset/pic/pic';
import { IsaBridge } from '@engine/chipset/piix4/isa-bridge';
import { PirqRouter } from '@engine/chipset/piix4/pirq-router';
import { PowerManagement } from '@engine/chipset/piix4/power-management';
import { Pit } from '@engine/chipset/pit/pit';
import { ResetControl } from '@engine/chipset/reset-control';
import { Rtc } from '@engine/chipset/rtc/rtc';
import { EngineClock } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';
import { BiosHelper, type BiosEvent } from '@engine/devices/bios-helper';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { Vga } from '@engine/devices/vga/vga';
import { installOnto } from '@engine/guest/disk/installer';
import { ModelGuest } from '@engine/guest/model-guest';
import { osProfile } from '@engine/guest/os';
import { Partition } from '@engine/hypervisor/partition';
import { hypervisorProfile } from '@engine/hypervisor/profiles';
import { ConsoleKeys } from '@engine/machine/keys';
import { UnitSet, type UnitStates } from '@engine/machine/units';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { SimulatedLan } from '@engine/parent/physical/simulated-lan';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { diskUnit, ideAccelerator } from '@engine/parent/vsp/storvsp/offers';
import type { Storvsp } from '@engine/parent/vsp/storvsp/storvsp';
import { CostMeter } from '@engine/trace/cost';
import { Trace } from '@engine/trace/trace';
import { HOST_NVSP_VERSION } from '@engine/vmbus/protocol/nvsp';
import { HOST_VSTOR_VERSION } from '@engine/vmbus/protocol/vstor';
import { HOST_VMBUS_VERSION } from '@engine/vmbus/protocol/versions';
import { VmbusServer } from '@engine/vmbus/server/server';
import type { GuestDesktop } from '@engine/guest/shell/screens';
import type { DeviceNode } from '@shared/model/guest-view';

/** Address of a machine's adapter: 00-15-5D-01-02-03. */
export const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x01, 0x02, 0x03]);

export interface BoardOptions {
  memoryMB?: number;
  disk?: BlockStore;
  disc?: BlockStore;
  /** Nibbles of the helper, first tried first: 0 floppy, 1 optical, 2 hard disk, 3 network. */
  bootOrder?: number[];
  mac?: Uint8Array;
  port?: FramePort;
  /** Place of the legacy adapter on the PCI bus, 0x0A by default. */
  nicSlot?: number;
  host?: string;
  generationCounter?: boolean;
  firmware?: 'bios' | 'uefi';
  /** Address of a synthetic adapter, and the cable behind it. */
  synthetic?: Uint8Array;
  syntheticPort?: FramePort;
  /** Both adapters are plugged into the simulated office network. */
  lan?: boolean;
  /** False: the host offers nothing on VMBus. */
  vmbus?: boolean;
}

/** A cable end whose other side is the test. */
export class TestPort implements FramePort {
  linkUp = true;
  readonly sent: Uint8Array[] = [];
  receiver: FrameReceiver | null = null;
  send(frame: Uint8Array): void {
    this.sent.push(frame.slice());
  }
  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }
}

/** The other door to the board's disk, master of the first channel. */
function accelerator(disk: BlockStore, host: string): Storvsp {
  const version = HOST_VSTOR_VERSION[host] ?? 0;
  const unit = diskUnit(disk, '11111111-2222-4333-8444-555555555555', version);
  return ideAccelerator('storvsp-ide-0', { channel: 0, device: 0 }, unit, version);
}

const WALL_CLOCK = Date.UTC(2008, 2, 15, 14, 30);

/** A Generation 1 board, made of the emulated devices, with a model guest on its only processor. */
export class Board {
  readonly engine = new EngineClock();
  readonly clock = new PartitionClock(this.engine, 'vm-1');
  readonly trace = new Trace(this.engine, 4096);
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly keys = new ConsoleKeys();
  readonly units = new UnitSet();
  readonly memory: SparseMemory;
  readonly partition: Partition;
  readonly pic: Pic;
  readonly vga: Vga;
  readonly cd: AtapiDrive;
  readonly nic: Dec21140 | null;
  readonly guest: ModelGuest;
  readonly events: BiosEvent[] = [];
  readonly pci: PciBus;
  readonly lan: SimulatedLan | null;
  private readonly router: PirqRouter;
  resets = 0;
  powerOffs = 0;

  constructor(options: BoardOptions = {}) {
    const { memoryMB = 256 } = options;
    const { ports, mmio, clock, trace, units } = this;
    this.lan = options.lan ? new SimulatedLan(this.engine, trace) : null;
    const memory = (this.memory = new SparseMemory([{ start: 0, length: memoryMB * 1024 * 1024 }]));
    const profile = hypervisorProfile(options.host ?? 'ws2022');
    if (!profile) throw new Error('no such host');
    this.partition = new Partition({ id: 1, name: 'vm-1', clock, trace, memory, ports, mmio, vpCount: 1, profile });
    units.add('memory', memory);
    units.add('partition', this.partition);
    units.add('reset', new ResetControl({ ports, onReset: () => this.resets++ }));
    this.pci = units.add('pci', new PciBus(ports));
    this.pic = units.add('pic', new Pic({ name: 'vm-1/pic', ports, trace }));
    this.partition.connectExternalInterrupts(this.pic);
    this.router = new PirqRouter((input) => this.pic.line(input));
    this.addChipset();
    this.cd = new AtapiDrive({ name: 'vm-1/ide/2', trace }, options.disc ?? null);
    this.addIde(options.disk ?? null);
    this.vga = units.add(
      'vga',
      new Vga({ name: 'vm-1/vga', ports, mmio, vram: units.add('vram', new DeviceMemory(8 * 2 ** 20)) }),
    );
    this.vga.attach(this.pci);
    this.addHelper(options, memoryMB);
    this.nic = this.addCard(options);
    if (options.vmbus !== false) this.addVmbus(options);
    const [processor] = this.partition.processors;
    if (!processor) throw new Error('no processor');
    this.guest = units.add('guest', new ModelGuest({ processor, clock, name: 'guest', firmware: options.firmware }));
  }

  private addChipset(): void {
    const { ports, mmio, memory, clock, units, pic, pci, keys } = this;
    units.add('i440bx', new I440bx({ memory, mmio })).attach(pci);
    units.add('isa', new IsaBridge(this.router)).attach(pci);
    const onPowerOff = (): void => void this.powerOffs++;
    units.add('pm', new PowerManagement({ name: 'pm', ports, clock, interrupt: pic.line(9), onPowerOff })).attach(pci);
    const pit = units.add('pit', new Pit({ name: 'pit', ports, clock, interrupt: pic.line(0) }));
    pic.watch(0, (isOpen) => pit.setObserved(isOpen));
    const wallClock = (): number => WALL_CLOCK + this.clock.now() / 1e6;
    units.add('rtc', new Rtc({ name: 'rtc', ports, clock, interrupt: pic.line(8), wallClock }));
    const interrupts = { keyboardInterrupt: pic.line(1), mouseInterrupt: pic.line(12) };
    units.add('i8042', new I8042({ name: 'i8042', ports, ...interrupts, keys, onReset: () => this.resets++ }));
  }

  private addIde(disk: BlockStore | null): void {
    const { ports, memory, trace, units, pic, pci } = this;
    const drive = disk ? units.add('disk', new AtaDisk({ name: 'vm-1/ide/0', trace }, disk)) : null;
    units.add('cd', this.cd);
    const options = { name: 'vm-1/ide', ports, memory, trace, interrupts: [pic.line(14), pic.line(15)] as const };
    units.add('ide', new Piix4Ide({ ...options, drives: [drive, null, this.cd, null] })).attach(pci);
  }

  private addHelper(options: BoardOptions, memoryBelowGapMB: number): void {
    const settings = {
      bootOrder: options.bootOrder ?? [1, 2, 3, 0],
      numLock: true,
      guid: new Uint8Array(16).fill(0xab),
      processorCount: 1,
      memoryBelowGapMB,
      memoryAbove4GbMB: 0,
      generationCounter: options.generationCounter ?? false,
    };
    this.units.add('helper', new BiosHelper(this.ports, settings, (event) => this.events.push(event)));
  }

  private addCard({ mac, port, nicSlot }: BoardOptions): Dec21140 | null {
    if (!mac) return null;
    const { ports, mmio, memory, clock, trace, units } = this;
    const back = { interrupt: this.router.line(1), port: port ?? this.lan?.plug('legacy', mac) ?? new TestPort() };
    const card = units.add(
      'nic',
      new Dec21140({ name: 'vm-1/legacy/0', functionNumber: 0, mac, memory, ports, mmio, clock, trace, ...back }),
    );
    card.attach(this.pci, nicSlot);
    return card;
  }

  private addVmbus({ host = 'ws2022', synthetic, syntheticPort, disk }: BoardOptions): void {
    const maxVersion = HOST_VMBUS_VERSION[host] ?? 0;
    const server = this.units.add(
      'vmbus',
      new VmbusServer({ partition: this.partition, meter: new CostMeter(), maxVersion }),
    );
    if (disk) server.add(this.units.add('storvsp-ide-0', accelerator(disk, host)));
    if (!synthetic) return;
    const instance = '0a5d2c6e-1111-4222-8333-944455566677';
    const options = {
      name: 'netvsp-0',
      instance,
      mac: synthetic,
      port: syntheticPort ?? this.lan?.plug('synthetic', synthetic) ?? new TestPort(),
      maxVersion: HOST_NVSP_VERSION[host],
    };
    server.add(this.units.add('netvsp', new Netvsp(options)));
  }

  powerOn(): void {
    this.clock.start();
    this.guest.start();
  }

  /** What the worker does when the guest asks for a reset. */
  restart(): void {
    this.units.reset();
    this.guest.start();
  }

  save(): { clock: unknown; units: UnitStates } {
    return { clock: this.clock.save(), units: this.units.save() };
  }

  restore(saved: ReturnType<Board['save']>): void {
    this.clock.stop();
    this.clock.restore(saved.clock as ReturnType<PartitionClock['save']>); // this board saved it
    this.units.restore(saved.units);
    this.clock.start();
  }

  /** Lets `seconds` pass. */
  run(seconds: number): void {
    this.engine.advanceBy(seconds * 1e9);
  }

  /** Runs until `done` or for `seconds`. True when it became so. */
  until(done: () => boolean, seconds = 120): boolean {
    const end = this.engine.now() + seconds * 1e9;
    while (this.engine.now() < end && !done()) if (!this.engine.runNext()) break;
    return done();
  }

  /** Runs until the screen shows `text`. */
  shows(text: string, seconds = 120): boolean {
    return this.until(() => this.screen().includes(text), seconds);
  }

  /** The text screen as lines, from the VGA. */
  screen(): string {
    const snapshot = this.vga.textSnapshot();
    if (!snapshot) return '';
    const { cells, columns, rows } = snapshot;
    const character = (at: number): string => String.fromCharCode(cells[at * 2] || 32);
    const line = (row: number): string =>
      Array.from({ length: columns }, (_, i) => character(row * columns + i)).join('');
    return Array.from({ length: rows }, (_, row) => line(row).trimEnd()).join('\n');
  }

  /** The desktop; fails the test when there is none. */
  desktop(): GuestDesktop {
    const screen = this.guest.screen();
    if (screen?.kind !== 'desktop') throw new Error(`no desktop but ${screen?.kind ?? 'text'}:\n${this.screen()}`);
    return screen;
  }

  /** The devices of a category in Device Manager. */
  devices(category: string): DeviceNode[] {
    return this.desktop().devices.filter((device) => device.category === category);
  }

  /** Presses and releases keys as a person would, and lets the guest take them. */
  type(text: string): void {
    const rows = ['1234567890-=', 'qwertyuiop[]', "asdfghjkl;'", 'zxcvbnm,./'];
    const firsts = [0x02, 0x10, 0x1e, 0x2c];
    const shifted: Record<string, string> = { _: '-', '+': '=', ':': ';', '?': '/' };
    for (const character of text) {
      const plain = shifted[character] ?? character.toLowerCase();
      const row = rows.findIndex((keys) => keys.includes(plain));
      const special: Record<string, number> = { '\n': 0x1c, ' ': 0x39, '\b': 0x0e };
      const code = special[plain] ?? (firsts[row] ?? 0) + (rows[row]?.indexOf(plain) ?? 0);
      const isShifted = plain !== character;
      if (isShifted) this.press(0x2a, true);
      this.press(code, true);
      this.press(code, false);
      if (isShifted) this.press(0x2a, false);
      this.run(0.02);
    }
    this.run(0.5);
  }

  press(code: number, down: boolean, extended = false): void {
    this.keys.press({ code, down, extended });
  }
}

/** A disk of `sectors` sectors with an installed system. */
export function installedDisk(profileId: string, sectors = 65536): MemoryBlockStore {
  const store = new MemoryBlockStore({ sectorCount: sectors });
  const profile = osProfile(profileId);
  if (!profile) throw new Error('no such system');
  const failure = installOnto(store, profile, { installed: '2008-03-15 14:30' });
  if (failure) throw new Error(failure);
  return store;
}
