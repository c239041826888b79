import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { baseName } from '@renderer/components/host-files';
import type { MenuItem } from '@renderer/components/menu';
import { useErrors } from '@renderer/composables/use-errors';
import { useVmCommands } from '@renderer/composables/use-vm-commands';
import { useInventory } from '@renderer/stores/inventory';
import { useShell } from '@renderer/stores/shell';
import type { VmSummary } from '@shared/model/inventory';
import { canChange } from '@shared/model/rules/settings-areas';
import { drivesOf, type Drive } from '@shared/model/vm-settings';
import { allows, type VmCommand } from '@shared/model/vm-state';

/** A part of the window, in its pixels. */
export interface WindowPart {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What the commands ask of the window they belong to. */
export interface ConsoleOptions {
  /** Where the guest's picture is now; null when there is none. */
  guestArea(): WindowPart | null;
  hasPicture(): boolean;
}

/** Which files a drive takes. */
interface FileFilter {
  readonly label: string;
  readonly extensions: readonly string[];
}

type StateCommand = Exclude<VmCommand, 'connect' | 'settings' | 'rename' | 'delete' | 'deleteSavedState'>;

/** Commands of the connection window. Those that do not apply are greyed here, and not absent as in the manager. */
export function useConsoleCommands(vm: ComputedRef<VmSummary | null>, options: ConsoleOptions) {
  const { t } = useI18n();
  const inventory = useInventory();
  const shell = useShell();
  const errors = useErrors();
  const commands = useVmCommands();
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

  const setMedia = (vmId: string, driveId: string, path: string | null): Promise<boolean> =>
    errors.attempt(t('console.failed.media'), () => ask(lab().machine.setDvdMedia({ vmId, driveId, path })));

  const setDiskette = (vmId: string, path: string | null): Promise<boolean> =>
    errors.attempt(t('console.failed.media'), () => ask(lab().machine.setDisketteMedia({ vmId, path })));

  async function insertDisk(held: string | null, filter: FileFilter, insert: (path: string) => unknown): Promise<void> {
    const start = held ?? inventory.host?.paths.iso ?? 'C:\\';
    const path = await shell.browse({ mode: 'file', title: t('console.insertTitle'), start, filters: [filter] });
    if (path !== null) await insert(path);
  }

  function driveItem(of: VmSummary, drive: Drive): MenuItem {
    const filter = { label: t('common.files.isoFiles'), extensions: ['iso'] };
    return mediaItem(of, drive.id, t('console.dvdDrive'), drive.path, filter, (path) =>
      setMedia(of.id, drive.id, path),
    );
  }

  function disketteItem(of: VmSummary): MenuItem {
    const filter = { label: t('common.files.floppyFiles'), extensions: ['vfd'] };
    const { path } = of.settings.diskette;
    return mediaItem(of, 'diskette', t('console.disketteDrive'), path, filter, (next) => setDiskette(of.id, next));
  }

  /** A drive with what can be done to its medium. `set` puts a file in, or takes it out (null). */
  function mediaItem(
    { settings, runtime }: VmSummary,
    id: string,
    label: string,
    held: string | null,
    filter: FileFilter,
    set: (path: string | null) => unknown,
  ): MenuItem {
    const host = inventory.host;
    const disabled = host === null || !canChange('media', settings.generation, { state: runtime.state, host });
    const eject = held === null ? t('console.eject') : t('console.ejectFile', { file: baseName(held) });
    return {
      id,
      label,
      children: [
        {
          id: 'eject',
          label: eject,
          disabled: disabled || held === null,
          run: () => void set(null),
        },
        {
          id: 'insert',
          label: t('console.insertDisk'),
          disabled,
          separator: true,
          run: () => void insertDisk(held, filter, set),
        },
      ],
    };
  }

  const mediaItems = computed<MenuItem[]>(() => {
    const of = vm.value;
    const drives = of ? drivesOf(of.settings).filter(({ drive }) => drive.kind === 'dvd') : [];
    const discs = of ? drives.map(({ drive }) => driveItem(of, drive)) : [];
    const none = discs.length === 0 ? [{ id: 'none', label: t('console.dvdDrive'), disabled: true }] : [];
    return [...none, ...discs, ...(of?.settings.generation === 1 ? [disketteItem(of)] : [])];
  });

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

  async function typeClipboard(vmId: string): Promise<void> {
    await errors.attempt(t('console.failed.clipboard'), async () => {
      const { text } = await ask(lab().app.clipboardText());
      await ask(lab().machine.typeText({ vmId, text }));
    });
  }

  const captureScreen = (): Promise<boolean> =>
    errors.attempt(t('console.failed.capture'), async () => {
      const part = options.guestArea();
      if (part) await ask(lab().app.copyPicture(part));
    });

  const clipboardItems = computed<MenuItem[]>(() => {
    const id = vm.value?.id;
    const disabled = vm.value?.runtime.state !== 'running';
    return [
      {
        id: 'type',
        label: t('console.typeClipboard'),
        shortcut: 'Ctrl+V',
        disabled,
        run: () => void (id !== undefined && typeClipboard(id)),
      },
      {
        id: 'capture',
        label: t('console.captureScreen'),
        shortcut: 'Ctrl+C',
        disabled: !options.hasPicture(),
        run: () => void captureScreen(),
      },
    ];
  });

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
