import { afterEach, describe, expect, it, vi } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { VmbusServer } from '@engine/vmbus/server/server';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { adapter, Bench, describe1, installedDisk } from './lab';

/** A machine that has booted a system from disk, and what its console says. */
function booted(os: string, kind: 'legacy' | 'synthetic'): Bench {
  const bench = new Bench(
    describe1({
      ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }],
      adapters: [adapter(kind)],
    }),
  );
  bench.machine.start();
  bench.clock.advanceTo(90 * SECOND);
  return bench;
}

/** Names in the guest's Device Manager. */
const devices = (os: string, kind: 'legacy' | 'synthetic'): string[] =>
  booted(os, kind)
    .desktop()
    .devices.map(({ name }) => name)
    .sort();

/** The functions that `lspci` of a Linux guest lists. Long ones go on in the next row of the screen. */
function lspci(bench: Bench): string[] {
  for (const key of keystrokes('clear\nlspci\n')) {
    bench.machine.press(key);
    bench.clock.advanceBy(SECOND / 50);
  }
  bench.clock.advanceBy(SECOND);
  return bench
    .text()
    .split('\n')
    .slice(1)
    .filter((line) => !line.includes('~#'))
    .join('')
    .split(/(?=[0-9a-f]{2}:[0-9a-f]{2}\.\d )/);
}

const without = (names: readonly string[], name: string): string[] => names.filter((other) => other !== name);

/** Pulls out one part of the mechanism, with no other change. */
const unplug = {
  configurationSpace: () => vi.spyOn(Dec21140.prototype, 'configRead').mockReturnValue(0xffff_ffff),
  networkOffers() {
    const { add } = VmbusServer.prototype;
    vi.spyOn(VmbusServer.prototype, 'add').mockImplementation(function (this: VmbusServer, device) {
      return device instanceof Netvsp ? null : add.call(this, device);
    });
  },
};

describe('a mechanism that is unplugged', () => {
  afterEach(() => vi.restoreAllMocks());

  it('takes the legacy adapter from the Device Manager of Windows XP when the 21140 answers all-ones in configuration space', () => {
    const before = devices('winxp-sp2', 'legacy');
    unplug.configurationSpace();
    const name = 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)';
    expect(before).toContain(name);
    expect(devices('winxp-sp2', 'legacy')).toEqual(without(before, name));
  });

  it('takes it from lspci of Linux too', () => {
    const before = lspci(booted('debian12', 'legacy'));
    unplug.configurationSpace();
    expect(before.filter((line) => line.includes('21140'))).toHaveLength(1);
    expect(lspci(booted('debian12', 'legacy'))).toEqual(before.filter((line) => !line.includes('21140')));
  });

  it('takes the synthetic adapter from the guest when the VSP offers nothing', () => {
    const before = devices('ws2008r2', 'synthetic');
    unplug.networkOffers();
    const after = devices('ws2008r2', 'synthetic');
    const lost = before.filter((name) => !after.includes(name));
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatch(/Network Adapter/);
    expect(after).toEqual(without(before, lost[0] ?? ''));
  });

  it('changes nothing in a guest that had no driver for it but the row of the bus', () => {
    const before = devices('winxp-sp2', 'synthetic');
    unplug.networkOffers();
    expect(devices('winxp-sp2', 'synthetic')).toEqual(before);
  });
});
