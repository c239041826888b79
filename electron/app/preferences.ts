import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { hostIdSchema, type HostId } from '@shared/model/host-profile';
import { writeFileAtomic } from '../storage/documents/atomic-file';

const preferencesSchema = z.object({ hostId: hostIdSchema });

/** The host to simulate: what the command line says, else the one of last time, else the default. The choice is remembered. */
export function chooseHost(dataDir: string, wanted: HostId | null, otherwise: HostId): HostId {
  const path = join(dataDir, 'preferences.json');
  const known = read(path);
  const hostId = wanted ?? known ?? otherwise;
  if (hostId !== known) {
    mkdirSync(dataDir, { recursive: true });
    writeFileAtomic(path, `${JSON.stringify({ hostId }, null, 2)}\n`);
  }
  return hostId;
}

/** A file that cannot be understood counts as none: nothing in it is worth more than the default. */
function read(path: string): HostId | null {
  if (!existsSync(path)) return null;
  try {
    return preferencesSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).hostId;
  } catch {
    return null;
  }
}
