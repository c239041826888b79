import { computed, ref, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab, type ValueOf } from '@renderer/api/lab';
import { formatDateTime, formatKilobytes } from '@renderer/composables/format';
import { useErrors } from '@renderer/composables/use-errors';
import { useApp } from '@renderer/stores/app';
import type { BrowseSpec } from '@renderer/stores/shell';
import type { Lab } from '@shared/contract';
import type { GridRow, GridSort } from './grid';
import { baseName, extensionOf, inFolder, isFullPath, kindOfFile, parentFolder } from './host-files';

type Entry = ValueOf<Lab['files']['list']>['entries'][number];

/** What a Browse... dialog does: where it is, what is there, what is chosen. No markup. */
export function useFileBrowser(spec: BrowseSpec, answer: (path: string) => void) {
  const { t } = useI18n();
  const app = useApp();
  const errors = useErrors();
  const folder = ref('');
  const address = ref('');
  const name = ref(spec.mode === 'folder' || spec.start.endsWith('\\') ? '' : baseName(spec.start));
  const entries = shallowRef<readonly Entry[]>([]);
  const selected = ref<readonly string[]>([]);
  const sort = ref<GridSort | null>({ column: 'name', descending: false });
  const filter = ref(spec.filters?.length ? '0' : 'all');
  const problem = ref('');
  const history = ref<readonly string[]>([]);

  const extensions = computed(() => spec.filters?.[Number(filter.value)]?.extensions ?? []);
  const shown = computed(() => entries.value.filter((entry) => entry.kind === 'folder' || isWanted(entry.name)));
  const rows = computed(() => shown.value.map(toRow));

  const isWanted = (file: string): boolean =>
    spec.mode !== 'folder' && (extensions.value.length === 0 || extensions.value.includes(extensionOf(file)));

  function toRow(entry: Entry): GridRow {
    const isFolder = entry.kind === 'folder';
    const kind = kindOfFile(entry.name);
    const size = isFolder ? '' : t('common.files.kilobytes', { n: formatKilobytes(entry.size, app.language) });
    const type = t(`common.files.${isFolder ? 'folderType' : kind.type}`);
    const modified = formatDateTime(entry.modified, app.language);
    return {
      id: entry.name,
      icon: isFolder ? 'folder' : kind.icon,
      cells: { name: entry.name, modified, type, size },
      // Folders stand before files, whatever the column.
      sortBy: { name: `${isFolder ? 0 : 1}${entry.name}`, size: isFolder ? -1 : entry.size, modified: entry.modified },
    };
  }

  /** Shows a folder. When it cannot be shown the dialog stays where it is and says why. */
  async function show(path: string): Promise<boolean> {
    try {
      const listing = await ask(lab().files.list({ path }));
      folder.value = listing.path;
      address.value = listing.path;
      entries.value = listing.entries;
      selected.value = [];
      problem.value = '';
      return true;
    } catch (error) {
      problem.value = errors.textOf(error);
      return false;
    }
  }

  async function open(path: string): Promise<void> {
    const from = folder.value;
    if ((await show(path)) && from !== folder.value && from !== '') history.value = [...history.value, from];
  }

  async function back(): Promise<void> {
    const to = history.value.at(-1);
    if (to !== undefined && (await show(to))) history.value = history.value.slice(0, -1);
  }

  async function activate(id: string): Promise<void> {
    const entry = entries.value.find((each) => each.name === id);
    if (entry?.kind === 'folder') await open(inFolder(folder.value, id));
    else if (entry && spec.mode === 'file') answer(inFolder(folder.value, id));
  }

  /** The Open (or Select Folder) button: what is typed decides, a folder is entered, a missing file is refused. */
  async function accept(): Promise<void> {
    const typed = name.value.trim();
    if (typed === '') return answer(folder.value);
    const path = isFullPath(typed) ? typed : inFolder(folder.value, typed);
    try {
      const { kind } = await ask(lab().files.exists({ path }));
      if (kind !== 'folder' && spec.mode === 'save') await save(path);
      else if (kind === spec.mode) answer(path);
      else if (kind === 'folder') await open(path);
      else problem.value = errors.textOf(missing(path));
    } catch (error) {
      problem.value = errors.textOf(error);
    }
  }

  /** The Save button: a name that is taken is refused. */
  async function save(path: string): Promise<void> {
    const [ending] = extensions.value;
    const full = ending === undefined || extensionOf(path) === ending ? path : `${path}.${ending}`;
    const { kind } = await ask(lab().files.exists({ path: full }));
    if (kind === null) answer(full);
    else problem.value = errors.textOf(errors.failure('fileExists', { path: full }));
  }

  const missing = (path: string): Error =>
    errors.failure(spec.mode === 'folder' ? 'folderNotFound' : 'fileNotFound', { path });

  async function newFolder(): Promise<void> {
    const base = t('common.files.newFolderName');
    const taken = new Set(entries.value.map((each) => each.name.toLowerCase()));
    const names = [base, ...Array.from({ length: 98 }, (_, index) => `${base} (${index + 2})`)];
    const free = names.find((each) => !taken.has(each.toLowerCase())) ?? base;
    try {
      await ask(lab().files.createFolder({ path: inFolder(folder.value, free) }));
      await show(folder.value);
      selected.value = [free];
    } catch (error) {
      problem.value = errors.textOf(error);
    }
  }

  watch(selected, ([id]) => {
    const entry = entries.value.find((each) => each.name === id);
    if (entry && (entry.kind === 'folder') === (spec.mode === 'folder')) name.value = entry.name;
  });

  /** Opens at the wanted place; when it does not exist, at the drive. */
  async function begin(): Promise<void> {
    const start = spec.mode === 'folder' || spec.start.endsWith('\\') ? spec.start : parentFolder(spec.start);
    if (!(await show(isFullPath(start) ? start : 'C:\\'))) await show('C:\\');
    problem.value = '';
  }
  void begin();

  return {
    folder,
    address,
    name,
    rows,
    selected,
    sort,
    filter,
    problem,
    history,
    open,
    back,
    activate,
    accept,
    newFolder,
  };
}
