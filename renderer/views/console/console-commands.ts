import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import type { MenuItem } from '@renderer/components/menu';
import { useErrors } from '@renderer/composables/use-errors';
import { useVmCommands } from '@renderer/composables/use-vm-commands';
import type { VmSummary } from '@shared/model/inventory';
import { allows, type VmCommand } from '@shared/model/vm-state';
import { useConsoleClipboard, type ConsolePicture } from './console-clipboard';
import { useConsoleMedia } from './console-media';

type StateCommand = Exclude<VmCommand, 'connect' | 'settings' | 'rename' | 'delete' | 'deleteSavedState'>;

/** Commands of the connection window. Those that do not apply are greyed here, and not absent as in the manager. */
export function useConsoleCommands(vm: ComputedRef<VmSummary | null>, picture: ConsolePicture) {
  const { t } = useI18n();
  const errors = useErrors();
  const commands = useVmCommands();
  const { mediaItems } = useConsoleMedia(vm);
  const { clipboardItems } = useConsoleClipboard(vm, picture);
  const can = (command: VmCommand): boolean => vm.value !== null && allows(vm.value.runtime.state, command);

  function item(command: StateCommand, icon: string, shortcut?: string): MenuItem {
    const run = (): void => void (vm.value && commands.run(command, [vm.value]));
    return {
      id: command,
      label: t(`console.${command}`),
      icon,
      disabled: !can(command),
      run,
      ...(shortcut ? { shortcut } : {}),
    };
  }

  const ctrlAltDelete = computed<MenuItem>(() => ({
    id: 'ctrlAltDelete',
    label: t('console.ctrlAltDelete'),
    icon: 'ctrl-alt-del',
    shortcut: 'Ctrl+Alt+End',
    disabled: vm.value?.runtime.state !== 'running',
    run: () => void sendCtrlAltDelete(),
  }));
  const pauseOrResume = computed(() =>
    can('resume') ? item('resume', 'resume', 'Ctrl+P') : item('pause', 'pause', 'Ctrl+P'),
  );

  const actionItems = computed<MenuItem[]>(() => [
    ctrlAltDelete.value,
    { ...item('start', 'start', 'Ctrl+S'), separator: true },
    item('turnOff', 'turn-off'),
    item('shutDown', 'shut-down', 'Ctrl+D'),
    item('save', 'save', 'Ctrl+A'),
    { ...pauseOrResume.value, separator: true },
    item('reset', 'reset', 'Ctrl+R'),
  ]);

  async function sendCtrlAltDelete(): Promise<void> {
    const id = vm.value?.id;
    if (id !== undefined)
      await errors.attempt(t('console.failed.key'), () => ask(lab().machine.sendCtrlAltDelete({ vmId: id })));
  }

  const fileItems = computed<MenuItem[]>(() => [
    {
      id: 'settings',
      label: t('console.settings'),
      shortcut: 'Ctrl+O',
      disabled: vm.value === null,
      run: () => void (vm.value && commands.openSettings(vm.value.id)),
    },
    { id: 'exit', label: t('console.exit'), separator: true, run: () => void ask(lab().app.closeWindow()) },
  ]);

  /** The tool bar: the same commands in the order of the real one. */
  const tools = computed<MenuItem[]>(() => [
    ctrlAltDelete.value,
    { ...item('start', 'start'), separator: true },
    item('turnOff', 'turn-off'),
    item('shutDown', 'shut-down'),
    item('save', 'save'),
    { ...pauseOrResume.value, separator: true },
    item('reset', 'reset'),
  ]);

  /** Does what the keys of a menu item do; true when there is such an item and it can be used. */
  function runShortcut(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || event.altKey || event.shiftKey) return false;
    const keys = `Ctrl+${event.key.toUpperCase()}`;
    const found = [...fileItems.value, ...actionItems.value, ...clipboardItems.value].find(
      ({ shortcut }) => shortcut === keys,
    );
    if (found && !found.disabled) found.run?.();
    return found !== undefined;
  }

  return { fileItems, actionItems, mediaItems, clipboardItems, tools, can, runShortcut };
}
