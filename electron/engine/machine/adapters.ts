import type { MacAddress } from '../base/mac';
import { Netvsp } from '../parent/vsp/netvsp/netvsp';
import { HOST_NVSP_VERSION, NvspVersion } from '../vmbus/protocol/nvsp';
import { HOST_VMBUS_VERSION, VmbusVersion } from '../vmbus/protocol/versions';
import type { VmbusServer } from '../vmbus/server/server';
import type { AdapterDescription } from './description';
import type { MachineParts } from './parts';

/**
 * The synthetic network adapters of a machine: a provider for each, called by the adapter's id, so that a machine built again from other
 * settings finds the saved state of those that it still has.
 */
export class SyntheticAdapters {
  private readonly providers = new Map<string, Netvsp>(); // by adapter id
  private readonly addresses = new Map<string, MacAddress>();

  constructor(
    private readonly parts: MachineParts,
    private readonly vmbus: VmbusServer,
  ) {
    for (const adapter of parts.description.adapters) if (adapter.kind === 'synthetic') this.add(adapter);
  }

  /** Hardware addresses of all that are in the machine now. */
  get macs(): readonly MacAddress[] {
    return [...this.addresses.values()];
  }

  /** Puts an adapter into the machine; a guest at work is offered it. */
  add({ id, mac }: AdapterDescription): void {
    const { description, partition, units, cableOf } = this.parts;
    const name = nameOf(id);
    const age = HOST_VMBUS_VERSION[description.hostId] ?? VmbusVersion.V5_3;
    const netvsp = new Netvsp({
      name,
      instance: id,
      mac,
      port: cableOf(id),
      maxVersion: HOST_NVSP_VERSION[description.hostId] ?? NvspVersion.V6_1,
      linkSpeed: linkSpeedOf(age),
      monitorLatency: monitorLatencyOf(age),
      queues: partition.processors.length,
    });
    this.providers.set(id, units.add(name, netvsp));
    this.addresses.set(id, mac);
    this.vmbus.add(netvsp);
  }

  /** Takes an adapter out; a guest that knows it is told. False when it is not here. */
  remove(id: string): boolean {
    const netvsp = this.providers.get(id);
    if (!netvsp) return false;
    this.providers.delete(id);
    this.addresses.delete(id);
    this.vmbus.remove(netvsp);
    this.parts.units.remove(nameOf(id));
    return true;
  }
}

function nameOf(id: string): string {
  return `netvsp-${id}`;
}

/**
 * Network channels are signalled through the monitor page, looked at every 100 us (microsoft/openvmm vm/devices/net/netvsp/src/lib.rs; linux
 * include/linux/hyperv.h on `low_latency`). No log tells of the age at which hosts began or ceased to; here those up to 2012 R2 do, and newer
 * ones take hypercalls: a hundred busy machines cost the simulation 2.5 times as much when each one's page is looked at.
 */
function monitorLatencyOf(vmbus: number): number | undefined {
  return vmbus >= VmbusVersion.V4_0 ? undefined : 1_000;
}

/** Guests see 10 Gbit/s up to 2012 R2 and the speed of the uplink since 2016. */
function linkSpeedOf(vmbus: number): number {
  return vmbus >= VmbusVersion.V4_0 ? 1_000_000_000 : 10_000_000_000;
}
