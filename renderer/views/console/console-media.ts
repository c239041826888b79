import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { baseName } from '@renderer/components/host-files';
import type { MenuItem } from '@renderer/components/menu';
import { useErrors } from '@renderer/composables/use-errors';
import { useInventory } from '@renderer/stores/inventory';
import { useShell } from '@renderer/stores/shell';
import type { VmSummary } from '@shared/model/inventory';
import { canChange } from '@shared/model/rules/settings-areas';
import { drivesOf, type Drive } from '@shared/model/vm-settings';

/** Which files a drive takes. */
interface FileFilter {
  readonly label: string;
  readonly extensions: readonly string[];
}

/** The Media menu: each DVD drive of the machine and its diskette drive, with what can be put in and taken out. */
export function useConsoleMedia(vm: ComputedRef<VmSummary | null>) {
  const { t } = useI18n();
  const inventory = useInventory();
  const shell = useShell();
  const errors = useErrors();

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

  return { mediaItems };
}
