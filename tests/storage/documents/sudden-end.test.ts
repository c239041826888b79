/**
 * The process that owns the documents is killed at random moments; what it had acknowledged must be there, whole.
 * PARTITION_LAB_KILL_ROUNDS sets how often (30 when absent).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from 'vite';
import { JournaledStore } from '../../../electron/storage/documents/journaled-store';
import { temporaryFolder } from '../support';
import { applied, commandOf, ledgerFormat, TOTAL, totalOf } from './ledger';
import type { Documents } from './ledger';

const ROUNDS = Number(process.env.PARTITION_LAB_KILL_ROUNDS ?? 30);
const SEED = 7;
const root = fileURLToPath(new URL('../../..', import.meta.url));
let program: string;

/** Node runs no TypeScript: the process's program is bundled once. */
beforeAll(async () => {
  const outDir = mkdtempSync(join(tmpdir(), 'partition-lab-bundle-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(root, 'shared'), '@engine': join(root, 'electron/engine') } },
    ssr: { noExternal: true },
    build: {
      ssr: join(root, 'tests/storage/documents/commit-forever.ts'),
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'commit-forever.mjs' } },
    },
  });
  program = join(outDir, 'commit-forever.mjs');
});

interface Run {
  /** Numbers of the commands that were acknowledged. */
  readonly acknowledged: readonly number[];
  readonly refusal: string | undefined;
}

/** Runs the program until `killAfterMs` after its first acknowledgement (never when absent), then collects what it had said. */
function run(args: readonly string[], options: { killAfterMs?: number; shellLimit?: string } = {}): Promise<Run> {
  const command = `${options.shellLimit ?? ''} exec "$@"`;
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let isTimed = false;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    output += text;
    if (isTimed || options.killAfterMs === undefined) return;
    isTimed = true;
    setTimeout(() => child.kill('SIGKILL'), options.killAfterMs);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const lines = output.split('\n').slice(0, -1); // what follows the last line break was not said whole
      const refusal = lines.find((line) => line.startsWith('refused '))?.slice('refused '.length);
      resolve({ acknowledged: lines.filter((line) => /^\d+$/.test(line)).map(Number), refusal });
    });
  });
}

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
        const { acknowledged } = await run([folder, String(SEED), checkpointRecords], {
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
    ROUNDS * 2000,
  );

  it.skipIf(process.platform === 'win32')(
    'when there was no more room, the refused command has changed nothing',
    async () => {
      const folder = temporaryFolder();
      // No file may grow beyond 40 blocks of 512 bytes: the journal runs into it.
      const { acknowledged, refusal } = await run([folder, String(SEED), '100000'], { shellLimit: 'ulimit -f 40;' });
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
    const { acknowledged, refusal } = await run([folder, String(SEED), '1'], { shellLimit: 'ulimit -f 60;' });
    expect(refusal).toBe('io');
    const { documents, sequence, notices } = reopen(folder);
    expect(notices).toEqual([]);
    expect(sequence).toBe(acknowledged.at(-1));
    expect(totalOf(documents)).toBe(TOTAL);
  });
});
