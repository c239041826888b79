import { Failure } from './failure.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureLibraries } from './libraries.mjs';
import { root } from './paths.mjs';
import { tail, tool } from './process.mjs';
import { ensureRuntime } from './runtime.mjs';
import { say, step } from './say.mjs';

/** Everything that must be there before a window can open. Returns what `ensureRuntime` returns. */
export async function setUp() {
  step(`Partition Lab on Node.js ${process.versions.node}`);
  await ensureDependencies();
  const runtime = await ensureRuntime();
  await ensureLibraries(runtime.executable);
  say(`Electron runtime: ${runtime.dist} (${runtime.origin})`);
  return runtime;
}

/** Builds the three bundles into `out/`. */
export async function build() {
  step('Building the application');
  const started = performance.now();
  const { code, output } = await tool('electron-vite', ['build'], { quiet: true, cwd: root });
  if (code !== 0) throw new Failure(`the build failed:\n${tail(output, 40)}`, 'correct what it names.');
  say(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
