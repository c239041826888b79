import { z } from 'zod';

/** States of a virtual machine as the list shows them. */
export const VM_STATES = [
  'off',
  'running',
  'paused',
  'saved',
  'starting',
  'saving',
  'stopping',
  'pausing',
  'resuming',
  'critical',
] as const;
export const vmStateSchema = z.enum(VM_STATES);
export type VmState = z.infer<typeof vmStateSchema>;

/** Commands on one virtual machine, in the order of the Actions pane. */
export const VM_COMMANDS = [
  'connect',
  'settings',
  'start',
  'turnOff',
  'shutDown',
  'save',
  'pause',
  'resume',
  'reset',
  'deleteSavedState',
  'rename',
  'delete',
] as const;
export type VmCommand = (typeof VM_COMMANDS)[number];

const BY_STATE: Record<VmState, readonly VmCommand[]> = {
  off: ['connect', 'settings', 'start', 'rename', 'delete'],
  running: ['connect', 'settings', 'turnOff', 'shutDown', 'save', 'pause', 'reset', 'rename'],
  paused: ['connect', 'settings', 'turnOff', 'save', 'resume', 'reset', 'rename'],
  saved: ['connect', 'settings', 'start', 'deleteSavedState', 'rename', 'delete'],
  starting: ['connect', 'settings', 'turnOff'],
  saving: ['connect', 'settings'],
  stopping: ['connect', 'settings'],
  pausing: ['connect', 'settings'],
  resuming: ['connect', 'settings'],
  critical: ['connect', 'settings', 'turnOff', 'rename', 'delete'],
};

/** Commands that apply to a machine in `state`, in their order: what Hyper-V Manager lists, and what management accepts. */
export function commandsFor(state: VmState): readonly VmCommand[] {
  return BY_STATE[state];
}

/** True when `command` is accepted in `state`. Greying and refusal both ask this. */
export function allows(state: VmState, command: VmCommand): boolean {
  return BY_STATE[state].includes(command);
}
