import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clone. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where screenshots, test results and the like are put. */
export const artifacts = join(root, 'artifacts');

/** The folder of this user's caches that all clones of the project share. */
export function userCache() {
  const name = 'partition-lab';
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), name, 'Cache');
  }
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', name);
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), name);
}
