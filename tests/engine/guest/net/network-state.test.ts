import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { clonePlain } from '@engine/base/unit';
import { vmMac } from '../../vswitch/support';
import { Guest, Host, ip, SECOND } from './support';

describe('state', () => {
  const build = (): { host: Host; guests: Guest[] } => {
    const host = new Host(2_000_000);
    return { host, guests: [1, 2, 3].map((n) => new Guest(host, n, (['nt5', 'nt6', 'linux'] as const)[n - 1]).plug()) };
  };
  const work = ({ host, guests }: ReturnType<typeof build>, from: number, rounds: number): string[] => {
    const log: string[] = [];
    for (let round = from; round < from + rounds; round++) {
      guests.forEach((guest, i) => {
        const target = ['192.168.1.1', '192.168.1.10', '203.0.113.10', '192.168.1.101'][(round + i) % 4] ?? '';
        log.push(`${host.clock.now()} ${guest.status} ${JSON.stringify(guest.stack.echoResult())}`);
        if (round % 7 === 0) guest.stack.resolve(`host${round}`);
        guest.stack.echo(ip(target), 200 + i * 700);
        guest.rearm();
      });
      host.clock.advanceBy(23_456_789);
    }
    return log;
  };

  it.each([3, 40, 120])('saved after %i rounds in mid-transfer and restored elsewhere goes on equally', (rounds) => {
    const whole = build();
    work(whole, 0, rounds);
    const { host, guests } = whole;
    const saved = {
      clock: host.clock.save(),
      lan: host.lan.save(),
      nic: host.nic.save(),
      vs: host.virtualSwitch.save(),
      guests: guests.map(({ state }) => clonePlain(state)),
    };
    const records = host.trace.length;
    const other = build();
    other.host.lan.restore(saved.lan);
    other.host.nic.restore(saved.nic);
    other.host.virtualSwitch.restore(saved.vs);
    other.guests.forEach((guest, i) => guest.restore(saved.guests[i] ?? guest.state));
    other.host.clock.restore(saved.clock);
    const before = other.host.trace.length;
    expect(work(other, rounds, 100)).toEqual(work(whole, rounds, 100));
    expect(other.guests.map(({ state }) => state)).toEqual(guests.map(({ state }) => state));
    const tail = (from: Host, since: number): object[] =>
      from.trace.recent(from.trace.length - since).map(({ time, kind, operands }) => ({ time, kind, operands }));
    expect(tail(other.host, before)).toEqual(tail(host, records));
    expect(host.trace.length - records).toBeGreaterThan(500);
  });

  it('two runs have the same trace, and an idle guest costs nothing', () => {
    const digests = [1, 2].map(() => {
      const run = build();
      work(run, 0, 100);
      return run.host.trace.digest();
    });
    expect(digests[0]).toBe(digests[1]);
    const { host, guests } = build();
    guests[0]?.wait(60);
    const before = host.trace.length;
    host.clock.advanceBy(3600 * SECOND);
    expect(host.trace.length).toBe(before);
  });
});

describe('hostile neighbours', () => {
  it('change neither a guest’s configuration nor its ability to talk', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    const before = guest.view;
    const evil = host.client(9, null, { allowMacSpoofing: true });
    const random = new Random(55);
    for (let round = 0; round < 10_000; round++) {
      const frame = new Uint8Array(22 + random.below(400));
      frame.set(random.bytes(frame.length));
      frame.set(random.below(2) ? vmMac(1) : new Uint8Array(6).fill(255), 0);
      frame.set([2, ...random.bytes(5)], 6);
      frame.set(random.below(2) ? [8, 0, 0x45, 0] : [8, 6, 0, 1, 8, 0, 6, 4], 12);
      evil.port.send(frame);
      if (random.below(8) === 0) host.clock.advanceBy(random.below(1_000_000));
    }
    host.settle();
    expect(guest.view).toEqual({ ...before, hasConflict: guest.view?.hasConflict });
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
  });
});
