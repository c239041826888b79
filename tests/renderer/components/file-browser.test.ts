import { describe, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import { baseName, inFolder, kindOfFile, parentFolder } from '@renderer/components/host-files';
import { useShell, type BrowseSpec } from '@renderer/stores/shell';
import { LabError } from '@shared/model/errors';
import { makeSnapshot } from '../support/fixtures';
import { openWindow, settle } from '../support/mount';
import { click, doubleClick, get, names, press, queryAll, type } from '../support/screen';

type Entry = { name: string; kind: 'folder' | 'file'; size: number; modified: string };
const modified = '2008-02-04T09:00:00';
const folder = (name: string): Entry => ({ name, kind: 'folder', size: 0, modified });
const file = (name: string): Entry => ({ name, kind: 'file', size: 2049, modified });

const TREE: Record<string, Entry[]> = {
  'C:\\': [folder('ISO'), folder('Disks')],
  'C:\\ISO\\': [folder('Old'), file('xp.iso'), file('notes.txt')],
  'C:\\ISO\\Old\\': [],
};
const full = (path: string): string => (path.endsWith('\\') ? path : `${path}\\`);

const iso: BrowseSpec = {
  mode: 'file',
  title: 'Open',
  start: 'C:\\ISO\\',
  filters: [{ label: 'Disc image files', extensions: ['iso'] }],
};

async function browse(spec: BrowseSpec) {
  const created: string[] = [];
  const handlers = {
    files: {
      list: ({ path }: { path: string }) => {
        const entries = TREE[full(path)];
        if (!entries) throw new LabError('folderNotFound', { path });
        return { path: full(path), entries: [...entries, ...created.map(folder)] };
      },
      exists: ({ path }: { path: string }) => {
        const kind = TREE[full(path)]
          ? 'folder'
          : TREE[parentFolder(path)]?.some(({ name }) => name === baseName(path))
            ? 'file'
            : null;
        return { kind: kind as 'folder' | 'file' | null };
      },
      createFolder: ({ path }: { path: string }) => void created.push(baseName(path)),
    },
  };
  const Empty = defineComponent({ render: () => h('div') });
  const { pinia, fake } = await openWindow(Empty, {}, { snapshot: makeSnapshot([]), handlers });
  const answer: { path?: string | null } = {};
  void useShell(pinia)
    .browse(spec)
    .then((path) => (answer.path = path));
  await settle();
  return { answer, fake };
}

const entries = (): string[] =>
  names('row')
    .slice(1)
    .map((name) => name.replace(/\d+\/.*/, ''));

describe('paths of the host', () => {
  it('are taken apart and put together', () => {
    expect(parentFolder('C:\\ISO\\xp.iso')).toBe('C:\\ISO\\');
    expect(parentFolder('C:\\ISO\\')).toBe('C:\\');
    expect(parentFolder('C:\\')).toBe('C:\\');
    expect(baseName('C:\\ISO\\xp.iso')).toBe('xp.iso');
    expect(inFolder('C:\\', 'ISO')).toBe('C:\\ISO');
    expect(kindOfFile('A.VHDX').type).toBe('diskType');
  });
});

describe('Browse... for a file', () => {
  it('lists folders first, then the files of the wanted kind', async () => {
    await browse(iso);
    expect(entries()).toEqual(['Old', 'xp.iso']);
    expect(get('row', /^xp.iso/).textContent).toContain('3 KB');
  });

  it('answers with the selected file', async () => {
    const { answer } = await browse(iso);
    await click(get('row', /^xp.iso/));
    await click(get('button', 'Open'));
    expect(answer.path).toBe('C:\\ISO\\xp.iso');
    expect(queryAll('dialog', 'Open')).toEqual([]);
  });

  it('enters a folder on a double click, goes up and back', async () => {
    await browse(iso);
    await doubleClick(get('row', /^Old/));
    expect(get('grid', 'Files and folders').textContent).toContain('This folder is empty.');
    await click(get('button', 'Up one level'));
    await click(get('button', 'Up one level'));
    expect(entries()).toEqual(['Disks', 'ISO']);
    await click(get('button', 'Back'));
    expect(entries()).toEqual(['Old', 'xp.iso']);
  });

  it('takes a full path that is typed, and refuses one that does not exist', async () => {
    const { answer } = await browse(iso);
    await type(get('textbox', 'File name:'), 'C:\\ISO\\none.iso');
    await click(get('button', 'Open'));
    expect(get('alert', /./).textContent).toContain('The file C:\\ISO\\none.iso does not exist.');
    await type(get('textbox', 'File name:'), 'xp.iso');
    await press('Enter', {}, get('textbox', 'File name:'));
    expect(answer.path).toBe('C:\\ISO\\xp.iso');
  });

  it('stays where it is when a folder cannot be shown, and says why', async () => {
    await browse(iso);
    await type(get('textbox', 'Address:'), 'D:\\');
    await press('Enter', {}, get('textbox', 'Address:'));
    expect(get('alert', /./).textContent).toContain('The folder D:\\ does not exist.');
    expect(entries()).toEqual(['Old', 'xp.iso']);
  });

  it('opens at the drive when the place it should start at is gone', async () => {
    await browse({ ...iso, start: 'C:\\Gone\\' });
    expect(entries()).toEqual(['Disks', 'ISO']);
    expect(queryAll('alert', /./)).toEqual([]);
  });

  it('answers nothing when it is cancelled', async () => {
    const { answer } = await browse(iso);
    await click(get('button', 'Cancel'));
    expect(answer.path).toBeNull();
  });
});

describe('Browse... for a folder', () => {
  const spec: BrowseSpec = { mode: 'folder', title: 'Select Folder', start: 'C:\\' };

  it('shows no files, and answers with the folder it is in when none is selected', async () => {
    const { answer } = await browse({ ...spec, start: 'C:\\ISO\\' });
    expect(entries()).toEqual(['Old']);
    await click(get('button', 'Select Folder'));
    expect(answer.path).toBe('C:\\ISO\\');
  });

  it('makes a new folder under a name that is free', async () => {
    const { fake } = await browse(spec);
    await click(get('button', 'New folder'));
    await click(get('button', 'New folder'));
    expect(fake.inputsOf('files.createFolder')).toEqual([{ path: 'C:\\New folder' }, { path: 'C:\\New folder (2)' }]);
  });
});
