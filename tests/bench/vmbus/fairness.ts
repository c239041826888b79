import { MILLISECOND } from '@engine/clock/clock';
import { BusyLan, growth, MIXED } from '../../engine/machine/busy-lan';
import { jain } from '../../engine/parent/one-nic';

const SERVER = '192.168.1.10';
/** Slow start is over by then, also where a hundred share the line. */
const WARM = 300 * MILLISECOND;
const MEASURED = 200 * MILLISECOND;

/**
 * Jain's index over the bytes of `count` whole machines that send to `server1` and receive from it at once, over one physical
 * card: of both directions the lower one.
 */
export function measureFairness(count: number): number {
  const kinds = Array.from({ length: count }, (_, n) => MIXED.slice(n % MIXED.length)[0]).flatMap((kind) => kind ?? []);
  const lan = new BusyLan(kinds).meet(SERVER);
  lan.typeAll(() => `iperf -c ${SERVER} -d -t 2`);
  lan.host.clock.advanceBy(WARM);
  const before = lan.shares();
  lan.host.clock.advanceBy(MEASURED);
  const shares = growth(before, lan.shares());
  return Math.min(jain(shares.map(({ sent }) => sent)), jain(shares.map(({ received }) => received)));
}
