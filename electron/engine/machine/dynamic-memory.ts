import type { MemoryMember } from '../parent/memory-balancer';
import { DynamicMemoryVsp } from '../parent/vsp/dynamic-memory/dynamic-memory';
import { HOST_DM_VERSION } from '../vmbus/protocol/dynamic-memory';
import type { VmbusServer } from '../vmbus/server/server';
import type { MachineParts } from './parts';

/**
 * The provider for Dynamic Memory, on hosts that have it: Windows Server 2008 R2 with Service Pack 1 and later. It is offered to
 * every machine; where the settings say that memory is static, it asks the guest for nothing.
 */
export function buildDynamicMemory(parts: MachineParts, vmbus: VmbusServer): DynamicMemoryVsp | null {
  const { description, clock, memory, units, balancer } = parts;
  const maxVersion = HOST_DM_VERSION[description.hostId];
  if (maxVersion === undefined) return null;
  const { memoryMB } = description;
  const fixed = { dynamic: false, minimumMB: memoryMB, maximumMB: memoryMB, bufferPercent: 0, weight: 0 };
  const policy = description.memory ?? fixed;
  const provider = new DynamicMemoryVsp({ clock, memory, maxVersion, policy, balancer });
  vmbus.add(units.add('dynamic-memory', provider.device));
  return provider;
}

/** What the balancer sees of a machine whose host, or whose guest, cannot move memory. */
export function fixedMemory(memoryMB: number): MemoryMember {
  return { assignedMB: memoryMB, wantedMB: memoryMB, minimumMB: memoryMB, weight: 0 };
}
