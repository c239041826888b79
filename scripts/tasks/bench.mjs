import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hasDisplay, startDisplay } from '../setup/display.mjs';
import { Failure } from '../setup/failure.mjs';
import { build, setUp } from '../setup/index.mjs';
import { root } from '../setup/paths.mjs';
import { execute } from '../setup/process.mjs';
import { step } from '../setup/say.mjs';
import { withScratch } from '../setup/scratch.mjs';

const folder = join(root, 'tests', 'bench');

const SUFFIX = '.bench.ts';

function benchmarks() {
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => basename(name, SUFFIX));
}

/** Bundles a benchmark with the engine and runs it as a program of its own, so that it runs as the shipped code does. */
async function runBundled(entry, env) {
  const { build: bundle } = await import('vite');
  const cache = join(root, 'node_modules', '.cache', 'partition-lab');
  return withScratch(cache, async (scratch) => {
    await bundle({
      root,
      configFile: false,
      logLevel: 'warn',
      resolve: { alias: { '@shared': join(root, 'shared'), '@engine': join(root, 'electron', 'engine') } },
      build: {
        ssr: entry,
        outDir: scratch,
        target: 'node20',
        minify: false,
        rollupOptions: { output: { entryFileNames: 'bench.mjs' } },
      },
    });
    const { code } = await execute(process.execPath, [join(scratch, 'bench.mjs')], { env });
    return code;
  });
}

/** `npm run bench -- NAME`: sets up, builds, runs tests/bench/NAME.bench.ts; its last line is one JSON object. */
export async function run([name]) {
  const entry = join(folder, `${name}${SUFFIX}`);
  if (!name || !existsSync(entry))
    throw new Failure('which benchmark?', `npm run bench -- ${benchmarks().join(' | ')}`);
  await setUp();
  await build();
  const display = hasDisplay() ? null : await startDisplay();
  step(`Benchmark ${name}`);
  try {
    return await runBundled(entry, display?.env);
  } finally {
    display?.stop();
  }
}
