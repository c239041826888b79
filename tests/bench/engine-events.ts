import { parseMac } from '@engine/base/mac';
import { SECOND } from '@engine/clock/clock';
import { newHost } from '../engine/machine/host';
import { describe1, installedDisk } from '../engine/machine/lab';
import { cpuSeconds, median } from './statistics';

const PAIRS = 15;
const SWITCH = '33333333-2222-4333-8444-555555555555';

/** One boot of Windows XP with a legacy adapter on the network: recorded events and the seconds of processor time that they took. */
function boot(traced: boolean): { events: number; seconds: number } {
  const host = newHost();
  host.trace.enabled = traced;
  host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
  const mac = parseMac('00155D011400') ?? new Uint8Array(6);
  const id = '11111111-2222-4333-8444-555555555555';
  const nic = { id: 'aaaaaaaa-2222-4333-8444-555555555555', kind: 'legacy' as const, mac };
  const store = installedDisk('winxp-sp2');
  const seconds = cpuSeconds(() => {
    host.powerOn(
      describe1({
        id,
        bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'],
        adapters: [nic],
        ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store }],
      }),
      new Map([
        [
          nic.id,
          {
            kind: 'legacy',
            switchId: SWITCH,
            mac,
            vlan: null,
            allowMacSpoofing: false,
            dhcpGuard: false,
            routerGuard: false,
          },
        ],
      ]),
      null,
    );
    host.clock.advanceTo(60 * SECOND);
  });
  return { events: host.trace.length, seconds };
}

/** Boots in pairs with the trace on and off, now this first and now that. The ratio, events a second on divided by off, is the pairs' median. */
export function measureEngineEvents(): { eventsPerSecond: number; traceRatio: number } {
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let pair = -2; pair < PAIRS; pair++) {
    const isFirst = pair % 2 === 0;
    const one = boot(isFirst);
    const other = boot(!isFirst);
    if (pair < 0) continue; // the first ones compile
    const [on, off] = isFirst ? [one, other] : [other, one];
    rates.push(on.events / on.seconds);
    ratios.push(off.seconds / on.seconds);
  }
  return { eventsPerSecond: median(rates), traceRatio: median(ratios) };
}
