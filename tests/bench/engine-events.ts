import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { parseMac } from '@engine/base/mac';
import { SECOND } from '@engine/clock/clock';
import { installOnto } from '@engine/guest/disk/installer';
import { osProfile } from '@engine/guest/os';
import { SimulatedHost } from '@engine/machine/simulated-host';
import { median } from './statistics';

const SWITCH = '33333333-2222-4333-8444-555555555555';

function disk(): MemoryBlockStore {
  const store = new MemoryBlockStore({ sectorCount: 400_000 });
  const profile = osProfile('winxp-sp2');
  if (!profile) throw new Error('there is no Windows XP');
  installOnto(store, profile, { installed: '2022-10-03 09:00' });
  return store;
}

/** One boot of Windows XP with a legacy adapter on the network: recorded events and the seconds that they took. */
function boot(traced: boolean): { events: number; seconds: number } {
  const host = new SimulatedHost({ seed: 1, epoch: 0, nicDescription: 'NIC' }, { poweredOff: () => undefined, faulted: (_id, error) => { throw error; } });
  host.trace.enabled = traced;
  host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
  const mac = parseMac('00155D011400') ?? new Uint8Array(6);
  const id = '11111111-2222-4333-8444-555555555555';
  const nic = { id: 'aaaaaaaa-2222-4333-8444-555555555555', kind: 'legacy' as const, mac };
  const services = { shutdown: true, timeSync: true, dataExchange: true, heartbeat: true, backup: true, guestServices: false };
  const store = disk();
  const started = performance.now();
  host.powerOn(
    {
      id, generation: 1, memoryMB: 512, processors: 1, hostId: 'ws2022', vmbusVersion: '5.3', numLock: false,
      bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'], firmwareOrder: [], scsi: [], services, epoch: 0, adapters: [nic],
      ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store }],
    },
    new Map([[nic.id, { kind: 'legacy', switchId: SWITCH, mac, vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false }]]),
    null,
  );
  host.clock.advanceTo(60 * SECOND);
  return { events: host.trace.length, seconds: (performance.now() - started) / 1000 };
}

/** Boots in turn with the trace on and off. The ratio is of medians: events a second on, divided by off. */
export function measureEngineEvents(): { eventsPerSecond: number; traceRatio: number } {
  const rates = { on: [] as number[], off: [] as number[] };
  for (let run = 0; run < 8; run++) {
    const first = boot(true);
    const second = boot(false);
    if (run === 0) continue; // the first pair compiles
    rates.on.push(first.events / first.seconds);
    rates.off.push(second.events / second.seconds);
  }
  return { eventsPerSecond: median(rates.on), traceRatio: median(rates.on) / median(rates.off) };
}
