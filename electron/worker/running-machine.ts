import { parseMac } from '@engine/base/mac';
import type { Machine } from '@engine/machine/machine';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import { drivesOf } from '@shared/model/vm-settings';
import type { VmState } from '@shared/model/vm-state';
import type { Attachments } from './attachments';
import type { CpuUsage } from './cpu-usage';

/** A machine that is on, with what this process keeps of it beside the engine. */
export interface Running {
  vm: VmRecord;
  readonly machine: Machine;
  readonly attachments: Attachments;
  readonly usage: CpuUsage;
  /** Discs that the guest took out, by drive: their paths. */
  readonly ejected: Map<string, string>;
  state: VmState;
  /** The generation of the screen that was last sent to the windows; -1 before the first. */
  shown: number;
}

/** What the manager shows of a machine that is on; all of it as the host measures it or the guest's components tell it. */
export function runtimeOf(entry: Running): VmRuntime {
  const { vm, machine, state, usage } = entry;
  return {
    state,
    cpuPercent: state === 'running' ? usage.percent : 0,
    assignedMemoryMB: Math.round(machine.memory.assignedMB),
    memoryDemandMB: machine.services.memory?.demandMB ?? null,
    memoryStatus: machine.services.memory?.status ?? null,
    uptimeSeconds: Math.floor(machine.clock.now() / 1e9),
    operation: null,
    heartbeat: state === 'paused' ? 'paused' : machine.services.heartbeat,
    adapters: vm.settings.adapters.map(({ id, mac, switchId }) => ({
      adapterId: id,
      macAddress: mac.address,
      ipAddresses: addressesOf(machine, mac.address),
      connected: switchId !== null,
    })),
  };
}

/** What the settings put into a drive; null for an empty one, or none. */
export function pathIn({ settings }: VmRecord, driveId: string): string | null {
  return drivesOf(settings).find(({ drive }) => drive.id === driveId)?.drive.path ?? null;
}

/** What the guest tells of an adapter; one that has no hardware address yet is not in the machine. */
function addressesOf({ services }: Machine, address: string | null): string[] {
  const mac = address === null ? null : parseMac(address);
  return mac ? [...services.addressesOf(mac)] : [];
}
