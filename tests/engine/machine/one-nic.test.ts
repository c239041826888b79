import { describe, expect, it } from 'vitest';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import { jain } from '../parent/one-nic';
import { lineAccounts, machineAccount, numberAt, type MachineAccount } from './accounts';
import { BusyLan, growth, MIXED, type Share } from './busy-lan';

const LINE = 125_000_000; // bytes a second
const SERVER = '192.168.1.10';

/** What each machine is after: both directions to `server1`, and the part of it that is looked at. */
const COMMAND = `iperf -c ${SERVER} -d -t 0.15`;
const MEASURED = 80 * MILLISECOND;

/** The lower of the indices of both directions, among the machines that `isMember` takes. */
function fairness(shares: readonly Share[], isMember: (share: Share) => boolean = () => true): number {
  const members = shares.filter(isMember);
  expect(members.length).toBeGreaterThan(1);
  return Math.min(jain(members.map(({ sent }) => sent)), jain(members.map(({ received }) => received)));
}

const difference = <T extends Record<string, number>>(now: T, before: T): Record<string, number> =>
  Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value - (before[name] ?? 0)]));

const grown = (now: MachineAccount, before: MachineAccount) => ({
  driver: difference({ ...now.driver }, { ...before.driver }),
  device: difference({ ...now.device }, { ...before.device }),
  port: difference({ ...now.port }, { ...before.port }),
});

const lan = new BusyLan([...MIXED, ...MIXED]).meet(SERVER);
const machines = lan.kinds.map((_, n) => machineAccount(lan, n));
const line = lineAccounts(lan);
lan.typeAll(() => COMMAND);
lan.host.clock.advanceBy(50 * MILLISECOND);
const early = lan.shares();
lan.host.clock.advanceBy(MEASURED);
const shares = growth(early, lan.shares());
const busy = lan.host.nic.inspect();
lan.host.clock.advanceBy(3 * SECOND); // everything has come to rest

describe('ten whole machines of five kinds on one card', () => {
  it('get equal shares of a full line both ways, those with one kind of adapter among each other and all together', () => {
    const sum = (pick: (share: Share) => number): number => shares.reduce((all, share) => all + pick(share), 0);
    expect(sum(({ sent }) => sent)).toBeGreaterThan((0.9 * LINE * MEASURED) / SECOND);
    expect(sum(({ received }) => received)).toBeGreaterThan((0.9 * LINE * MEASURED) / SECOND);
    const indices = [
      fairness(shares, ({ kind }) => kind.adapter === 'synthetic'),
      fairness(shares, ({ kind }) => kind.adapter === 'legacy'),
      fairness(shares),
    ];
    console.log(`ten machines, synthetic, legacy, all: ${indices.map((one) => one.toFixed(5)).join(' ')}`);
    expect(Math.min(...indices)).toBeGreaterThan(0.99);
  });

  it('show their queues and shares at the card', () => {
    for (const { name } of lan.ports) {
      const [waiting, sent, received] = ['waiting', 'sentBytes', 'receivedBytes'].map((key) =>
        numberAt(busy, 'senders', name, key),
      );
      expect(waiting).toBeGreaterThan(0);
      expect(sent).toBeGreaterThan(500_000);
      expect(received).toBeGreaterThan(500_000);
    }
  });

  it('lose no frame without a counter that says where', () => {
    lan.kinds.forEach((kind, n) => {
      const before = machines[n];
      if (!before) throw new Error('there is an account for each');
      const { driver, device, port } = grown(machineAccount(lan, n), before);
      expect([kind.os, driver['sent']]).toEqual([kind.os, device['sent']]);
      expect([driver['sent'], port['refused']]).toEqual([port['sent'], 0]);
      expect(port['received']).toBe((device['received'] ?? 0) + (device['lost'] ?? 0));
      expect([driver['received'], driver['lost']]).toEqual([device['received'], 0]);
      expect(driver['received']).toBeGreaterThan(500);
    });
    const now = lineAccounts(lan);
    for (const side of ['inside', 'wire'] as const) {
      const { in: came = 0, out = 0, lost = 0 } = difference(now[side], line[side]);
      expect([side, came, now[side].waiting]).toEqual([side, out + lost, 0]);
    }
    expect(now.card.sent - line.card.sent).toBe((now.uplink.receivedFrames ?? 0) - (line.uplink.receivedFrames ?? 0));
    expect(now.card.received - line.card.received).toBe((now.uplink.sentFrames ?? 0) - (line.uplink.sentFrames ?? 0));
  });

  it('say what they have measured', () => {
    lan.kinds.forEach((_, n) => {
      const text = lan.text(n);
      expect(text).toMatch(/\[ {2}3\] +0\.0- *0\.\d sec +\d\S* MBytes +\d\S* Mbits\/sec/);
      expect(text).toMatch(/\[ {2}4\] +0\.0- *0\.\d sec +\d\S* MBytes +\d\S* Mbits\/sec/);
      expect(lan.machine(n).inspect()['guest']).toMatchObject({ kernel: { tcp: { listening: [] } } });
    });
  });
});
