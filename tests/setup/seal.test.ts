import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSeal, seal, sealProblem } from '../../scripts/setup/seal.mjs';
import { freshFolder } from './folder';

async function sealed(): Promise<{ dist: string; list: string; file: string }> {
  const home = freshFolder();
  const dist = join(home, 'dist');
  mkdirSync(join(dist, 'locales'), { recursive: true });
  const file = join(dist, 'locales', 'es.pak');
  writeFileSync(file, 'words');
  writeFileSync(join(dist, 'electron'), 'x'.repeat(5000));
  const list = join(home, 'files.json');
  await seal(dist, list, { origin: 'assembled' });
  return { dist, list, file };
}

describe('the seal of a cached runtime', () => {
  it('is whole after it was made, and keeps its facts', async () => {
    const { dist, list } = await sealed();
    expect(await sealProblem(dist, list)).toBeNull();
    expect(readSeal(list)?.origin).toBe('assembled');
  });

  it('finds a file that is cut short, longer, or gone', async () => {
    const { dist, list, file } = await sealed();
    truncateSync(file, 3);
    expect(await sealProblem(dist, list)).toMatch(/es\.pak has 3 bytes instead of 5/);
    appendFileSync(file, 'longer');
    expect(await sealProblem(dist, list)).toMatch(/has 9 bytes/);
    rmSync(file);
    expect(await sealProblem(dist, list)).toMatch(/es\.pak is missing/);
  });

  it('finds a changed byte, but takes a file that was only touched as sound', async () => {
    const { dist, list, file } = await sealed();
    utimesSync(file, 1, 1);
    expect(await sealProblem(dist, list)).toBeNull();
    writeFileSync(file, 'Words');
    utimesSync(file, 1, 1);
    expect(await sealProblem(dist, list)).toMatch(/es\.pak is damaged/);
  });

  it('is broken itself when it is missing or cannot be read', async () => {
    const { dist, list } = await sealed();
    writeFileSync(list, readFileSync(list, 'utf8').slice(0, 40));
    expect(await sealProblem(dist, list)).toMatch(/missing or damaged/);
    rmSync(list);
    expect(await sealProblem(dist, list)).toMatch(/missing or damaged/);
  });
});
