import { describe, expect, it } from 'vitest';
import { runHostile } from './run';
import { TARGETS } from './targets';

const EXECUTIONS = 2_000;

describe('a hostile guest', () => {
  it.each(TARGETS)('gets nowhere with $name, and nobody else notices', (target) => {
    const report = runHostile(target, EXECUTIONS, 1);
    expect(report.failures).toEqual([]);
    expect(report.executions).toBeGreaterThanOrEqual(EXECUTIONS);
  });
});
