import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { MILLISECOND, SECOND, type EngineClock } from '@engine/clock/clock';
import { BusyLan, MIXED, type Kind } from './busy-lan';

/** A fingerprint of a saved state. */
function fingerprint(state: unknown): string {
  const plain = (_key: string, value: unknown): unknown => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  };
  return createHash('sha256').update(JSON.stringify(state, plain)).digest('hex');
}

/** Everything that is to be known of the machines: their saved states, their screens, and the digest of what happened. */
function account(lan: BusyLan): { digest: string; machines: string[]; screens: string[] } {
  const machines = lan.ids.map((_, n) => fingerprint(lan.machine(n).save()));
  return { digest: lan.host.trace.digest(), machines, screens: lan.ids.map((_, n) => lan.text(n)) };
}

/** Every alarm in the one order that there is. */
function strictly(clock: EngineClock, until: number): void {
  for (let due = clock.nextDue(); due !== null && due <= until; due = clock.nextDue()) clock.runNext();
  clock.advanceTo(until);
}

/** In pieces of random length. */
function inPieces(clock: EngineClock, until: number): void {
  const random = new Random(until % 1_000_003);
  while (clock.now() < until) clock.advanceTo(Math.min(until, clock.now() + 1 + random.below(700 * MILLISECOND)));
}

const pings = ({ os }: Kind): string => `ping ${os.startsWith('debian') ? '-c' : '-n'} 3 192.168.1.1`;

/** Machines start, are left alone, ping, lose their cables and get them back, and are left alone again. */
function live(passing?: (clock: EngineClock, until: number) => void): BusyLan {
  const lan = new BusyLan(MIXED, passing);
  lan.pass(90 * SECOND);
  lan.typeAll(pings);
  lan.pass(2.5 * SECOND);
  for (const n of MIXED.keys()) lan.plug(n, false);
  lan.pass(13 * SECOND);
  for (const n of MIXED.keys()) lan.plug(n, true);
  lan.pass(200 * SECOND);
  return lan;
}

describe('machines taken through time one after the other', () => {
  it('live the same lives as if every alarm waited for its turn', { timeout: 300_000 }, () => {
    const strict = account(live(strictly));
    expect(strict.screens.join()).toContain('192.168.1.1');
    expect(account(live())).toEqual(strict);
    expect(account(live(inPieces))).toEqual(strict);
  });
});
