import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { MacAddress } from '@engine/base/mac';
import { SECOND } from '@engine/clock/clock';
import { osProfile } from '@engine/guest/os';
import type { MachineDescription } from '@engine/machine/description';
import { SimulatedHost } from '@engine/machine/simulated-host';
import { describe1, installedDisk } from '../../engine/machine/lab';
import { cpuSeconds } from '../statistics';

const SWITCH = '33333333-2222-4333-8444-555555555555';
const HOUR = 3600 * SECOND;
const BOOT = 180 * SECOND;

/** A network with an address for each of a thousand machines: those that get none would go on asking everybody. */
const CAMPUS = { mask: 0xffff_f800, poolFirst: 0xc0a8_0200, poolLast: 0xc0a8_06ff }; // 192.168.2.0 to 192.168.6.255, /21

/** Half of the machines are Windows XP with a legacy adapter, half Windows Server 2022 with a synthetic one. */
const KINDS = [
  { os: 'winxp-sp2', adapter: 'legacy' },
  { os: 'ws2022', adapter: 'synthetic' },
] as const;

const DISK_SECTORS = 400_000;
const PIECE = 128; // sectors

/** A disk on which a system has just been installed: its pieces that hold anything. Machines get copies of it. */
type Image = readonly { readonly lba: number; readonly bytes: Uint8Array }[];
const images = new Map<string, Image>();

function imageOf(os: string): Image {
  const store = installedDisk(os);
  const end = (osProfile(os)?.partitionStart ?? 0) + store.residentBytes / store.sectorSize; // setup fills a volume from its start
  const pieces = Array.from({ length: Math.ceil(end / PIECE) }, (_, i) => {
    return { lba: i * PIECE, bytes: store.read(i * PIECE, PIECE) };
  });
  return pieces.filter(({ bytes }) => bytes.some((byte) => byte !== 0));
}

function disk(os: string): MemoryBlockStore {
  const image = images.get(os) ?? imageOf(os);
  images.set(os, image);
  const store = new MemoryBlockStore({ sectorCount: DISK_SECTORS });
  for (const { lba, bytes } of image) store.write(lba, bytes);
  return store;
}

function description(n: number, mac: MacAddress): MachineDescription {
  const kind = KINDS[n % KINDS.length] ?? KINDS[0];
  const serial = n.toString(16).padStart(12, '0');
  return describe1({
    id: `11111111-2222-4333-8444-${serial}`,
    bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'],
    ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: disk(kind.os) }],
    adapters: [{ id: `aaaaaaaa-2222-4333-8444-${serial}`, kind: kind.adapter, mac }],
  });
}

/** A host with `count` machines that have started, have their addresses, and are left alone. */
export function idleHost(count: number): SimulatedHost {
  const throws = (_id: string, error: unknown): void => {
    throw error;
  };
  const host = new SimulatedHost(
    { seed: 1, epoch: 0, nicDescription: 'NIC', lan: CAMPUS },
    { poweredOff: () => undefined, faulted: throws },
  );
  host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
  for (let n = 0; n < count; n++) {
    const mac = Uint8Array.of(0x00, 0x15, 0x5d, 1, n >> 8, n & 0xff);
    const machine = description(n, mac);
    const plugged = machine.adapters.map(({ id, kind }) => {
      const settings = { vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false };
      return [id, { kind, switchId: SWITCH, mac, ...settings }] as const;
    });
    host.powerOn(machine, new Map(plugged), null);
  }
  host.clock.advanceTo(BOOT);
  return host;
}

/** Seconds of processor time that machines take which do nothing. */
export interface IdleCost {
  /** To make and to start all of them, until they have been on for three minutes. */
  readonly start: number;
  /** One simulated hour after that. */
  readonly hour: number;
}

/** What `count` idle machines cost. */
export function measureIdle(count: number): IdleCost {
  const hosts: SimulatedHost[] = [];
  const start = cpuSeconds(() => hosts.push(idleHost(count)));
  const hour = cpuSeconds(() => hosts[0]?.clock.advanceBy(HOUR));
  const addresses = hosts[0]?.lan.dhcp.leases.length ?? 0;
  if (addresses !== count) throw new Error(`${addresses} of ${count} machines have an address`);
  return { start, hour };
}
