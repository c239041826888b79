import { LabError } from '@shared/model/errors';
import { commandVm, deleteSavedState, saveVm, startVm } from '../../management/run-vm';
import { setDisketteMedia, setDvdMedia } from '../../management/media';
import { ctrlAltDelete, keystrokes } from '../../worker/keystrokes';
import type { Vmms } from '../../management/vmms';
import type { Watchers } from '../watchers';
import type { DomainHandlers } from './types';

/** The calls on machines and their consoles. */
export function machineHandlers(vmms: Vmms, watchers: Watchers): DomainHandlers<'machine'> {
  const { machines, inventory } = vmms;
  const checkOn = (vmId: string): void => {
    if (!machines.runtime(vmId)) throw new LabError('wrongState', { name: inventory.vm(vmId).settings.name });
  };
  const press = (vmId: string, keys: ReturnType<typeof keystrokes>): void => {
    checkOn(vmId);
    for (const { code, down, extended } of keys) machines.key(vmId, code, down, extended);
  };
  return {
    start: ({ vmId }) => startVm(vmms, vmId),
    turnOff: ({ vmId }) => commandVm(vmms, vmId, 'turnOff'),
    shutDown: ({ vmId }) => commandVm(vmms, vmId, 'shutDown'),
    save: ({ vmId }) => saveVm(vmms, vmId),
    pause: ({ vmId }) => commandVm(vmms, vmId, 'pause'),
    resume: ({ vmId }) => commandVm(vmms, vmId, 'resume'),
    reset: ({ vmId }) => commandVm(vmms, vmId, 'reset'),
    deleteSavedState: ({ vmId }) => deleteSavedState(vmms, vmId),
    setDvdMedia: ({ vmId, driveId, path }) => setDvdMedia(vmms, vmId, driveId, path),
    setDisketteMedia: ({ vmId, path }) => setDisketteMedia(vmms, vmId, path),
    watchScreen: ({ vmId }, caller) => {
      inventory.vm(vmId);
      watchers.set(caller.windowId, vmId);
      return machines.screen(vmId);
    },
    sendKey: ({ vmId, code, down, extended }) => press(vmId, [{ code, down, extended }]),
    useDesktop: ({ vmId, action }) => {
      checkOn(vmId);
      machines.act(vmId, action);
    },
    sendPointer: ({ vmId, ...event }) => {
      checkOn(vmId);
      machines.pointer(vmId, event);
    },
    sendCtrlAltDelete: ({ vmId }) => press(vmId, ctrlAltDelete()),
    typeText: ({ vmId, text }) => press(vmId, keystrokes(text)),
    inspect: ({ vmId }) => {
      inventory.vm(vmId);
      return { counters: machines.counters(vmId), tree: machines.inspect(vmId) };
    },
  };
}
