import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onExit } from './process.mjs';

const PREFIX = 'unfinished-';

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes what earlier runs left half done in `folder`: work folders whose process is gone. */
export function sweep(folder) {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^unfinished-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Calls `work` with a new empty folder inside `folder` (on the same file system, so that a result can be renamed into place)
 * and removes that folder afterwards, also when this process is interrupted.
 */
export async function withScratch(folder, work) {
  mkdirSync(folder, { recursive: true });
  sweep(folder);
  const scratch = mkdtempSync(join(folder, `${PREFIX}${process.pid}-`));
  const remove = () => rmSync(scratch, { recursive: true, force: true });
  const forget = onExit(remove);
  try {
    return await work(scratch);
  } finally {
    forget();
    remove();
  }
}
