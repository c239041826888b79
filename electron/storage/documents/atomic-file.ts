import * as fs from 'node:fs';
import { dirname } from 'node:path';

/** Ending of a file that is being written and will be renamed. One that is found was left by a process that ended. */
export const TEMPORARY_ENDING = '.tmp';

/**
 * Replaces (or makes) a file so that at every moment, whatever ends the process or the machine, either the old or the new
 * content is there whole: written beside, made durable, renamed, and the folder made durable. Throws system errors.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = `${path}${TEMPORARY_ENDING}`;
  try {
    writeDurable(temporary, content);
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true }); // half a file would only take the room that is missing
    throw error;
  }
  syncFolder(dirname(path));
}

/** Makes what was created, renamed or removed in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes a folder, and its parents, durable. Does nothing when it exists. */
export function makeFolder(folder: string): void {
  const first = fs.mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let each = folder; each.length >= first.length; each = dirname(each)) syncFolder(dirname(each));
}

/**
 * Renames a file that is not what it should be, so that nothing overwrites it: `x.json` becomes `x.json.damaged-1`, or the
 * next number that is free. Returns the new path.
 */
export function setAside(path: string): string {
  let number = 1;
  while (fs.existsSync(`${path}.damaged-${number}`)) number++;
  const aside = `${path}.damaged-${number}`;
  fs.renameSync(path, aside);
  syncFolder(dirname(path));
  return aside;
}

function writeDurable(path: string, content: string | Uint8Array): void {
  const fd = fs.openSync(path, 'w');
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
