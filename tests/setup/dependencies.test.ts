import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dependencyProblem } from '../../scripts/setup/dependencies.mjs';
import { freshFolder } from './folder';

interface Entry {
  readonly version: string;
  readonly integrity: string;
  readonly optional?: boolean;
}

type Packages = Readonly<Record<string, Entry>>;

const LOCK: Packages = {
  'node_modules/vue': { version: '3.5.0', integrity: 'sha512-a' },
  'node_modules/mac-only': { version: '1.0.0', integrity: 'sha512-b', optional: true },
};
const HERE: Packages = { 'node_modules/vue': { version: '3.5.0', integrity: 'sha512-a' } };

function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
}

function project(installed: Packages | null): string {
  const folder = freshFolder();
  write(join(folder, 'package-lock.json'), { packages: { '': {}, ...LOCK } });
  if (!installed) return folder;
  write(join(folder, 'node_modules', '.package-lock.json'), { packages: installed });
  for (const path of Object.keys(installed)) write(join(folder, path, 'package.json'), {});
  return folder;
}

describe('what is installed', () => {
  it('is right when it is what the lockfile says, without the packages of other systems', () => {
    expect(dependencyProblem(project(HERE))).toBeNull();
  });

  it('is wrong when nothing, something else, less or more is there', () => {
    expect(dependencyProblem(project(null))).toMatch(/not installed/);
    const other = { 'node_modules/vue': { version: '3.4.0', integrity: 'sha512-a' } };
    expect(dependencyProblem(project(other))).toMatch(/vue differs/);
    const forged = { 'node_modules/vue': { version: '3.5.0', integrity: 'sha512-x' } };
    expect(dependencyProblem(project(forged))).toMatch(/vue differs/);
    expect(dependencyProblem(project({}))).toMatch(/vue differs/);
    const more = { ...HERE, 'node_modules/extra': { version: '1.0.0', integrity: 'sha512-c' } };
    expect(dependencyProblem(project(more))).toMatch(/extra is not in the lockfile/);
  });

  it('is wrong when a package was removed by hand', () => {
    const folder = project(HERE);
    rmSync(join(folder, 'node_modules', 'vue'), { recursive: true });
    expect(dependencyProblem(folder)).toMatch(/vue is missing/);
  });
});
