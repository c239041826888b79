import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { closingLine, nothing, sum } from '../setup/count.mjs';
import { Failure, reportFailure } from '../setup/failure.mjs';
import { build, setUp } from '../setup/index.mjs';
import { root } from '../setup/paths.mjs';
import { execute } from '../setup/process.mjs';
import { say, step } from '../setup/say.mjs';
import { check } from './check.mjs';
import { endToEnd } from './e2e.mjs';

const FAILED = { ...nothing, failed: 1 };

/** Builds and tests in real windows; without a build there is nothing to test, which is one failure. */
async function buildAndTestWindows() {
  try {
    await build();
    return (await endToEnd([])).counts;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    reportFailure(error);
    return FAILED;
  }
}

function lastJson(output) {
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  try {
    const { passed, failed, skipped, why } = JSON.parse(line);
    return { passed, failed, skipped, why };
  } catch {
    return null;
  }
}

/** Boots unmodified kernels on the engine: `tests/real-guest/run.mjs` ends with a line `{passed, failed, skipped, why}`. */
async function realGuest() {
  const program = join(root, 'tests', 'real-guest', 'run.mjs');
  if (!existsSync(program)) return nothing;
  step('Booting unmodified kernels on the engine');
  let output = '';
  const { code } = await execute(process.execPath, [program], { tee: (text) => (output += text) });
  const found = lastJson(output);
  if (!found) return FAILED;
  if (found.skipped > 0) say(`skipped: ${found.why}`);
  if (found.skipped > 0 && process.env.PARTITION_LAB_REQUIRE_REAL_GUEST) {
    say('PARTITION_LAB_REQUIRE_REAL_GUEST is set, so what was skipped counts as failed');
    return { ...found, failed: found.failed + found.skipped, skipped: 0 };
  }
  return code !== 0 && found.failed === 0 ? { ...found, failed: 1 } : found;
}

/** `npm test`: everything, and at the end one line that counts it. */
export async function run() {
  const started = performance.now();
  await setUp();
  const counts = sum(await check(), await buildAndTestWindows(), await realGuest());
  step(`All of it took ${Math.round((performance.now() - started) / 1000)} s`);
  console.log(closingLine(counts));
  return counts.failed === 0 ? 0 : 1;
}
