import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { adapter, Bench, describe1, installedDisk } from './lab';

const withDisk = (os: string, ...adapters: Parameters<typeof adapter>[0][]): Bench =>
  new Bench(
    describe1({
      ide: [
        { id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) },
        { id: 'cd', kind: 'dvd', place: 2, store: null },
      ],
      adapters: adapters.map((kind, i) => adapter(kind, i)),
    }),
  );

const boot = (bench: Bench): Bench => {
  bench.machine.start();
  bench.clock.advanceTo(60 * SECOND);
  return bench;
};

const network = (bench: Bench): string[] =>
  bench
    .desktop()
    .devices.filter(({ category }) => category === 'Network adapters')
    .map(({ name }) => name);

describe('a Generation 1 machine', () => {
  it('shows the devices that its firmware found on the bus while it starts', () => {
    const bench = withDisk('winxp-sp2', 'legacy');
    bench.machine.start();
    bench.clock.advanceTo(2 * SECOND);
    expect(bench.text()).toMatch(/1011.*0009/);
    expect(bench.text()).toMatch(/8086.*7111/);
  });

  it('gives Windows XP a network card when it is a legacy adapter, and none when it is a synthetic one', () => {
    expect(network(boot(withDisk('winxp-sp2', 'legacy')))).toEqual([
      'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)',
    ]);
    const bench = boot(withDisk('winxp-sp2', 'synthetic'));
    expect(network(bench)).toEqual([]);
    const unknown = bench
      .desktop()
      .devices.filter(({ code }) => code === 28)
      .map(({ hardwareId }) => hardwareId);
    expect(unknown).toContain('ACPI\\VMBus');
    expect(bench.trace.countBelow(TraceKind.VmbusFromGuest, 'vm-1')).toBe(0);
  });

  it('shows four legacy adapters as functions of one card', () => {
    expect(network(boot(withDisk('winxp-sp2', 'legacy', 'legacy', 'legacy', 'legacy')))).toHaveLength(4);
  });

  it('stays on with a message when nothing can be booted', () => {
    const bench = boot(new Bench(describe1()));
    expect(bench.text()).toMatch(/Reboot and Select proper Boot device/);
    expect(bench.off).toBe(0);
  });

  it('counts every access of the guest as an intercept and charges it', () => {
    const bench = boot(withDisk('winxp-sp2', 'legacy'));
    const reads = bench.trace.count(TraceKind.PortRead, bench.trace.actor('vm-1/vp-0'));
    expect(reads).toBeGreaterThan(1000);
    expect(bench.machine.spent).toBeGreaterThan(reads * 12_000);
  });

  it('runs twice to the same trace, byte for byte', () => {
    const run = (): string => boot(withDisk('winxp-sp2', 'legacy')).trace.digest();
    expect(run()).toBe(run());
  });

  it('continues from its saved state as if nothing had happened, wherever it was cut', () => {
    const whole = withDisk('winxp-sp2', 'legacy');
    whole.machine.start();
    whole.clock.advanceTo(40 * SECOND);
    for (const seconds of [1, 3, 9, 20]) {
      const first = withDisk('winxp-sp2', 'legacy');
      first.machine.start();
      first.clock.advanceTo(seconds * SECOND);
      first.machine.pause();
      const saved = structuredClone(first.machine.save());
      const second = withDisk('winxp-sp2', 'legacy');
      second.clock.advanceTo(seconds * SECOND);
      second.machine.restore(saved);
      expect(isDeepStrictEqual(second.machine.save(), saved)).toBe(true);
      second.machine.resume();
      second.clock.advanceTo(40 * SECOND);
      expect(second.machine.screen()).toEqual(whole.machine.screen());
      expect(second.machine.inspect()['guest']).toEqual(whole.machine.inspect()['guest']);
    }
  });

  it('starts anew when it is reset, with the same result', () => {
    const bench = boot(withDisk('winxp-sp2', 'legacy'));
    const before = bench.desktop().devices;
    bench.machine.reset();
    expect(bench.machine.screen().kind).toBe('text');
    bench.clock.advanceBy(60 * SECOND);
    expect(bench.desktop().devices).toEqual(before);
  });

  it('leaves no alarm behind when it is taken apart', () => {
    const bench = boot(withDisk('winxp-sp2', 'legacy'));
    bench.machine.dispose();
    expect(bench.clock.nextDue()).toBeNull();
  });
});
