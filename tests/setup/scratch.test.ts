import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withScratch } from '../../scripts/setup/scratch.mjs';
import { freshFolder } from './folder';

function pidOfTheDead(): number {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  return pid;
}

describe('the place for unfinished work', () => {
  it('is gone afterwards, whether the work succeeded or not', async () => {
    const folder = freshFolder();
    await withScratch(folder, (scratch: string) => writeFileSync(join(scratch, 'half'), 'x'));
    await expect(withScratch(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes what a killed run left behind, and leaves a living one alone', async () => {
    const folder = freshFolder();
    const dead = join(folder, `unfinished-${pidOfTheDead()}-abc`);
    const living = join(folder, `unfinished-${process.ppid}-abc`);
    mkdirSync(dead);
    mkdirSync(living);
    await withScratch(folder, () => undefined);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(living)).toBe(true);
  });
});
