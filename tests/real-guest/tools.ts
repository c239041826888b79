import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const OUTPUT_LIMIT = 64 * 2 ** 20;

/** What a program of the host said of our files. */
export interface Verdict {
  readonly ok: boolean;
  readonly output: string;
}

/** Runs a program; null when this machine does not have it. Administrators' programs are found for every user. */
export function tool(command: string, ...args: string[]): Verdict | null {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    env,
    encoding: 'utf8',
    maxBuffer: OUTPUT_LIMIT,
  });
  if (error) return null;
  return { ok: status === 0, output: `${stdout}${stderr}`.trim() };
}

/** Bytes from the start to the first partition of a raw disk image, from its master boot record; null when it has none. */
export function firstPartition(image: string): number | null {
  const record = Buffer.alloc(512);
  const file = fs.openSync(image, 'r');
  fs.readSync(file, record, 0, 512, 0);
  fs.closeSync(file);
  const start = record.readUInt32LE(446 + 8);
  return record.readUInt16LE(510) === 0xaa55 && record[450] === 0x83 && start > 0 ? start * 512 : null;
}

/** MD5 of a file inside an ext2 file system, read by debugfs; null when that cannot be had. */
export function digestInside(image: string, offset: number, name: string): string | null {
  const target = path.join(path.dirname(image), path.basename(name));
  const verdict = tool('debugfs', '-R', `dump ${name} ${target}`, `${image}?offset=${offset}`);
  if (!verdict?.ok || !fs.existsSync(target)) return null;
  return createHash('md5').update(fs.readFileSync(target)).digest('hex');
}
