import { describe, expect, it } from 'vitest';
import { runLifecycles } from './run';

describe('the life of channels', () => {
  it('leaves nothing behind and stops nobody else, in whatever order things happen', () => {
    const report = runLifecycles(300, 1);
    expect(report.failures).toEqual([]);
    expect(report.actions).toBeGreaterThan(3_000);
  });
});
