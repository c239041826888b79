import { describe, expect, it } from 'vitest';
import { maskOf } from '@engine/base/net/address';
import { addVlanTag } from '@engine/base/net/ethernet';
import { clonePlain } from '@engine/base/unit';
import { DropReason } from '@engine/vswitch/drop-reason';
import type { TrunkVlans } from '@engine/vswitch/port-settings';
import { Guest, Host, ip } from './support';

const TRUNK: TrunkVlans = { native: 1, allowed: [5] };

/** A VLAN interface with an address, set up. */
function vlan(guest: Guest, id: number, address: string, parent = 'nic-0'): void {
  expect(guest.stack.vlans.add(parent, `eth0.${id}`, id)).toBe(true);
  guest.sync();
  guest.stack.useStatic(`${parent}.${id}`, { address: ip(address), mask: maskOf(24), gateway: null, dns: [] });
  const made = guest.stack.vlans.find(`eth0.${id}`);
  if (made) guest.stack.vlans.setUp(made, true);
  guest.rearm();
}

const untagged = (guest: Guest, address: string): void =>
  guest.stack.useStatic('nic-0', { address: ip(address), mask: maskOf(24), gateway: null, dns: [] });

function pair(second: Parameters<Guest['plug']>[0] = { trunk: TRUNK }) {
  const host = new Host();
  const one = new Guest(host, 1, 'linux').plug({ trunk: TRUNK });
  const two = new Guest(host, 2, 'linux').plug(second);
  const portOf = (n: number) => host.virtualSwitch.ports.find(({ name }) => name.startsWith(`vm-${n}/`));
  return { host, one, two, portOf };
}

describe('VLAN interfaces of a guest on a trunk', () => {
  it('reach each other in their VLAN, the adapters in the native one', () => {
    const { one, two } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    untagged(one, '10.0.1.1');
    untagged(two, '10.0.1.2');
    expect([one.ping('10.0.5.2'), one.ping('10.0.1.2')]).toEqual([
      expect.stringMatching(/^reply/),
      expect.stringMatching(/^reply/),
    ]);
    expect(one.state.vlans[0]).toMatchObject({ name: 'eth0.5', parent: 'nic-0', id: 5, isUp: true });
    expect(one.state.vlans[0]?.sent).toBeGreaterThan(1);
    expect(one.state.vlans[0]?.received).toBeGreaterThan(1);
  });

  it('carry datagrams of full size', () => {
    const { one, two } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    expect(one.ping('10.0.5.2', 20_000)).toMatch(/^reply/);
  });

  it('are heard without a tag by a neighbour in access mode', () => {
    const { one, two } = pair({ vlan: 5 });
    vlan(one, 5, '10.0.5.1');
    untagged(two, '10.0.5.2');
    expect([one.ping('10.0.5.2'), two.ping('10.0.5.1')]).toEqual([
      expect.stringMatching(/^reply/),
      expect.stringMatching(/^reply/),
    ]);
  });

  it('reach nobody in a VLAN that the trunk does not allow; the port counts', () => {
    const { one, two, portOf } = pair();
    vlan(one, 6, '10.0.6.1');
    vlan(two, 6, '10.0.6.2');
    const dropped = (): number => portOf(1)?.counters.droppedSending[DropReason.VlanNotAllowed] ?? 0;
    const before = dropped();
    expect(one.ping('10.0.6.2')).not.toMatch(/^reply/);
    expect(dropped() - before).toBe(3); // ARP asks three times
    expect(two.state.vlans[0]?.received).toBe(0);
  });

  it('are down at first, and again when they are set down', () => {
    const { one, two } = pair();
    vlan(two, 5, '10.0.5.2');
    one.stack.vlans.add('nic-0', 'eth0.5', 5);
    one.sync();
    one.stack.useStatic('nic-0.5', { address: ip('10.0.5.1'), mask: maskOf(24), gateway: null, dns: [] });
    expect(one.ping('10.0.5.2')).toBe('no route');
    expect(one.stack.snapshot()[1]).toMatchObject({ address: '10.0.5.1', linkUp: false });
    const [made] = one.stack.vlans.all;
    if (made) one.stack.vlans.setUp(made, true);
    expect(one.ping('10.0.5.2')).toMatch(/^reply/);
    if (made) one.stack.vlans.setUp(made, false);
    expect([one.ping('10.0.5.2'), two.ping('10.0.5.1')]).toEqual(['no route', expect.not.stringMatching(/^reply/)]);
  });

  it('follow the link of their adapter, and go with it', () => {
    const { one, two, portOf } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    portOf(1)?.setLink(false);
    expect(one.ping('10.0.5.2')).toBe('no route');
    portOf(1)?.setLink(true);
    expect(one.ping('10.0.5.2')).toMatch(/^reply/);
    one.unplug();
    expect([one.state.vlans, Object.keys(one.state.interfaces)]).toEqual([[], []]);
  });

  it('are taken away: the adapter goes on alone', () => {
    const { one, two } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    untagged(one, '10.0.1.1');
    untagged(two, '10.0.1.2');
    const [made] = one.stack.vlans.all;
    if (made) one.stack.vlans.remove(made);
    one.sync();
    expect([Object.keys(one.state.interfaces), one.ping('10.0.5.2')]).toEqual([['nic-0'], 'no route']);
    expect(one.ping('10.0.1.2')).toMatch(/^reply/);
  });

  it('have names and VLANs of their own', () => {
    const { one } = pair();
    const { vlans } = one.stack;
    expect([vlans.add('nic-0', 'eth0.5', 5), vlans.add('nic-0', 'eth0.5', 7), vlans.add('nic-0', 'other', 5)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('ignore tags that nobody has made an interface for, and tags cut short', () => {
    const { one, two } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    one.ping('10.0.5.2');
    const before = clonePlain(two.state.interfaces['nic-0']?.ip.counters);
    const frame = new Uint8Array(60).fill(0xff, 0, 6);
    two.hear(addVlanTag(frame, { priority: 0, dropEligible: false, id: 9 }));
    two.hear(Uint8Array.of(...new Uint8Array(12).fill(0xff), 0x81, 0x00));
    expect(two.state.interfaces['nic-0']?.ip.counters).toEqual({
      ...before,
      ignored: (before?.ignored ?? 0) + 1,
      malformed: (before?.malformed ?? 0) + 1,
    });
    expect(one.ping('10.0.5.2')).toMatch(/^reply/);
  });

  it('are there after a restore', () => {
    const { one, two } = pair();
    vlan(one, 5, '10.0.5.1');
    vlan(two, 5, '10.0.5.2');
    const saved = clonePlain(one.state);
    one.restore(saved);
    expect(one.state).toEqual(saved);
    expect([one.ping('10.0.5.2'), two.ping('10.0.5.1')]).toEqual([
      expect.stringMatching(/^reply/),
      expect.stringMatching(/^reply/),
    ]);
  });
});
