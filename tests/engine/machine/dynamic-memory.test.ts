import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import type { MachineDescription } from '@engine/machine/description';
import { SimulatedHost } from '@engine/machine/simulated-host';
import type { MemoryPolicy } from '@engine/parent/vsp/dynamic-memory/policy';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { Bench, describe1, installedDisk } from './lab';

const POLICY: MemoryPolicy = { dynamic: true, minimumMB: 256, maximumMB: 4096, bufferPercent: 20, weight: 5000 };

const machineOf = (os: string, changes: Partial<MachineDescription> = {}): MachineDescription =>
  describe1({
    memoryMB: 2048,
    memory: POLICY,
    ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }],
    ...changes,
  });

/** A machine that has been on for so many seconds. */
function boot(description: MachineDescription, seconds: number): Bench {
  const bench = new Bench(description);
  bench.machine.start();
  bench.clock.advanceBy(seconds * SECOND);
  return bench;
}

function type({ machine, clock }: Bench, text: string): void {
  for (const key of keystrokes(text)) {
    machine.press(key);
    clock.advanceBy(SECOND / 50);
  }
  clock.advanceBy(SECOND);
}

describe('Dynamic Memory', () => {
  it.each(['ws2022', 'ws2008r2', 'debian12'])('gives %s what it needs and a buffer, and takes the rest', (os) => {
    const { machine } = boot(machineOf(os), 300);
    const { memory } = machine.services;
    expect(memory?.status).toBe('ok');
    const [demand, assigned] = [memory?.demandMB ?? 0, memory?.assignedMB ?? 0];
    expect(demand).toBeGreaterThan(100);
    expect(assigned).toBeGreaterThanOrEqual(Math.max(256, demand * 1.2));
    expect(assigned).toBeLessThan(Math.max(256, demand * 1.2) + 0.06 * assigned);
    expect(machine.inspect()).toMatchObject({ memory: { withdrawnPages: 2048 * 256 - assigned * 256 } });
  });

  it('is seen in the guest: free shows less, and the same total as the host assigns', () => {
    const bench = boot(machineOf('debian12'), 200);
    type(bench, 'clear\nfree -m\ncat /proc/meminfo\n');
    const assigned = bench.machine.services.memory?.assignedMB ?? 0;
    expect(/Mem: +(\d+)/.exec(bench.text())?.[1]).toBe(String(assigned));
    expect(/MemTotal: +(\d+) kB/.exec(bench.text())?.[1]).toBe(String(assigned * 1024));
  });

  it('cannot move memory of a guest without its driver', () => {
    const { machine } = boot(machineOf('winxp-sp2'), 120);
    const { memory } = machine.services;
    expect([memory?.assignedMB, memory?.demandMB, memory?.status]).toEqual([2048, null, null]);
  });

  it('is no part of a host before 2008 R2 SP1, and does nothing where memory is static', () => {
    expect(boot(machineOf('ws2008r2', { hostId: 'ws2008' }), 1).machine.services.memory).toBeNull();
    const still = boot(machineOf('ws2022', { memory: { ...POLICY, dynamic: false } }), 200);
    expect(still.machine.services.memory?.assignedMB).toBe(2048);
    expect(still.machine.services.memory?.device.inspect()).toMatchObject({ phase: 'ready', counters: { reports: 0 } });
  });

  it('goes on after a saved state where it was', () => {
    const before = boot(machineOf('debian12'), 200);
    before.machine.pause();
    const saved = before.machine.save();
    const after = new Bench(machineOf('debian12'));
    after.machine.restore(structuredClone(saved));
    after.machine.resume();
    expect(after.machine.services.memory?.assignedMB).toBe(before.machine.services.memory?.assignedMB);
    expect(after.machine.services.memory?.demandMB).toBe(before.machine.services.memory?.demandMB);
    after.clock.advanceBy(30 * SECOND);
    expect(after.machine.services.memory?.status).toBe('ok');
  });

  it('begins anew with the startup memory after a reset', () => {
    const { machine, clock } = boot(machineOf('ws2022'), 300);
    machine.reset();
    expect(machine.services.memory?.assignedMB).toBe(2048);
    clock.advanceBy(300 * SECOND);
    expect(machine.services.memory?.status).toBe('ok');
  });

  it('adds memory while the system runs, as far as the host has any', () => {
    const grow = (memoryMB: number): number => {
      const unexpected = (_id: string, error?: unknown): void => {
        throw error instanceof Error ? error : new Error('the machine ended');
      };
      const host = new SimulatedHost(
        { seed: 1, epoch: 0, nicDescription: 'NIC', memoryMB },
        { poweredOff: unexpected, faulted: unexpected },
      );
      const machine = host.powerOn(machineOf('ws2022', { memoryMB: 640 }), new Map(), null);
      host.clock.advanceBy(300 * SECOND);
      return machine.services.memory?.assignedMB ?? 0;
    };
    expect(grow(8192)).toBeGreaterThan(740);
    expect(grow(700)).toBe(700);
  });
});
