import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOSTS } from '@shared/model/hosts';
import type { HostId } from '@shared/model/host-profile';
import type { NewDiskRequest } from '@shared/model/new-disk';
import { newDiskDefaults } from '@shared/model/rules/new-disk-rules';
import { NewDisks } from '../../electron/management/host/new-disks';
import { DiskService } from '../../electron/storage/disk/disk-service';
import { HostFiles } from '../../electron/storage/host-files/host-files';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'new-disks-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tools(hostId: HostId = 'ws2022') {
  const files = new HostFiles({ root: folder, now: () => 0 });
  const paths = {
    toReal: (path: string) => files.toReal(path),
    toWindows: (path: string) => files.toWindows(path) ?? path,
  };
  return { files, disks: new NewDisks(() => HOSTS[hostId], files, new DiskService({ paths })) };
}

const ask = (change: Partial<NewDiskRequest> = {}): NewDiskRequest => ({
  ...newDiskDefaults(HOSTS.ws2022, 'Data', 'vhdx'),
  location: 'C:\\Disks\\',
  sizeGB: 1,
  ...change,
});

describe('new virtual hard disks', () => {
  it('are made in a folder that is made with them, and are what was asked for', async () => {
    const { disks, files } = tools();
    const path = await disks.create(ask());
    expect(path).toBe('C:\\Disks\\Data.vhdx');
    expect(disks.inspect(path)).toMatchObject({
      format: 'vhdx',
      type: 'dynamic',
      maximumBytes: 1024 ** 3,
      parent: null,
    });
    expect(files.list('C:\\Disks').map(({ name }) => name)).toEqual(['Data.vhdx']);
  });

  it('are refused where a file of that name is, in any case', async () => {
    const { disks } = tools();
    await disks.create(ask());
    await expect(disks.create(ask({ name: 'DATA.vhdx' }))).rejects.toMatchObject({ code: 'fileExists' });
  });

  it('are refused by the rules of the window, also when no window asked', async () => {
    const { disks } = tools('ws2008');
    await expect(disks.create(ask())).rejects.toMatchObject({ code: 'notOnThisHost' });
    await expect(tools().disks.create(ask({ sizeGB: 65_537 }))).rejects.toMatchObject({ code: 'diskTooLarge' });
    await expect(tools().disks.create(ask({ name: '..\\x.vhdx' }))).rejects.toMatchObject({ code: 'nameInvalid' });
  });

  it('with a parent record it and have its size; a parent that is lost is told', async () => {
    const { disks, files } = tools();
    const parentPath = await disks.create(ask({ name: 'Base.vhdx' }));
    const path = await disks.create(ask({ name: 'Child.vhdx', type: 'differencing', parentPath, sizeGB: 500 }));
    expect(disks.inspect(path)).toMatchObject({ maximumBytes: 1024 ** 3, parent: { path: parentPath, state: 'ok' } });
    files.remove(parentPath);
    expect(disks.inspect(path).parent?.state).toBe('missing');
    const lost = ask({ name: 'Other.vhdx', type: 'differencing', parentPath });
    await expect(disks.create(lost)).rejects.toMatchObject({ code: 'fileNotFound' });
    expect(files.list('C:\\Disks').map(({ name }) => name)).toEqual(['Child.vhdx']);
  });

  it('of fixed size tell how far they are, and leave nothing when they are given up', async () => {
    const { disks, files } = tools();
    const making = disks.create(ask({ type: 'fixed' }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(disks.share('c:\\disks\\data.VHDX')).toBeGreaterThan(0);
    disks.cancel('C:\\Disks\\Data.vhdx');
    await expect(making).rejects.toMatchObject({ code: 'cancelled' });
    expect([files.list('C:\\Disks'), disks.share('C:\\Disks\\Data.vhdx')]).toEqual([[], null]);
  });

  it('of fixed size that the server has no room for are refused before a byte is written', async () => {
    const { disks, files } = tools();
    await expect(disks.create(ask({ type: 'fixed', sizeGB: 60_000 }))).rejects.toMatchObject({ code: 'diskFull' });
    expect(files.kind('C:\\Disks')).toBeNull();
  });
});

describe('inspecting', () => {
  it('says what is wrong with what is no disk', () => {
    const { disks, files } = tools();
    files.createFolder('C:\\Disks');
    writeFileSync(files.toReal('C:\\Disks\\bad.vhdx'), readFileSync(new URL(import.meta.url)));
    expect(() => disks.inspect('C:\\Disks\\none.vhdx')).toThrow('fileNotFound');
    expect(() => disks.inspect('C:\\Disks')).toThrow('fileNotFound');
    expect(() => disks.inspect('C:\\Disks\\bad.vhdx')).toThrow(/disk(Unsupported|Damaged)/);
  });
});
