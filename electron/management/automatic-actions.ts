import { LabError } from '@shared/model/errors';
import type { VmRecord } from '@shared/model/inventory';
import type { HostTime } from '../worker/host-time';
import { startVm } from './run-vm';
import type { Vmms } from './vmms';

/** A host that shuts down waits for guests as long as its service manager waits for it. MSDN blog of T. Soucy, "3 Minute Warning". */
const SHUTDOWN_PATIENCE = 180;

/** Carries out the Automatic Start Action of every machine: the host has started. */
export function hostStarted(vmms: Vmms, time: HostTime): void {
  const { inventory } = vmms;
  const before = new Set(inventory.hostDocument.running);
  if (before.size > 0)
    inventory.record('hostStarted', [inventory.patchHost({ ...inventory.hostDocument, running: [] })]);
  for (const vm of inventory.vms) {
    const { action, delaySeconds } = vm.settings.autoStart;
    if (action === 'nothing' || (action === 'ifRunning' && !before.has(vm.id))) continue;
    if (delaySeconds === 0) startByItself(vmms, vm.id);
    else wait(vmms, time, vm, delaySeconds);
  }
}

function wait(vmms: Vmms, time: HostTime, { id }: VmRecord, seconds: number): void {
  vmms.waitingToStart.add(id);
  time.later(`auto-start/${id}`, seconds, () => {
    if (vmms.waitingToStart.delete(id)) startByItself(vmms, id);
  });
}

/** Nobody is there to be told why a machine does not start: it becomes a notice. A machine deleted meanwhile is none. */
function startByItself(vmms: Vmms, vmId: string): void {
  const vm = vmms.inventory.vms.find(({ id }) => id === vmId);
  if (!vm || vmms.machines.runtime(vmId)) return;
  try {
    startVm(vmms, vmId);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    vmms.inventory.addNotice({ id: `autoStart:${vmId}`, code: 'autoStartFailed', params: { name: vm.settings.name } });
  }
}

/**
 * Carries out the Automatic Stop Action of every running machine: the host shuts down. A guest that cannot be asked to shut
 * down, or does not do it in time, is turned off (MSDN blog of T. Brown, 14 June 2008). Afterwards nothing runs.
 */
export function hostStopping(vmms: Vmms, time: HostTime): void {
  const { inventory, machines } = vmms;
  vmms.waitingToStart.clear();
  const running = inventory.vms.filter(({ id }) => machines.runtime(id) !== null);
  if (running.length === 0) return;
  for (const vm of running) stop(vmms, vm);
  const rest = (): VmRecord[] => running.filter(({ id }) => machines.runtime(id) !== null);
  if (rest().length > 0) time.pass(SHUTDOWN_PATIENCE, () => rest().length === 0);
  for (const { id } of rest()) machines.turnOff(id);
  inventory.record('hostStopped', [
    inventory.patchHost({ ...inventory.hostDocument, running: running.map(({ id }) => id) }),
  ]);
}

/** Saves, turns off, or begins to shut down. What cannot be done ends in a machine that is turned off. */
function stop({ machines }: Vmms, { id, settings }: VmRecord): void {
  const state = machines.runtime(id)?.state;
  const isDeaf = state === 'critical' || (state !== 'running' && settings.autoStop === 'shutDown');
  const action = isDeaf ? 'turnOff' : settings.autoStop;
  try {
    machines[action](id);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    if (machines.runtime(id)) machines.turnOff(id);
  }
}
