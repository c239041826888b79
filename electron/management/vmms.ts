import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import { allows, type VmCommand, type VmState } from '@shared/model/vm-state';
import type { Machines } from '../worker/machines';
import type { HostDisks, HostFiles } from './host/host-access';
import type { Inventory } from './inventory/inventory';
import type { NewId } from './inventory/new-machine';

/** Everything that commands of management work on. One object, made once, handed to each command. */
export interface Vmms {
  readonly inventory: Inventory;
  readonly machines: Machines;
  readonly files: HostFiles;
  readonly disks: HostDisks;
  readonly newId: NewId;
  /** Machines whose automatic start is delayed. */
  readonly waitingToStart: Set<string>;
  /** Wall clock of the simulated host, ISO 8601 without zone. */
  readonly wallClock: () => string;
}

/** State of a machine now: of its worker while it has one, else at rest. */
export function stateOf(vmms: Vmms, vm: VmRecord): VmState {
  return vmms.machines.runtime(vm.id)?.state ?? vm.restState;
}

/** The machine, if `command` applies to it now; throws `notFound` or `wrongState`. */
export function vmFor(vmms: Vmms, vmId: string, command: VmCommand): VmRecord {
  const vm = vmms.inventory.vm(vmId);
  const state = stateOf(vmms, vm);
  if (!allows(state, command)) throw new LabError('wrongState', { name: vm.settings.name, state, command });
  return vm;
}

/** Throws the first of a list of rule issues as an error, with the others as details. */
export function refuse(issues: readonly { code: LabError['code']; params: Readonly<Record<string, string>> }[]): void {
  const [first, ...others] = issues;
  if (first)
    throw new LabError(
      first.code,
      first.params,
      others.map(({ code, params }) => ({ code, params: { ...params } })),
    );
}
