import { macText } from '../../base/mac';
import { MILLISECOND, SECOND } from '../../clock/clock';
import { MMIO_GAP_START } from '../../memory/sparse-memory';
import type { Processor } from '../../hypervisor/processor';
import { VmbusClient } from '../../vmbus/client/client';
import type { ClientOffer, VmbusListener } from '../../vmbus/client/driver';
import type { VmbusClientState } from '../../vmbus/client/state';
import { VMBUS_VERSIONS } from '../../vmbus/protocol/versions';
import { KernelPages, type PagesState } from '../kernel/pages';
import { VmbusClass } from '../os/vmbus-classes';
import { Netvsc } from '../vsc/netvsc/netvsc';
import { netvscSettings } from '../vsc/netvsc/settings';
import { newNetvsc, type NetvscState } from '../vsc/netvsc/state';
import { NVSP_VERSIONS } from '../../vmbus/protocol/nvsp';
import { NetBoot, newNetBoot, type NetBootState } from './net-boot';
import { bootSummary, BootStatus, type BootEntry } from './uefi-summary';

/** Where the firmware of a Generation 2 machine stands. Plain. */
export interface UefiState {
  step: 'logo' | 'connect' | 'network' | 'summary';
  until: number;
  pages: PagesState;
  client: VmbusClientState | null;
  offers: { relid: number; type: string; instance: string }[];
  /** Offer that is tried now: index into `offers`. */
  current: number;
  netvsc: NetvscState | null;
  boot: NetBootState;
  entries: BootEntry[];
}

export function newUefi(): UefiState {
  return {
    step: 'logo',
    until: 0,
    pages: { next: 0x10_0000, end: 0, free: [] },
    client: null,
    offers: [],
    current: -1,
    netvsc: null,
    boot: newNetBoot(),
    entries: [],
  };
}

const VECTOR = 0xf3;
/** Identity before an operating system has its own: vendor Microsoft, system undefined. TLFS, "Guest OS Identity MSR". */
const FIRMWARE_ID = (1n << 48n) | (1n << 40n);
const LOGO_TIME = 1500 * MILLISECOND;
const PATIENCE = 10 * SECOND;
const VENDOR_CLASS = 'PXEClient:Arch:00007:UNDI:003000'; // x64 UEFI

/**
 * The firmware of a Generation 2 machine. There is no board to program: everything that it can boot from is a channel of
 * VMBus. It tries the network adapters that are offered, and shows the boot summary when nothing has started.
 */
export class UefiFirmware implements VmbusListener {
  private readonly client: VmbusClient;
  private readonly pages: KernelPages;
  private adapter: Netvsc | null = null; // wiring over state.netvsc
  private boot: NetBoot | null = null;

  constructor(
    private readonly processor: Processor,
    private readonly state: UefiState,
    private readonly now: () => number,
  ) {
    state.pages.end ||= Math.min(processor.memory.size, MMIO_GAP_START);
    this.pages = new KernelPages(state.pages);
    const { pages } = this;
    const versions = VMBUS_VERSIONS;
    this.client = new VmbusClient({ processor, pages, osId: FIRMWARE_ID, vector: VECTOR, versions, listener: this });
    if (state.client) this.client.restore(state.client);
    if (state.netvsc) this.wire(state.netvsc);
  }

  /** What stands on the screen: logo, or the boot summary. */
  view(): { title: string; lines: readonly string[] } {
    if (this.state.step === 'summary')
      return { title: 'Virtual Machine Boot Summary', lines: bootSummary(this.state.entries) };
    const isBooting = this.state.step === 'network';
    return { title: 'Hyper-V', lines: isBooting ? ['>>Start PXE over IPv4.'] : [] };
  }

  interrupt(vector: number): void {
    if (vector === VECTOR) this.client.interrupt();
  }

  /** Goes on; when to go on by itself, or null. */
  step(): number | null {
    for (;;) {
      const { step, until } = this.state;
      if (step === 'logo' && this.now() >= until) this.connect();
      else if (step === 'connect' && this.now() >= until) this.nextEntry();
      else if (step === 'network' && !this.tryNetwork()) return this.boot?.nextDue() ?? this.state.until;
      else if (step === 'summary') return null;
      else if (step !== 'network') return this.state.until;
    }
  }

  /** At power-on: how long the logo stands. */
  begin(): void {
    this.state.until = this.now() + LOGO_TIME;
  }

  private connect(): void {
    this.state.step = 'connect';
    this.state.until = this.now() + PATIENCE;
    this.client.connect();
  }

  connected(): void {
    // The offers follow.
  }

  failed(): void {
    this.state.until = this.now();
  }

  offered({ relid, interfaceType, instance }: ClientOffer): void {
    this.state.offers.push({ relid, type: interfaceType, instance });
  }

  offersDelivered(): void {
    this.state.until = this.now();
  }

  rescinded({ relid }: ClientOffer): void {
    this.state.offers = this.state.offers.filter((offer) => offer.relid !== relid);
  }

  unloaded(): void {
    // Nothing is started behind this firmware yet that would find the bus again.
  }

  private nextEntry(): void {
    const { offers } = this.state;
    do this.state.current++;
    while (this.state.current < offers.length && offers[this.state.current]?.type !== VmbusClass.network);
    this.adapter = this.boot = this.state.netvsc = null;
    this.state.boot = newNetBoot();
    if (this.state.current >= offers.length) {
      this.state.step = 'summary';
      return;
    }
    this.state.step = 'network';
    this.state.until = this.now() + PATIENCE;
    this.state.netvsc = newNetvsc();
    this.wire(this.state.netvsc).start();
  }

  private wire(state: NetvscState): Netvsc {
    const { client, pages, processor } = this;
    const settings = netvscSettings(NVSP_VERSIONS[0] ?? 0, {
      ringPages: 16,
      receiveBytes: 2 ** 20,
      sendBytes: 2 ** 18,
    });
    const quiet = (): void => undefined;
    const made = new Netvsc({
      client,
      relid: this.state.offers[this.state.current]?.relid ?? 0,
      memory: processor.memory,
      pages,
      state,
      name: 'network',
      settings,
      listener: { up: quiet, failed: quiet, stopped: quiet, removed: quiet },
    });
    this.adapter = made;
    return made;
  }

  /** True when the entry has been dealt with and the next one has begun. */
  private tryNetwork(): boolean {
    const { adapter, state } = this;
    const { netvsc } = state;
    if (!adapter || !netvsc) return this.report(BootStatus.deviceError);
    if (netvsc.phase === 'failed' || netvsc.phase === 'removed') return this.report(BootStatus.deviceError);
    if (netvsc.phase !== 'up') return this.now() >= state.until && this.report(BootStatus.deviceError);
    this.boot ??= new NetBoot(adapter, state.boot, VENDOR_CLASS, this.now);
    const outcome = this.boot.poll();
    if (outcome.kind === 'searching') return false;
    if (outcome.kind === 'noLink') return this.report(BootStatus.mediaDisconnected);
    if (outcome.kind === 'noOffer') return this.report(BootStatus.dhcpFailed);
    const isNamed = outcome.kind === 'bound' && outcome.bootFile !== '';
    return this.report(isNamed ? BootStatus.imageFailed : BootStatus.noBootImage);
  }

  private report(status: string): true {
    const mac = this.adapter ? macText(this.adapter.mac, '') : '';
    this.state.entries.push({ name: `Network Adapter (${mac})`, status });
    this.boot?.end();
    this.adapter?.stop();
    this.nextEntry();
    return true;
  }

  /** Brings the state up to date before it is copied. */
  sync(): void {
    this.state.client = this.client.save();
  }
}
