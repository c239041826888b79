import { describe, expect, it } from 'vitest';
import type { World } from '../../engine/hypervisor/rig';
import { runHostile, type Episode } from './run';
import { TARGETS } from './targets';

const EXECUTIONS = 2_000;

describe('the look at the machine beside', () => {
  it('says within which executions it has changed', () => {
    let executions = 0;
    const begin = (world: World): Episode => ({
      step: () => {
        if (++executions === 33) world.clock.release('neighbour'); // its alarms are gone
      },
      finish: () => null,
    });
    const { failures } = runHostile({ name: 'vandal', begin }, 200, 1);
    expect(failures).toEqual(['vandal, seed 1: the machine beside it has changed within the 25 executions up to 50']);
  });
});

describe('a hostile guest', () => {
  it.each(TARGETS)('gets nowhere with $name, and nobody else notices', (target) => {
    const report = runHostile(target, EXECUTIONS, 1);
    expect(report.failures).toEqual([]);
    expect(report.executions).toBeGreaterThanOrEqual(EXECUTIONS);
  });
});
