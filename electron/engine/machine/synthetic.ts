import type { MacAddress } from '../base/mac';
import { HOST_VMBUS_VERSION, VmbusVersion } from '../vmbus/protocol/versions';
import { VmbusServer } from '../vmbus/server/server';
import { SyntheticAdapters } from './adapters';
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
  readonly adapters: SyntheticAdapters;
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
  const adapters = new SyntheticAdapters(parts, vmbus);
  const storage = new SyntheticStorage(parts, vmbus);
  const human = new HumanInterface(parts, vmbus);
  const emulated = description.adapters.filter(({ kind }) => kind === 'legacy').map(({ mac }) => mac);
  const macs = (): MacAddress[] => [...emulated, ...adapters.macs];
  return { storage, adapters, services: new Services(parts, vmbus, buildDynamicMemory(parts, vmbus), macs), human };
}
