import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { newHost } from './host';
import { adapter, ALL_SERVICES, describe1, installedDisk } from './lab';

const SWITCH = '33333333-2222-4333-8444-555555555555';
const FIXED = {
  dhcp: false,
  addresses: ['10.20.30.40'],
  masks: ['255.255.0.0'],
  gateways: ['10.20.0.1'],
  dns: ['10.20.0.2', '10.20.0.3'],
};
const BY_SERVER = { dhcp: true, addresses: [], masks: [], gateways: [], dns: [] };

/** A machine of a running system on a host's external switch, whose LAN has a DHCP server. */
function boot(os: string, nics = [adapter('synthetic')]) {
  const host = newHost(Date.UTC(2022, 9, 3, 9));
  host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
  const [nic = adapter('synthetic')] = nics;
  const description = describe1({
    services: ALL_SERVICES,
    ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }],
    adapters: nics,
  });
  const port = { switchId: SWITCH, vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false };
  host.powerOn(description, new Map(nics.map(({ id, kind, mac }) => [id, { ...port, kind, mac }])), null);
  const run = (seconds: number): void => host.clock.advanceBy(seconds * SECOND);
  run(150);
  const { services } = host.machine(description.id) ?? {};
  if (!services) throw new Error('the machine is off');
  const mac = [...nic.mac].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
  const connect = ({ id, kind, mac }: (typeof nics)[number], switchId: string | null): void =>
    host.connect(description.id, id, { ...port, kind, mac, switchId });
  return {
    services,
    connect,
    items: services.keyValuePairs,
    run,
    id: nic.id,
    mac,
    refused: () => services.keyValuePairs.device.save().own.refused,
  };
}

describe.each(['ws2022', 'debian12'])('addresses that a host sets in %s', (os) => {
  it('are those of its interface, and what the host hears from then on', () => {
    const { services, items, run, id, mac, refused } = boot(os);
    const leased = [...services.addresses];
    expect(leased).toHaveLength(1);
    expect(items.setAddress(id, FIXED)).toBe(true);
    run(2);
    expect(services.addresses).toEqual(['10.20.30.40']);
    expect(items.askAddress(mac)).toBe(true);
    run(2);
    expect(items.addressOf(mac)).toEqual(FIXED);
    expect(items.setAddress(id.toUpperCase(), BY_SERVER)).toBe(true);
    run(60);
    items.askAddress(mac);
    run(2);
    expect([services.addresses, items.addressOf(mac)?.dhcp, refused()]).toEqual([leased, true, 0]);
  });

  it('change nothing when they make no sense, or the adapter is not there', () => {
    const { services, items, run, id, mac, refused } = boot(os);
    const leased = [...services.addresses];
    for (const wrong of [
      { addresses: ['300.1.1.1'] },
      { masks: ['255.0.255.0'] },
      { dns: ['here'] },
      { addresses: [] },
    ])
      items.setAddress(id, { ...FIXED, ...wrong });
    items.setAddress('99999999-0000-1111-2222-333344445555', FIXED);
    items.askAddress('00:00:00:00:00:01');
    run(5);
    expect([services.addresses, refused(), items.addressOf(mac)]).toEqual([leased, 6, null]);
  });
});

describe('a system from before', () => {
  it('does not let its host set addresses', () => {
    const { services, items, run, id, refused } = boot('ws2008r2');
    const leased = [...services.addresses];
    items.setAddress(id, FIXED);
    run(5);
    expect([services.addresses, refused()]).toEqual([leased, 1]);
  });
});

describe('a machine with several adapters', () => {
  const nics = [adapter('synthetic', 1), adapter('legacy', 2)];
  const [first = adapter('synthetic'), second = adapter('legacy')] = nics;

  it('hears from its guest which address is whose', () => {
    const { services, connect, run, refused } = boot('debian12', nics);
    const [[one], [other]] = [services.addressesOf(first.mac), services.addressesOf(second.mac)];
    expect([one, other].sort()).toEqual([...services.addresses].sort());
    expect(new Set([one, other, undefined]).size).toBe(3);
    connect(first, null);
    run(400);
    expect([services.addressesOf(first.mac), services.addressesOf(second.mac)]).toEqual([[], [other]]);
    expect(refused()).toBe(0);
  });

  it('shows none where the guest cannot be asked', () => {
    const { services } = boot('ws2008r2', nics);
    expect(services.addresses).toHaveLength(2);
    expect([services.addressesOf(first.mac), services.addressesOf(second.mac)]).toEqual([[], []]);
  });
});
