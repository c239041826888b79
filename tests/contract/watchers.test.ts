import { describe, expect, it } from 'vitest';
import { Watchers } from '../../electron/ipc/watchers';

describe('windows that show a machine’s screen', () => {
  it('tell the machine when the first begins and the last one ceases to look', () => {
    const told: string[] = [];
    const watchers = new Watchers((vmId, isWatched) => told.push(`${vmId} ${isWatched}`));
    watchers.set(1, 'xp');
    watchers.set(1, 'xp');
    watchers.set(2, 'xp');
    expect(watchers.get(2)).toBe('xp');
    watchers.delete(1);
    expect(told.splice(0)).toEqual(['xp true', 'xp true', 'xp true']);
    watchers.set(2, 'debian');
    expect(told.splice(0)).toEqual(['xp false', 'debian true']);
    watchers.delete(2);
    watchers.delete(2);
    expect(told).toEqual(['debian false']);
  });
});
