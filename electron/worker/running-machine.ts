import { parseMac } from '@engine/base/mac';
import type { Machine } from '@engine/machine/machine';
import type { SimulatedHost } from '@engine/machine/simulated-host';
import { TRACE_KINDS, traceKindName } from '@engine/trace/kinds';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
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

/** How often each kind of event has happened in a machine, by name; kinds that never happened are left out. */
export function countersOf(host: SimulatedHost, vmId: string): Record<string, number> {
  const name = host.nameOf(vmId);
  const counts: Record<string, number> = {};
  for (const kind of TRACE_KINDS) {
    const count = host.trace.countBelow(kind, name);
    if (count > 0) counts[traceKindName(kind)] = count;
  }
  return counts;
}

/** What the guest tells of an adapter; one that has no hardware address yet is not in the machine. */
function addressesOf({ services }: Machine, address: string | null): string[] {
  const mac = address === null ? null : parseMac(address);
  return mac ? [...services.addressesOf(mac)] : [];
}
