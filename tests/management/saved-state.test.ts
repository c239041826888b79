import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { STATE_VERSION, type MachineState } from '@engine/machine/machine';
import { SavedStates } from '../../electron/worker/saved-state';

const STATE: MachineState = { version: STATE_VERSION, units: { cmos: { bytes: Uint8Array.of(1, 2, 3) }, count: 7n } };

describe('saved states in their folder', () => {
  let folder: string;
  let states: SavedStates;
  const path = (): string => join(folder, readdirSync(folder)[0] ?? '');
  const refused = (): void => {
    expect(() => states.read('vm', 'Lab')).toThrow(
      expect.objectContaining({ code: 'savedStateUnusable', params: { name: 'Lab' } }),
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'states-'));
    states = new SavedStates(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come back as they were written', () => {
    states.write('vm', STATE);
    expect(states.read('vm', 'Lab')).toEqual(STATE);
  });

  it('are refused when they are gone, cut, changed by one bit, or no saved states', () => {
    states.write('vm', STATE);
    const whole = readFileSync(path());
    for (let at = 0; at < whole.length; at += 7) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 4;
      writeFileSync(path(), changed);
      refused();
    }
    for (const length of [0, 7, 8, 39, 40, whole.length - 1]) {
      writeFileSync(path(), whole.subarray(0, length));
      refused();
    }
    states.remove('vm');
    expect(readdirSync(folder)).toEqual([]);
    refused();
  });

  it('are refused when another version of the program wrote them', () => {
    for (const version of [STATE_VERSION - 1, STATE_VERSION + 1]) {
      states.write('vm', { ...STATE, version } as unknown as MachineState); // what that version has is not known here
      refused();
    }
  });
});
