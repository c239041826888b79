import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Bundles a TypeScript program below tests/storage, for Node runs none; returns the path of what Node can run. */
export async function bundleProgram(source: string): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'partition-lab-bundle-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(root, 'shared'), '@engine': join(root, 'electron/engine') } },
    ssr: { noExternal: true },
    build: {
      ssr: join(root, 'tests/storage', source),
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  });
  return join(outDir, 'program.mjs');
}

/** Removes what `bundleProgram` made. */
export function removeProgram(program: string): void {
  rmSync(dirname(program), { recursive: true, force: true });
}

export interface ProgramRun {
  /** Numbers that it said, each on a line of its own and said whole. */
  readonly acknowledged: readonly number[];
  /** What followed "refused", if it said so. */
  readonly refusal: string | undefined;
}

export interface ProgramOptions {
  /** Time after its first words at which it is killed with SIGKILL; never when absent. */
  readonly killAfterMs?: number;
  /** Shell command that runs before it, such as a limit. */
  readonly shellLimit?: string;
}

/** Runs a bundled program and collects what it had said when it ended. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  const command = `${options.shellLimit ?? ''} exec "$@"`;
  const words = ['-c', command, 'sh', process.execPath, program, ...args];
  const child = spawn('sh', words, { stdio: ['ignore', 'pipe', 'inherit'] });
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
