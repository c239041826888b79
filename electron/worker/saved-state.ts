import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { STATE_VERSION, type MachineState } from '@engine/machine/machine';
import { LabError } from '@shared/model/errors';
import { writeFileAtomic } from '../storage/documents/atomic-file';

const MAGIC = 'PLABSAV1';
const HEAD = 8 + 32;

/** Saved states in a folder, one file a machine: magic, SHA-256 of what follows, and the state. */
export class SavedStates {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  write(vmId: string, state: MachineState): void {
    const body = serialize(state);
    writeFileAtomic(
      this.path(vmId),
      Buffer.concat([Buffer.from(MAGIC), createHash('sha256').update(body).digest(), body]),
    );
  }

  /** Throws `savedStateUnusable` when the file is missing, cut, damaged, or of another version of this program. */
  read(vmId: string, name: string): MachineState {
    const path = this.path(vmId);
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    const body = bytes.subarray(HEAD);
    const sound =
      bytes.subarray(0, 8).toString('latin1') === MAGIC &&
      createHash('sha256').update(body).digest().equals(bytes.subarray(8, HEAD));
    const state: unknown = sound ? deserialize(body) : null;
    if (!isMachineState(state)) throw new LabError('savedStateUnusable', { name });
    return state;
  }

  remove(vmId: string): void {
    rmSync(this.path(vmId), { force: true });
  }

  private path(vmId: string): string {
    return join(this.folder, `${vmId}.vsv`);
  }
}

function isMachineState(state: unknown): state is MachineState {
  return (
    typeof state === 'object' &&
    state !== null &&
    'version' in state &&
    state.version === STATE_VERSION &&
    'units' in state
  );
}
