/**
 * The process that owns the documents is killed at random moments; what it had acknowledged must be there, whole.
 * PARTITION_LAB_KILL_ROUNDS sets how often (30 when absent).
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JournaledStore } from '../../../electron/storage/documents/journaled-store';
import { bundleProgram, removeProgram, runProgram } from '../child-program';
import { temporaryFolder } from '../support';
import { applied, commandOf, ledgerFormat, TOTAL, totalOf } from './ledger';
import type { Documents } from './ledger';

const ROUNDS = Number(process.env.PARTITION_LAB_KILL_ROUNDS ?? 30);
const SEED = 7;
let program: string;

beforeAll(async () => {
  program = await bundleProgram('documents/commit-forever.ts');
});

afterAll(() => removeProgram(program));

/** What the documents must be after each number of commands, remembered as it grows. */
class Expected {
  private readonly states: Documents[] = [new Map()];

  after(count: number): Documents {
    while (this.states.length <= count) {
      const last = this.states.at(-1) ?? new Map();
      this.states.push(applied(last, commandOf(SEED, this.states.length, last)));
    }
    return this.states[count] ?? new Map();
  }
}

/** Opens the store as the next process would, looks, and leaves it as it is. */
function reopen(folder: string): ReturnType<JournaledStore['load']> {
  return new JournaledStore(folder, ledgerFormat).load();
}

describe('after a sudden end', () => {
  it(
    `every acknowledged command is there and none is half done, ${ROUNDS} times`,
    async () => {
      const folder = temporaryFolder();
      const expected = new Expected();
      let acknowledgedInAll = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const checkpointRecords = String([1, 2, 5, 40][round % 4]);
        const { acknowledged } = await runProgram(program, [folder, String(SEED), checkpointRecords], {
          killAfterMs: Math.random() * 120,
        });
        const last = acknowledged.at(-1) ?? 0;
        acknowledgedInAll += acknowledged.length;
        const { documents, notices, sequence, history } = reopen(folder);
        expect(notices).toEqual([]);
        expect([last, last + 1]).toContain(sequence); // the last record may have been durable before it was acknowledged
        expect(totalOf(documents)).toBe(TOTAL);
        expect(new Map([...documents].sort())).toEqual(new Map([...expected.after(sequence)].sort()));
        expect(history.at(-1)?.command).toBe(`transfer-${sequence}`);
      }
      expect(acknowledgedInAll).toBeGreaterThan(ROUNDS * 2);
      expect(readdirSync(join(folder, 'documents')).filter((name) => name.includes('damaged'))).toEqual([]);
    },
    ROUNDS * 10_000,
  );

  it.skipIf(process.platform === 'win32')(
    'when there was no more room, the refused command has changed nothing',
    async () => {
      const folder = temporaryFolder();
      // No file may grow beyond 40 blocks of 512 bytes: the journal runs into it.
      const { acknowledged, refusal } = await runProgram(program, [folder, String(SEED), '100000'], {
        shellLimit: 'ulimit -f 40;',
      });
      expect(refusal).toBe('io');
      const { documents, notices, sequence } = reopen(folder);
      expect(notices).toEqual([]);
      expect(sequence).toBe(acknowledged.at(-1));
      expect(new Map([...documents].sort())).toEqual(new Map([...new Expected().after(sequence)].sort()));
    },
  );

  it.skipIf(process.platform === 'win32')('a checkpoint that fails for room does not fail the command', async () => {
    const folder = temporaryFolder();
    // With a checkpoint after each command, it is documents (their memos) and the journal's history that hit the limit.
    const { acknowledged, refusal } = await runProgram(program, [folder, String(SEED), '1'], {
      shellLimit: 'ulimit -f 60;',
    });
    expect(refusal).toBe('io');
    const { documents, sequence, notices } = reopen(folder);
    expect(notices).toEqual([]);
    expect(sequence).toBe(acknowledged.at(-1));
    expect(totalOf(documents)).toBe(TOTAL);
  });
});
