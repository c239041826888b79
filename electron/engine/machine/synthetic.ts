import { Netvsp } from '../parent/vsp/netvsp/netvsp';
import { HOST_NVSP_VERSION, NvspVersion } from '../vmbus/protocol/nvsp';
import { HOST_VMBUS_VERSION, VmbusVersion } from '../vmbus/protocol/versions';
import { VmbusServer } from '../vmbus/server/server';
import { HumanInterface } from './human-interface';
import { buildDynamicMemory } from './dynamic-memory';
import type { MachineParts } from './parts';
import { Services } from './services';
import { SyntheticStorage } from './storage';

const MEGABYTE = 1024 * 1024;

/** What the rest of the machine reaches on the synthetic side. */
export interface SyntheticSide {
  readonly services: Services;
  readonly human: HumanInterface;
  readonly storage: SyntheticStorage;
}

/**
 * The synthetic side of a machine: the VMBus of its host's age, a network provider for each synthetic adapter, the SCSI
 * controllers, screen, keyboard and mouse, and the integration components.
 */
export function buildSynthetic(parts: MachineParts): SyntheticSide {
  const { description, partition, meter, units } = parts;
  const maxVersion = HOST_VMBUS_VERSION[description.hostId] ?? VmbusVersion.V5_3;
  const gpadlLimit = (maxVersion >= VmbusVersion.V5_2 ? 1280 : 384) * MEGABYTE;
  const vmbus = units.add('vmbus', new VmbusServer({ partition, meter, maxVersion, gpadlLimit }));
  description.adapters
    .filter(({ kind }) => kind === 'synthetic')
    .forEach(({ id, mac }, index) => {
      const options = {
        name: `netvsp-${index}`,
        instance: id,
        mac,
        port: parts.cableOf(id),
        maxVersion: HOST_NVSP_VERSION[description.hostId] ?? NvspVersion.V6_1,
        linkSpeed: linkSpeedOf(maxVersion),
        queues: partition.processors.length,
        monitorLatency: monitorLatencyOf(maxVersion),
      };
      const netvsp = units.add(`netvsp-${index}`, new Netvsp(options));
      vmbus.add(netvsp);
    });
  const storage = new SyntheticStorage(parts, vmbus);
  const human = new HumanInterface(parts, vmbus);
  return { storage, services: new Services(parts, vmbus, buildDynamicMemory(parts, vmbus)), human };
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
