import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import { HOSTS } from '@shared/model/hosts';
import type { HostId } from '@shared/model/host-profile';
import type { InventorySnapshot, VmRuntime, VmSummary } from '@shared/model/inventory';
import type { NewVmRequest } from '@shared/model/new-vm';
import type { VmState } from '@shared/model/vm-state';
import { settingsFor } from '../../../electron/management/inventory/new-machine';

/** Ids in a row: `00000000-0000-4000-8000-000000000001`, … */
export function idSequence(start = 1): () => string {
  const next = { value: start };
  return () => `00000000-0000-4000-8000-${String(next.value++).padStart(12, '0')}`;
}

export interface VmSketch {
  readonly id?: string;
  readonly name?: string;
  readonly state?: VmState;
  readonly host?: HostId;
  readonly request?: Partial<NewVmRequest>;
  readonly runtime?: Partial<VmRuntime>;
}

/** A machine as the wizard makes it, in the wanted state. */
export function makeVm(sketch: VmSketch = {}): VmSummary {
  const { id = idSequence(1)(), name = 'XP', state = 'off', host = 'ws2022' } = sketch;
  const profile = HOSTS[host];
  const request = { ...newVmDefaults(profile, name), generation: 1 as const, ...sketch.request };
  const newId = idSequence(Number.parseInt(id.slice(-4), 10) * 1000);
  const settings = settingsFor(request, profile, `${profile.paths.virtualHardDisks}${name}.vhdx`, newId);
  const alive = state !== 'off' && state !== 'saved';
  return {
    id,
    settings,
    createdAt: '2022-10-03T09:05:42',
    configurationVersion: profile.versions.configuration,
    location: profile.paths.virtualMachines,
    restState: state === 'saved' ? 'saved' : 'off',
    runtime: {
      state,
      cpuPercent: alive ? 3 : null,
      assignedMemoryMB: alive ? settings.memory.startupMB : null,
      memoryDemandMB: null,
      memoryStatus: null,
      uptimeSeconds: alive ? 72 : null,
      operation: null,
      heartbeat: alive ? 'noContact' : null,
      adapters: settings.adapters.map((adapter) => ({
        adapterId: adapter.id,
        macAddress: null,
        ipAddresses: [],
        connected: false,
      })),
      ...sketch.runtime,
    },
  };
}

/** An inventory with these machines and one external switch. */
export function makeSnapshot(vms: readonly VmSummary[], host: HostId = 'ws2022', revision = 1): InventorySnapshot {
  return {
    revision,
    host: HOSTS[host],
    vms: [...vms],
    switches: [{ id: '00000000-0000-4000-8000-00000000aaaa', name: 'LAN', kind: 'external', notes: '' }],
    notices: [],
    canUndo: null,
    canRedo: null,
  };
}
