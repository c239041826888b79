import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closingLine, countPlaywright, countVitest, sum } from '../../scripts/setup/count.mjs';
import { freshFolder } from './folder';

function report(content: unknown): string {
  const file = join(freshFolder(), 'report.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const unit = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };

describe('counting tests', () => {
  it('reads what the runners report', () => {
    expect(countVitest(report(unit), 0)).toEqual({ passed: 7, failed: 0, skipped: 1 });
    const stats = { expected: 3, flaky: 0, unexpected: 1, skipped: 2 };
    expect(countPlaywright(report({ stats }), 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it('counts a file that did not load', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const seen = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    const content = { ...unit, numFailedTests: 1, testResults: [broken, seen] };
    expect(countVitest(report(content), 1)).toEqual({ passed: 7, failed: 2, skipped: 1 });
  });

  it('never calls a run good that ended badly', () => {
    expect(countVitest(report(unit), 1).failed).toBe(1);
    expect(countVitest(report('{"numPassed'), 0).failed).toBe(1);
    expect(countVitest('/nowhere/report.json', 0).failed).toBe(1);
    expect(countPlaywright('/nowhere/report.json', 0).failed).toBe(1);
    expect(countPlaywright(report({ errors: [] }), 1).failed).toBe(1);
  });

  it('closes with one line', () => {
    const total = sum({ passed: 7, failed: 0, skipped: 0 }, { passed: 3, failed: 1, skipped: 0 });
    expect(closingLine(total)).toBe('10 passed, 1 failed');
    expect(closingLine(sum(total, { passed: 0, failed: 0, skipped: 2 }))).toBe('10 passed, 1 failed, 2 skipped');
  });
});
