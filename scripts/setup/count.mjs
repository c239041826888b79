import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts } from './paths.mjs';

/** How many tests passed, failed and were skipped; a step that is no test and fails counts as one failure. */
export const nothing = { passed: 0, failed: 0, skipped: 0 };

export function sum(...counts) {
  return counts.reduce(
    (total, each) => ({
      passed: total.passed + each.passed,
      failed: total.failed + each.failed,
      skipped: total.skipped + each.skipped,
    }),
    nothing,
  );
}

/** The closing line of a run. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A fresh place for the report that a test runner writes. */
export function reportFile(name) {
  const folder = join(artifacts, 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  rmSync(file, { force: true });
  return file;
}

/** A runner that ended badly without naming a failed test (it broke down, or a file did not load) has failed once. */
function honest(counts, code) {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function read(file) {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Test files that could not even be loaded: they failed, but no test of theirs did. */
function brokenFiles({ testResults }) {
  return testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
}

/** Counts from Vitest's JSON report. */
export function countVitest(file, code) {
  const report = read(file);
  if (!report) return honest(nothing, code || 1);
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo } = report;
  return honest({ passed, failed: failed + brokenFiles(report), skipped: pending + todo }, code);
}

/** Counts from Playwright's JSON report. */
export function countPlaywright(file, code) {
  const stats = read(file)?.stats;
  if (!stats) return honest(nothing, code || 1);
  return honest({ passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped }, code);
}
