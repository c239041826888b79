import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import type { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { InspectNode } from '@engine/base/unit';
import { Bench, describe1, installedDisk } from './lab';

const DISK = '44444444-2222-4333-8444-555555555555';

interface Seen {
  readonly bench: Bench;
  readonly store: MemoryBlockStore;
}

/** A Generation 1 machine with an installed system on the IDE disk of that place, after its start. */
function started(os: string, place = 0, seconds = 120): Seen {
  const store = installedDisk(os);
  const bench = new Bench(describe1({ memoryMB: 1024, ide: [{ id: DISK, kind: 'hardDisk', place, store }] }));
  bench.machine.start();
  bench.clock.advanceTo(seconds * SECOND);
  return { bench, store };
}

function tree(bench: Bench, ...path: readonly string[]): InspectNode {
  let node: InspectNode = bench.machine.inspect();
  for (const key of path) node = (node as Record<string, InspectNode>)[key] ?? null;
  return node;
}

const commands = (bench: Bench, place = 0): number =>
  Number(tree(bench, `storvsp-ide-${place}`, 'counters', 'commands'));
const named = (bench: Bench, category: string): string[] =>
  bench.desktop().devices.flatMap((one) => (one.category === category ? [one.name] : []));

describe('an IDE disk of Generation 1', () => {
  it.each([
    ['ws2008r2', 'Microsoft Synthetic SCSI Controller'],
    ['ws2022', 'Microsoft Hyper-V SCSI Controller'],
  ])('of %s is taken over by its filter once its driver runs, and keeps its name', (os, controller) => {
    const { bench } = started(os);
    expect(named(bench, 'Disk drives')).toEqual(['Virtual HD ATA Device']);
    expect(named(bench, 'Storage controllers')).toEqual([controller]);
    expect(commands(bench)).toBeGreaterThan(15);
    expect(tree(bench, 'storvsp-ide-0', 'phase')).toBe('ready');
  });

  it('of a system without a driver for the accelerator stays on the emulated controller', () => {
    const { bench } = started('winxp-sp2');
    expect(named(bench, 'Disk drives')).toHaveLength(1);
    expect([commands(bench), tree(bench, 'storvsp-ide-0', 'phase')]).toEqual([0, 'closed']);
  });

  it.each([0, 1, 2])('at place %i is the one that Linux boots from, by its path and target', (place) => {
    const { bench } = started('debian12', place);
    expect(bench.text()).toContain('automatic login');
    expect(commands(bench, place)).toBeGreaterThan(10);
  });

  it.each([3, 4, 5, 6])('goes on from a state saved after %i seconds, on the way that it was on', (seconds) => {
    const { bench, store } = started('ws2008r2', 0, seconds);
    bench.machine.pause();
    const state = structuredClone(bench.machine.save());
    const next = new Bench(describe1({ memoryMB: 1024, ide: [{ id: DISK, kind: 'hardDisk', place: 0, store }] }));
    next.machine.restore(state);
    expect(commands(next)).toBe(commands(bench));
    next.machine.resume();
    next.clock.advanceTo(120 * SECOND);
    expect(named(next, 'Disk drives')).toEqual(['Virtual HD ATA Device']);
    expect(commands(next)).toBeGreaterThan(15);
  });
});
