import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unzip } from '../../scripts/setup/zip.mjs';
import { freshFolder } from './folder';

interface Entry {
  readonly name: string;
  readonly text: string;
  readonly packed: boolean;
  readonly mode: number;
}

const ENTRIES: readonly Entry[] = [
  { name: 'App/', text: '', packed: false, mode: 0o755 },
  { name: 'App/run', text: 'program '.repeat(50), packed: true, mode: 0o755 },
  { name: 'App/locales/es.pak', text: 'palabras', packed: false, mode: 0o644 },
  { name: 'App/empty', text: '', packed: false, mode: 0o644 },
  { name: 'App/resources/app/index.js', text: 'not wanted', packed: true, mode: 0o644 },
];

function record(size: number, fields: readonly [at: number, bytes: 2 | 4, value: number][]): Buffer {
  const buffer = Buffer.alloc(size);
  for (const [at, bytes, value] of fields) buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

/** A zip archive as PKWARE's APPNOTE describes it, as far as the reader looks. */
function zipOf(entries: readonly Entry[]): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text, packed, mode } of entries) {
    const data = packed ? deflateRawSync(text) : Buffer.from(text);
    const local = record(30, [[0, 4, 0x04034b50], [26, 2, name.length], [28, 2, 4]]); // prettier-ignore
    body.push(local, Buffer.from(name), Buffer.alloc(4), data);
    const central = record(46, [
      [0, 4, 0x02014b50],
      [10, 2, packed ? 8 : 0],
      [20, 4, data.length],
      [24, 4, text.length],
      [28, 2, name.length],
      [32, 2, 3],
      [40, 2, 0o100000 | mode],
      [42, 4, offset],
    ]);
    directory.push(central, Buffer.from(name), Buffer.alloc(3));
    offset += 34 + name.length + data.length;
  }
  const list = Buffer.concat(directory);
  const end = record(22, [
    [0, 4, 0x06054b50],
    [10, 2, entries.length],
    [12, 4, list.length],
    [16, 4, offset],
    [20, 2, 7],
  ]);
  return Buffer.concat([...body, list, end, Buffer.from('comment')]);
}

function archive(content: Buffer): { folder: string; file: string } {
  const folder = freshFolder();
  const file = join(folder, 'a.zip');
  writeFileSync(file, content);
  return { folder, file };
}

const strip = (name: string): string | null => (name.startsWith('App/resources/') ? null : name.slice('App/'.length));

describe('unpacking an archive', () => {
  it('writes the wanted files with their content and mode, and no others', async () => {
    const { folder, file } = archive(zipOf(ENTRIES));
    await unzip(file, join(folder, 'out'), strip);
    expect(readFileSync(join(folder, 'out', 'run'), 'utf8')).toBe('program '.repeat(50));
    expect(statSync(join(folder, 'out', 'run')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(folder, 'out', 'locales', 'es.pak'), 'utf8')).toBe('palabras');
    expect(statSync(join(folder, 'out', 'empty')).size).toBe(0);
    expect(() => statSync(join(folder, 'out', 'resources'))).toThrow();
  });

  it('refuses what is cut short, is no archive, or points outside', async () => {
    const whole = zipOf(ENTRIES);
    const short = archive(whole.subarray(0, whole.length - 60));
    await expect(unzip(short.file, short.folder, strip)).rejects.toThrow(/end is missing/);
    const other = archive(Buffer.from('<html>a login page</html>'));
    await expect(unzip(other.file, other.folder, strip)).rejects.toThrow(/not a zip archive/);
    const middle = archive(Buffer.concat([whole.subarray(0, 40), whole.subarray(90)]));
    await expect(unzip(middle.file, middle.folder, strip)).rejects.toThrow();
    const outside = archive(zipOf([{ name: 'App/../../x', text: 'x', packed: false, mode: 0o644 }]));
    await expect(unzip(outside.file, outside.folder, strip)).rejects.toThrow(/outside/);
  });
});
