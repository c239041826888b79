import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import type { MenuItem } from '@renderer/components/menu';
import { useErrors } from '@renderer/composables/use-errors';
import { useVmCommands } from '@renderer/composables/use-vm-commands';
import { useWords } from '@renderer/composables/use-words';
import { useInventory } from '@renderer/stores/inventory';
import { useShell } from '@renderer/stores/shell';
import type { VmCommand } from '@shared/model/vm-state';
import { commandItems, commandsForAll } from './command-items';
import { useLayout } from './use-layout';
import { useSelection } from './use-selection';

/** The commands of the main window as items for menus, tool bar and Actions pane. */
export function useManagerCommands() {
  const { t, te } = useI18n();
  const inventory = useInventory();
  const selection = useSelection();
  const layout = useLayout();
  const errors = useErrors();
  const shell = useShell();
  const words = useWords();
  const vm = useVmCommands();

  function runVm(command: VmCommand): void {
    const [first] = selection.vms;
    if (!first || !commandsForAll(selection.vms).includes(command)) return;
    if (command === 'connect') void vm.connect(first.id);
    else if (command === 'settings') void vm.openSettings(first.id);
    else if (command === 'rename') selection.renaming = first.id;
    else void vm.run(command, selection.vms);
  }

  const openNewVm = (): void => void errors.attempt(t('manager.failed.open'), () => ask(lab().app.openNewVm()));
  /** `New > Floppy Disk...`: an empty diskette under the name that the Save dialog gives. */
  async function newFloppy(): Promise<void> {
    const filters = [{ label: t('common.files.floppyFiles'), extensions: ['vfd'] }];
    const start = inventory.host?.paths.iso ?? 'C:\\';
    const path = await shell.browse({ mode: 'save', title: t('manager.server.createFloppy'), start, filters });
    if (path !== null) await errors.attempt(t('manager.failed.floppy'), () => ask(lab().files.createFloppy({ path })));
  }

  const newDisk = (): void => void shell.newDisk({ format: null });

  /** `Inspect Disk...`: a file, then its properties. */
  async function inspectDisk(): Promise<void> {
    const { host } = inventory;
    const filters = [{ label: t('common.files.diskFiles'), extensions: host?.settings.diskFormats ?? [] }];
    const start = host?.paths.virtualHardDisks ?? 'C:\\';
    const path = await shell.browse({ mode: 'file', title: t('manager.server.inspectTitle'), start, filters });
    if (path !== null) shell.inspectDisk(path);
  }

  const refresh = (): void => void errors.attempt(t('manager.failed.load'), () => inventory.refresh());
  const help = (): void => void (layout.dialog = 'help');

  function undoItem(which: 'undo' | 'redo', command: string | null | undefined): MenuItem[] {
    if (!command) return [];
    const what = te(`manager.undo.${command}`) ? t(`manager.undo.${command}`) : command;
    const label = t(`manager.undo.${which === 'undo' ? 'label' : 'redo'}`, { what });
    const run = (): void => void errors.attempt(t(`manager.failed.${which}`), () => ask(lab().inventory[which]()));
    return [{ id: which, label, icon: which, run, shortcut: which === 'undo' ? 'Ctrl+Z' : 'Ctrl+Y' }];
  }

  const undoItems = computed(() => [
    ...undoItem('undo', inventory.snapshot?.canUndo),
    ...undoItem('redo', inventory.snapshot?.canRedo),
  ]);

  const viewItems = computed<MenuItem[]>(() => [
    ...(selection.scope === 'server'
      ? [{ id: 'columns', label: t('manager.server.addRemoveColumns'), run: () => void (layout.dialog = 'columns') }]
      : []),
    { id: 'customize', label: t('manager.server.customize'), run: () => void (layout.dialog = 'customize') },
  ]);

  const viewItem = computed<MenuItem>(() => ({
    id: 'view',
    label: t('manager.server.view'),
    separator: true,
    children: viewItems.value,
  }));
  const helpItem = computed<MenuItem>(() => ({
    id: 'help',
    label: t('manager.server.help'),
    icon: 'help',
    separator: true,
    run: help,
  }));

  /** Commands of the server node. */
  const serverItems = computed<MenuItem[]>(() => [
    {
      id: 'new',
      label: t('manager.server.new'),
      children: [
        { id: 'newVm', label: t('manager.server.newVm'), icon: 'new-vm', run: openNewVm },
        { id: 'newDisk', label: t('manager.server.newDisk'), icon: 'disk-file', run: newDisk },
        { id: 'newFloppy', label: t('manager.server.newFloppy'), icon: 'diskette', run: () => void newFloppy() },
      ],
    },
    {
      id: 'inspectDisk',
      label: t('manager.server.inspectDisk'),
      icon: 'hard-drive',
      separator: true,
      run: () => void inspectDisk(),
    },
    ...undoItems.value.map((item, index) => ({ ...item, separator: index === 0 })),
    { id: 'refresh', label: t('manager.server.refresh'), icon: 'refresh', separator: true, run: refresh },
    viewItem.value,
    helpItem.value,
  ]);

  /** Commands of the root node. */
  const rootItems = computed<MenuItem[]>(() => [viewItem.value, helpItem.value]);

  /** Commands of the selected machines; empty when none is selected. */
  const vmItems = computed<MenuItem[]>(() =>
    selection.scope === 'server' && selection.vms.length > 0
      ? [...commandItems(selection.vms, words.commandLabel, runVm), helpItem.value]
      : [],
  );

  const scopeItems = computed(() => (selection.scope === 'root' ? rootItems.value : serverItems.value));

  return { runVm, refresh, help, undoItems, viewItems, serverItems, rootItems, vmItems, scopeItems, openNewVm };
}
