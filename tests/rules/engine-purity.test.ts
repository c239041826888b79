import { describe, expect, it } from 'vitest';
import { brokenRules } from './lint';

const FILE = 'electron/engine/clock/probe.ts';

const BANNED: readonly [text: string, rule: string][] = [
  ['export const now = () => Date.now();', 'no-restricted-globals'],
  ['export const when = () => new Date();', 'no-restricted-globals'],
  ['export const now = () => performance.now();', 'no-restricted-globals'],
  ['export const toss = () => Math.random();', 'no-restricted-properties'],
  ["export const toss = () => Math['random']();", 'no-restricted-properties'],
  ['export const toss = () => { const { random } = Math; return random(); };', 'no-restricted-properties'],
  ['export const wait = (f: () => void) => setTimeout(f, 1);', 'no-restricted-globals'],
  ['export const wait = (f: () => void) => setInterval(f, 1);', 'no-restricted-globals'],
  ['export const wait = (f: () => void) => setImmediate(f);', 'no-restricted-globals'],
  ['export const wait = (f: () => void) => queueMicrotask(f);', 'no-restricted-globals'],
  ['export const done = () => Promise.resolve();', 'no-restricted-globals'],
  ['export type Later = Promise<number>;', 'no-restricted-syntax'],
  ['export const run = async () => 1;', 'no-restricted-syntax'],
  ['export async function run(f: () => number) { return await f(); }', 'no-restricted-syntax'],
  ['export function* steps() { yield 1; }', 'no-restricted-syntax'],
  ['export class Unit { *steps() { yield 1; } }', 'no-restricted-syntax'],
  ["export const load = () => import('../base/bytes');", 'no-restricted-syntax'],
  ['export const here = import.meta.url;', 'no-restricted-syntax'],
  ['export const env = process.env;', 'no-restricted-globals'],
  ['export const bytes = Buffer.alloc(4);', 'no-restricted-globals'],
  ['export const host = globalThis;', 'no-restricted-globals'],
  ['export const title = document.title;', 'no-restricted-globals'],
  ["console.log('seen');", 'no-restricted-globals'],
];

describe('what the engine does without', () => {
  it.each(BANNED)('%s', async (text, rule) => {
    expect(await brokenRules(FILE, text)).toContain(rule);
  });

  it('bans it only in the engine', async () => {
    expect(await brokenRules('electron/worker/probe.ts', 'export const now = () => Date.now();')).toEqual([]);
  });

  it('lets ordinary engine code pass', async () => {
    const text =
      "import { readU32 } from '../base/bytes';\nexport const half = (b: Uint8Array): number => Math.floor(readU32(b, 0) / 2);\n";
    expect(await brokenRules(FILE, text)).toEqual([]);
  });
});

describe('types without holes', () => {
  it.each([
    ['export const loose: any = 1;', '@typescript-eslint/no-explicit-any'],
    ['// @ts-ignore\nexport const loose = 1;', '@typescript-eslint/ban-ts-comment'],
    ['// @ts-expect-error because\nexport const loose = 1;', '@typescript-eslint/ban-ts-comment'],
    ['export const first = (list: string[]) => list[0]!;', '@typescript-eslint/no-non-null-assertion'],
  ])('%s', async (text, rule) => {
    for (const file of [FILE, 'renderer/stores/probe.ts', 'tests/engine/probe.test.ts']) {
      expect(await brokenRules(file, text)).toContain(rule);
    }
  });

  it('no comment switches a rule off', async () => {
    const text = '// eslint-disable-next-line\nexport const loose: any = 1;';
    expect(await brokenRules(FILE, text)).toContain('@typescript-eslint/no-explicit-any');
  });
});
