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

// Each guest keeps one processor busy: two shares of about the same length run side by side.
const GUEST_SHARES = [
  ['legacy', 'storage', 'floppy'],
  ['synthetic', 'human', 'components'],
];

/** Boots unmodified kernels on the engine, once their packages are there. Returns the counts. */
async function realGuest() {
  step('Booting unmodified kernels on the engine');
  const packages = await bootGuests(['packages'], true);
  if (packages.failed > 0 || packages.skipped > 0) return packages;
  say(`two at a time: ${GUEST_SHARES.map((roads) => roads.join(', ')).join(' | ')}`);
  return sum(...(await Promise.all(GUEST_SHARES.map((roads) => bootGuests(roads, false)))));
}

/** `tests/real-guest/run.mjs` ends with a line `{passed, failed, skipped, why}`. What is not shown at once is shown at its end. */
async function bootGuests(roads, atOnce) {
  let output = '';
  const options = atOnce ? { tee: (text) => (output += text) } : { quiet: true };
  const { code, output: quiet } = await execute(
    process.execPath,
    [join(root, 'tests', 'real-guest', 'run.mjs'), ...roads],
    options,
  );
  if (!atOnce) console.log(quiet.trimEnd());
  const found = lastJson(atOnce ? output : quiet);
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
