import { DeviceMemory } from '../bus/device-memory';
import { MmioSpace } from '../bus/mmio-space';
import { PortSpace } from '../bus/port-space';
import { ModelGuest } from '../guest/model-guest';
import { Partition } from '../hypervisor/partition';
import { HYPERVISOR_PROFILES, hypervisorProfile } from '../hypervisor/profiles';
import { ramLayout } from '../memory/ram-layout';
import { SparseMemory } from '../memory/sparse-memory';
import { VIDEO_MEMORY_MEGABYTES } from '../vmbus/protocol/synth-video';
import type { MachineParts } from './parts';

const MEGABYTE = 1024 * 1024;

/** What the foundation adds to that which a machine brings itself. */
type Foundation = 'memory' | 'vram' | 'ports' | 'mmio' | 'partition' | 'generationCounter';

/** What every machine has, whatever its generation: memory, empty port and memory spaces, a partition with its processors. */
export function buildFoundation(wiring: Omit<MachineParts, Foundation>): MachineParts {
  const { description, name, units, clock, trace } = wiring;
  const memory = units.add('memory', new SparseMemory(ramLayout(description.memoryMB * MEGABYTE)), {
    keepOnReset: true,
  });
  const vram = units.add('vram', new DeviceMemory(VIDEO_MEMORY_MEGABYTES * MEGABYTE));
  const ports = new PortSpace();
  const mmio = new MmioSpace();
  const profile = hypervisorProfile(description.hostId) ?? HYPERVISOR_PROFILES['ws2022'];
  if (!profile) throw new Error(`no hypervisor profile for ${description.hostId}`);
  const partition = units.add(
    'partition',
    new Partition({ id: 1, name, clock, trace, memory, ports, mmio, vpCount: description.processors, profile }),
  );
  partition.setListener({ resetRequested: () => wiring.requestReset(), crashed: () => undefined });
  const generationCounter = profile.major > 6 || profile.minor >= 2;
  return { ...wiring, memory, vram, ports, mmio, partition, generationCounter };
}

/** The model guest on the processors of the partition. */
export function buildGuest({ partition, clock, units, description }: MachineParts): ModelGuest {
  const [processor, ...others] = partition.processors;
  if (!processor) throw new Error('a machine has at least one processor');
  const firmware = description.generation === 1 ? 'bios' : 'uefi';
  return units.add('guest', new ModelGuest({ processor, others, clock, name: 'guest', firmware }));
}
