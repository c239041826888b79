import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { parseMac } from '@engine/base/mac';
import { SECOND } from '@engine/clock/clock';
import { installOnto } from '@engine/guest/disk/installer';
import { osProfile } from '@engine/guest/os';
import { SimulatedHost } from '@engine/machine/simulated-host';
import { cpuSeconds, median } from './statistics';

const PAIRS = 15;
const SWITCH = '33333333-2222-4333-8444-555555555555';

function disk(): MemoryBlockStore {
  const store = new MemoryBlockStore({ sectorCount: 400_000 });
  const profile = osProfile('winxp-sp2');
  if (!profile) throw new Error('there is no Windows XP');
  installOnto(store, profile, { installed: '2022-10-03 09:00' });
  return store;
}

/** One boot of Windows XP with a legacy adapter on the network: recorded events and the seconds of processor time that they took. */
function boot(traced: boolean): { events: number; seconds: number } {
  const host = new SimulatedHost(
    { seed: 1, epoch: 0, nicDescription: 'NIC' },
    {
      poweredOff: () => undefined,
      faulted: (_id, error) => {
        throw error;
      },
    },
  );
  host.trace.enabled = traced;
  host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
  const mac = parseMac('00155D011400') ?? new Uint8Array(6);
  const id = '11111111-2222-4333-8444-555555555555';
  const nic = { id: 'aaaaaaaa-2222-4333-8444-555555555555', kind: 'legacy' as const, mac };
  const services = {
    shutdown: true,
    timeSync: true,
    dataExchange: true,
    heartbeat: true,
    backup: true,
    guestServices: false,
  };
  const store = disk();
  const seconds = cpuSeconds(() => {
    host.powerOn(
      {
        id,
        generation: 1,
        memoryMB: 512,
        processors: 1,
        hostId: 'ws2022',
        vmbusVersion: '5.3',
        numLock: false,
        bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'],
        firmwareOrder: [],
        scsi: [],
        diskette: null,
        services,
        epoch: 0,
        adapters: [nic],
        ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store }],
      },
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
