import { runHostile } from './hostile/run';
import { TARGETS } from './hostile/targets';
import { runLifecycles } from './lifecycle/run';

/** A run of `count` cases from `seed` on: how much was done, and what did not hold. */
export type LongRun = (
  count: number,
  seed: number,
  progress: (done: number) => void,
) => { readonly failures: readonly string[] };

const RUNS: Readonly<Record<string, LongRun>> = {
  lifecycle: runLifecycles,
  ...Object.fromEntries(
    TARGETS.map((target): [string, LongRun] => [
      target.name,
      (count, seed, progress) => runHostile(target, count, seed, progress),
    ]),
  ),
};

const STEPS = 20;

/** Runs what `args` name; the last line printed is the report. Returns the exit code. */
export function main([name = '', count = '', seed = '1']: readonly string[]): number {
  const run = RUNS[name];
  const cases = Number(count);
  if (!run || !(cases > 0)) {
    console.log(`node tests/fuzz/run.mjs ${Object.keys(RUNS).join(' | ')} COUNT [SEED]`);
    return 1;
  }
  const begin = performance.now();
  const seconds = (): number => Math.round((performance.now() - begin) / 1000);
  const step = Math.max(1, Math.floor(cases / STEPS));
  const report = run(cases, Number(seed), (done) => {
    if (done % step === 0) console.log(`${done} of ${cases} after ${seconds()} s`);
  });
  console.log(JSON.stringify({ run: name, seed: Number(seed), seconds: seconds(), ...report }));
  return report.failures.length > 0 ? 1 : 0;
}
