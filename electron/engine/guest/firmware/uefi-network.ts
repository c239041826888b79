import { macText } from '../../base/mac';
import type { Processor } from '../../hypervisor/processor';
import type { VmbusClient } from '../../vmbus/client/client';
import { NVSP_VERSIONS } from '../../vmbus/protocol/nvsp';
import type { KernelPages } from '../kernel/pages';
import { Netvsc } from '../vsc/netvsc/netvsc';
import { netvscSettings } from '../vsc/netvsc/settings';
import { newNetvsc, type NetvscState } from '../vsc/netvsc/state';
import { NetBoot, newNetBoot, type NetBootState } from './net-boot';
import { BootStatus } from './uefi-summary';

/** A network adapter that is tried. Plain. */
export interface UefiNetworkState {
  relid: number;
  netvsc: NetvscState;
  boot: NetBootState;
}

export function newUefiNetwork(relid: number): UefiNetworkState {
  return { relid, netvsc: newNetvsc(), boot: newNetBoot() };
}

const VENDOR_CLASS = 'PXEClient:Arch:00007:UNDI:003000'; // x64 UEFI
const QUIET = (): void => undefined;

/** Booting from one network adapter, through the firmware's own network driver. Wiring over its state. */
export class UefiNetwork {
  private readonly adapter: Netvsc;
  private boot: NetBoot | null = null;

  constructor(
    client: VmbusClient,
    pages: KernelPages,
    processor: Processor,
    private readonly state: UefiNetworkState,
    private readonly now: () => number,
  ) {
    this.adapter = new Netvsc({
      client,
      relid: state.relid,
      memory: processor.memory,
      pages,
      state: state.netvsc,
      name: 'network',
      settings: netvscSettings(NVSP_VERSIONS[0] ?? 0, { ringPages: 16, receiveBytes: 2 ** 20, sendBytes: 2 ** 18 }),
      listener: { up: QUIET, failed: QUIET, stopped: QUIET, removed: QUIET },
    });
  }

  start(): void {
    this.adapter.start();
  }

  get name(): string {
    return `Network Adapter (${macText(this.adapter.mac, '')})`;
  }

  nextDue(): number | null {
    return this.boot?.nextDue() ?? null;
  }

  /** Why it does not boot; null while it is being tried. `isLate`: the firmware's patience is over. */
  poll(isLate: boolean): string | null {
    const { phase } = this.state.netvsc;
    if (phase === 'failed' || phase === 'removed') return BootStatus.deviceError;
    if (phase !== 'up') return isLate ? BootStatus.deviceError : null;
    this.boot ??= new NetBoot(this.adapter, this.state.boot, VENDOR_CLASS, this.now);
    const outcome = this.boot.poll();
    if (outcome.kind === 'searching') return null;
    if (outcome.kind === 'noLink') return BootStatus.mediaDisconnected;
    if (outcome.kind === 'noOffer') return BootStatus.dhcpFailed;
    const isNamed = outcome.kind === 'bound' && outcome.bootFile !== '';
    return isNamed ? BootStatus.imageFailed : BootStatus.noBootImage;
  }

  end(): void {
    this.boot?.end();
    this.adapter.stop();
  }
}
