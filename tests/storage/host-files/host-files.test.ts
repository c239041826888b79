import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskService } from '../../../electron/storage/disk/disk-service';
import { LockTable } from '../../../electron/storage/disk/lock-table';
import { HostFileError } from '../../../electron/storage/host-files/host-file-error';
import { HostFiles } from '../../../electron/storage/host-files/host-files';
import { fixedEnvironment, temporaryFolder } from '../support';

const DISKS = 'C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks';
let root: string;
let files: HostFiles;
let locks: LockTable;

beforeEach(() => {
  root = join(temporaryFolder(), 'host');
  locks = new LockTable();
  files = new HostFiles({ root, locks, capacityBytes: 1_000_000 });
});

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HostFileError) return error.code;
    throw error;
  }
  return 'none';
}

/** Makes a file of the simulated host, with its folder. */
function write(path: string, content = 'x'): void {
  files.createFolder(path.slice(0, path.lastIndexOf('\\')));
  writeFileSync(files.toReal(path), content);
}

describe('paths', () => {
  it('lie below the root, drive by drive', () => {
    expect(files.toReal('C:\\ISO\\xp.iso')).toBe(join(root, 'C', 'ISO', 'xp.iso'));
    expect(files.toReal('c:/ISO//./xp.iso')).toBe(join(root, 'C', 'ISO', 'xp.iso'));
    expect(files.toReal('\\\\?\\C:\\ISO')).toBe(join(root, 'C', 'ISO'));
    expect(files.toReal('C:\\')).toBe(join(root, 'C'));
    expect(files.toReal('C:')).toBe(join(root, 'C'));
  });

  it('cannot leave the drive by any spelling', () => {
    for (const path of [
      'C:\\..\\..\\etc\\passwd',
      'C:\\a\\..\\..\\..\\etc\\passwd',
      'C:/../../etc/passwd',
      'C:\\.\\..\\..\\etc/passwd',
      '\\\\?\\C:\\..\\..\\etc\\passwd',
    ]) {
      expect(files.toReal(path)).toBe(join(root, 'C', 'etc', 'passwd'));
    }
  });

  it.each([
    ['a relative path', 'ISO\\xp.iso', 'invalid-name'],
    ['a path from the root of no drive', '\\ISO', 'invalid-name'],
    ['a real path', '/etc/passwd', 'invalid-name'],
    ['a path relative to a drive', 'C:ISO', 'invalid-name'],
    ['nothing', '', 'invalid-name'],
    ['a share', '\\\\server\\share\\x', 'bad-network-path'],
    ['a share with slashes', '//server/share', 'bad-network-path'],
    ['a share with the prefix', '\\\\?\\UNC\\server\\share', 'bad-network-path'],
    ['a drive that is not there', 'Q:\\x', 'invalid-drive'],
    ['a stream', 'C:\\x.txt:stream', 'invalid-name'],
    ['a wildcard', 'C:\\*.iso', 'invalid-name'],
    ['a quotation mark', 'C:\\a"b', 'invalid-name'],
    ['a line break', 'C:\\a\nb', 'invalid-name'],
    ['a NUL', 'C:\\a\0b', 'invalid-name'],
    ['half a character', 'C:\\a\ud800b', 'invalid-name'],
    ['a dot at the end', 'C:\\folder.\\x', 'invalid-name'],
    ['a space at the end', 'C:\\x ', 'invalid-name'],
    ['three dots', 'C:\\...\\x', 'invalid-name'],
    ['a device', 'C:\\nul', 'invalid-name'],
    ['a device with an extension', 'C:\\ISO\\Com1.iso', 'invalid-name'],
    ['a device with spaces and an extension', 'C:\\aux  .txt', 'invalid-name'],
    ['a name of 256 characters', `C:\\${'a'.repeat(256)}`, 'name-too-long'],
    ['a path of 260 characters', `C:\\${'a'.repeat(100)}\\${'b'.repeat(156)}`, 'name-too-long'],
    ['a name too long for the real file system', `C:\\${'ñ'.repeat(200)}`, 'name-too-long'],
  ])('refuse %s', (_what, path, code) => {
    expect(codeOf(() => files.toReal(path))).toBe(code);
    expect(codeOf(() => files.kind(path))).toBe(code);
    expect(codeOf(() => files.createFolder(path))).toBe(code);
  });

  it.each([
    'C:\\común\\máquina ñ.vhdx',
    'C:\\a (1).iso',
    'C:\\.hidden',
    'C:\\console.txt',
    'C:\\com0',
    'C:\\x.con',
    `C:\\${'a'.repeat(255)}`,
  ])('allow %s', (path) => {
    write(path, 'here');
    expect(files.kind(path)).toBe('file');
  });

  it('come back as Windows paths', () => {
    expect(files.toWindows(join(root, 'C', 'ISO', 'xp.iso'))).toBe('C:\\ISO\\xp.iso');
    expect(files.toWindows(join(root, 'C'))).toBe('C:\\');
    expect(files.toWindows(join(root, '..', 'elsewhere'))).toBeUndefined();
    expect(files.toWindows('/etc/passwd')).toBeUndefined();
    expect(files.toWindows(join(root, 'C', 'not:windows'))).toBeUndefined();
  });

  it('carry the error codes of Windows', () => {
    try {
      files.stat('C:\\missing.vhdx');
    } catch (error) {
      expect(error).toMatchObject({ code: 'file-not-found', win32: 2, path: 'C:\\missing.vhdx' });
    }
    expect(codeOf(() => files.stat('C:\\no\\missing.vhdx'))).toBe('path-not-found');
  });
});

describe('names', () => {
  it('are found in any case and keep the one they were made with', () => {
    write(`${DISKS}\\XP Machine.vhd`, 'disk');
    expect(files.kind('c:\\users\\PUBLIC\\documents\\hyper-v\\VIRTUAL hard disks\\xp machine.VHD')).toBe('file');
    expect(readFileSync(files.toReal(`${DISKS.toUpperCase()}\\XP MACHINE.VHD`), 'utf8')).toBe('disk');
    expect(files.list(DISKS.toLowerCase()).map(({ name }) => name)).toEqual(['XP Machine.vhd']);
    write(`${DISKS.toUpperCase()}\\second.vhd`);
    expect(readdirSync(join(root, 'C'))).toEqual(['Users']);
  });

  it('are found in any case in every language', () => {
    write('C:\\Máquinas\\Ñandú.vhdx');
    expect(files.kind('C:\\MÁQUINAS\\ñANDÚ.VHDX')).toBe('file');
  });

  it('that only the real host tells apart count once', () => {
    mkdirSync(join(root, 'C', 'ISO'));
    for (const name of ['b.iso', 'B.iso', 'a.iso']) writeFileSync(join(root, 'C', 'ISO', name), name);
    expect(files.list('C:\\iso').map(({ name }) => name)).toEqual(['a.iso', 'B.iso']);
    expect(readFileSync(files.toReal('C:\\ISO\\b.iso'), 'utf8')).toBe('b.iso'); // the exact spelling first
  });
});

describe('listing', () => {
  it('gives name, kind, size and time, folders first', () => {
    write('C:\\ISO\\xp.iso', 'four');
    write('C:\\ISO\\Apps\\x.txt');
    write('C:\\ISO\\Debian.iso', '');
    const entries = files.list('C:\\ISO\\');
    expect(entries.map(({ name, kind, size }) => `${kind} ${name} ${size}`)).toEqual([
      'folder Apps 0',
      'file Debian.iso 0',
      'file xp.iso 4',
    ]);
    expect(Math.abs((entries[0]?.modifiedMs ?? 0) - Date.now())).toBeLessThan(60_000);
    expect(codeOf(() => files.list('C:\\ISO\\xp.iso'))).toBe('not-a-folder');
    expect(codeOf(() => files.list('C:\\nowhere'))).toBe('path-not-found');
    expect(codeOf(() => files.list('C:\\ISO\\xp.iso\\inside'))).toBe('path-not-found');
  });

  it('shows and opens nothing that the simulated host cannot have: links, odd names', () => {
    mkdirSync(join(root, 'C', 'ISO'));
    writeFileSync(join(root, 'secret'), 'secret');
    symlinkSync(join(root, 'secret'), join(root, 'C', 'ISO', 'link.iso'));
    symlinkSync('/', join(root, 'C', 'ISO', 'outside'));
    writeFileSync(join(root, 'C', 'ISO', 'a:b'), '');
    writeFileSync(join(root, 'C', 'ISO', 'ends with dot.'), '');
    expect(files.list('C:\\ISO')).toEqual([]);
    for (const path of ['C:\\ISO\\link.iso', 'C:\\ISO\\outside', 'C:\\ISO\\OUTSIDE\\etc\\passwd']) {
      expect(codeOf(() => files.toReal(path))).toBe('access-denied');
      expect(codeOf(() => files.stat(path))).toBe('access-denied');
    }
  });
});

describe('changes', () => {
  it('make folders once, above a file never', () => {
    files.createFolder(DISKS);
    files.createFolder(DISKS.toLowerCase());
    expect(files.kind(DISKS)).toBe('folder');
    write('C:\\file');
    expect(codeOf(() => files.createFolder('C:\\FILE'))).toBe('exists');
    expect(codeOf(() => files.createFolder('C:\\file\\x'))).toBe('path-not-found');
  });

  it('remove files and empty folders', () => {
    write('C:\\a\\b\\c.txt');
    expect(codeOf(() => files.remove('C:\\a'))).toBe('not-empty');
    files.remove('C:\\A\\B\\C.TXT');
    files.remove('C:\\a\\b');
    expect(files.list('C:\\a')).toEqual([]);
    expect(codeOf(() => files.remove('C:\\a\\b'))).toBe('file-not-found');
    expect(codeOf(() => files.remove('C:\\'))).toBe('access-denied');
    expect(existsSync(join(root, 'C'))).toBe(true);
  });

  it('rename, also only the spelling, and never over something', () => {
    write('C:\\a\\one.vhd', '1');
    write('C:\\b\\two.vhd', '2');
    files.rename('C:\\a\\one.vhd', 'C:\\A\\ONE.vhd');
    expect(files.list('C:\\a').map(({ name }) => name)).toEqual(['ONE.vhd']);
    expect(codeOf(() => files.rename('C:\\a\\one.vhd', 'C:\\b\\TWO.VHD'))).toBe('exists');
    files.rename('C:\\a\\one.vhd', 'C:\\b\\three.vhd');
    expect(files.list('C:\\b').map(({ name }) => name)).toEqual(['three.vhd', 'two.vhd']);
    expect(codeOf(() => files.rename('C:\\b\\two.vhd', 'C:\\c\\two.vhd'))).toBe('path-not-found');
    expect(codeOf(() => files.rename('C:\\b\\none.vhd', 'C:\\b\\x.vhd'))).toBe('file-not-found');
    const two = new HostFiles({ root, drives: ['C', 'd'], locks });
    expect(codeOf(() => two.rename('C:\\b\\two.vhd', 'D:\\two.vhd'))).toBe('not-same-device');
  });

  it('do not touch a disk in use', () => {
    const disks = new DiskService({ environment: fixedEnvironment(), locks });
    files.createFolder('C:\\d');
    disks.createDiskSync({ path: files.toReal('C:\\d\\x.vhd'), format: 'vhd', type: 'dynamic', sizeBytes: 1_048_576 });
    const disk = disks.openDisk(files.toReal('C:\\d\\x.vhd'));
    expect(codeOf(() => files.remove('C:\\D\\X.VHD'))).toBe('sharing-violation');
    expect(codeOf(() => files.rename('C:\\d\\x.vhd', 'C:\\d\\y.vhd'))).toBe('sharing-violation');
    disk.close();
    files.rename('C:\\d\\x.vhd', 'C:\\d\\y.vhd');
    files.remove('C:\\d\\y.vhd');
  });
});

describe('room', () => {
  it('is the volume less what lies on it', () => {
    expect(files.space()).toEqual({ capacityBytes: 1_000_000, usedBytes: 0, freeBytes: 1_000_000 });
    write('C:\\a\\x', 'x'.repeat(1000));
    write('C:\\b\\c\\y', 'y'.repeat(24));
    expect(files.space('c')).toEqual({ capacityBytes: 1_000_000, usedBytes: 1024, freeBytes: 998_976 });
    expect(new HostFiles({ root, locks, capacityBytes: 1000 }).space().freeBytes).toBe(0);
    expect(new HostFiles({ root, locks, capacityBytes: 1e30 }).space().freeBytes).toBeLessThan(1e20); // the real volume
    expect(codeOf(() => files.space('Q'))).toBe('invalid-drive');
  });
});

describe('disks of the simulated host', () => {
  /** A parent and its child, each in a folder of its own, made by their Windows paths. */
  function chain(format: 'vhd' | 'vhdx', parent: string, child: string): DiskService {
    const paths = {
      toReal: (path: string) => files.toReal(path),
      toWindows: (path: string) => files.toWindows(path) ?? path,
    };
    const disks = new DiskService({ environment: fixedEnvironment(), locks, paths });
    for (const path of [parent, child]) files.createFolder(path.slice(0, path.lastIndexOf('\\')));
    const parentPath = files.toReal(parent);
    disks.createDiskSync({ path: parentPath, format, type: 'dynamic', sizeBytes: 4_194_304 });
    disks.createDiskSync({ path: files.toReal(child), format, type: 'differencing', parentPath });
    return disks;
  }

  it.each(['vhd', 'vhdx'] as const)(
    'record the Windows path of a %s parent, and find it by that when moved alone',
    (format) => {
      const recordedPath = `C:\\bases\\Base.${format}`;
      const disks = chain(format, recordedPath, `C:\\kids\\child.${format}`);
      const parent = { recordedPath, path: files.toReal(recordedPath), state: 'ok' };
      expect(disks.inspectDisk(files.toReal(`C:\\kids\\child.${format}`)).parent).toEqual(parent);
      files.createFolder('C:\\moved\\far\\away'); // one level up there is no folder "bases"
      files.rename(`C:\\kids\\child.${format}`, `C:\\moved\\far\\away\\child.${format}`);
      disks.openDisk(files.toReal(`C:\\moved\\far\\away\\child.${format}`)).close();
    },
  );

  it.each(['vhd', 'vhdx'] as const)('find a %s parent beside them in any case when all were moved', (format) => {
    const disks = chain(format, `C:\\set\\Bases\\Base.${format}`, `C:\\set\\Kids\\child.${format}`);
    files.rename('C:\\set', 'C:\\elsewhere');
    files.rename(`C:\\elsewhere\\Bases\\Base.${format}`, `C:\\elsewhere\\Bases\\BASE.${format}`);
    disks.openDisk(files.toReal(`C:\\elsewhere\\kids\\child.${format}`)).close();
  });
});
