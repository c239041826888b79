import type { MenuItem } from '@renderer/components/menu';
import type { VmSummary } from '@shared/model/inventory';
import { commandsFor, type VmCommand } from '@shared/model/vm-state';

/** Pictures of the commands on a machine, as in the Actions pane. */
const ICONS: Record<VmCommand, string> = {
  connect: 'connect',
  settings: 'settings',
  start: 'start',
  turnOff: 'turn-off',
  shutDown: 'shut-down',
  save: 'save',
  pause: 'pause',
  resume: 'resume',
  reset: 'reset',
  deleteSavedState: 'delete-saved',
  rename: 'rename',
  delete: 'delete',
};

/** Groups between which a line is drawn. */
const GROUPS: readonly (readonly VmCommand[])[] = [
  ['connect'],
  ['settings'],
  ['start', 'turnOff', 'shutDown', 'save', 'deleteSavedState'],
  ['pause', 'resume', 'reset'],
  ['rename', 'delete'],
];

/** Commands that work on one machine only. */
const SINGLE: readonly VmCommand[] = ['connect', 'settings', 'rename'];

const groupOf = (command: VmCommand): number => GROUPS.findIndex((group) => group.includes(command));

/** The commands that fit all of these machines, in the order of the pane. Those that do not fit are absent. */
export function commandsForAll(vms: readonly VmSummary[]): readonly VmCommand[] {
  const [first, ...others] = vms.map(({ runtime }) => commandsFor(runtime.state));
  const common = (first ?? []).filter((command) => others.every((each) => each.includes(command)));
  return vms.length > 1 ? common.filter((command) => !SINGLE.includes(command)) : common;
}

/** The same commands as items of a menu or of the Actions pane. */
export function commandItems(
  vms: readonly VmSummary[],
  label: (command: VmCommand) => string,
  run: (command: VmCommand) => void,
): MenuItem[] {
  const commands = commandsForAll(vms);
  return commands.map((command, index) => {
    const previous = commands[index - 1];
    return {
      id: command,
      label: label(command),
      icon: ICONS[command],
      separator: previous !== undefined && groupOf(previous) !== groupOf(command),
      run: () => run(command),
    };
  });
}
