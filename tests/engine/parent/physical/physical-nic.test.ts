import { describe, expect, it } from 'vitest';
import { SwitchError } from '@engine/vswitch/ethernet-switch';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { lanMac, Station, vmMac } from '../../vswitch/support';
import { Host, MILLISECOND, SECOND } from './support';

/** A station plugged into the office switch. */
function neighbour(host: Host): Station {
  return new Station(host.lan.plug('neighbour', lanMac(9)), lanMac(9));
}

describe('a physical NIC', () => {
  it('pads short frames, passes everything on, and counts', () => {
    const host = new Host();
    const other = neighbour(host);
    const vm = new Station(host.virtualSwitch.connect({ name: 'vm', kind: 'legacy', mac: vmMac(1) }), vmMac(1));
    vm.send(lanMac(9), 1, 42);
    vm.send(lanMac(9), 2, 1000);
    host.settle();
    expect(other.frames.map((frame) => frame.length)).toEqual([60, 1000]);
    other.send(vmMac(1), 3, 500);
    host.settle();
    expect(vm.take()).toEqual([3]);
    expect(host.nic.save()).toMatchObject({ sentFrames: 2, sentBytes: 1060, receivedFrames: 1, receivedBytes: 500 });
    host.nic.reset();
    expect(host.nic.save()).toMatchObject({ sentFrames: 0, receivedBytes: 0 });
  });

  it('sends and receives at its line rate', () => {
    const host = new Host(10_000_000);
    const other = neighbour(host);
    const vm = new Station(host.virtualSwitch.connect({ name: 'vm', kind: 'synthetic', mac: vmMac(1) }), vmMac(1));
    vm.broadcast();
    host.settle();
    other.frames.length = 0;
    for (let i = 0; i < 400; i++) {
      vm.send(lanMac(9), 1, 1226); // 1,250 bytes of time: a millisecond at 10 Mbit/s
      other.send(vmMac(1), 2, 1226);
    }
    host.clock.advanceBy(100 * MILLISECOND);
    for (const count of [vm.frames.length, other.frames.length]) {
      expect(count).toBeGreaterThanOrEqual(99);
      expect(count).toBeLessThanOrEqual(101);
    }
  });

  it('is the uplink of one switch at a time', () => {
    const host = new Host();
    const second = new VirtualSwitch(host.clock, host.trace, { id: 'switch/two', name: 'two', kind: 'external' });
    const inside = new VirtualSwitch(host.clock, host.trace, { id: 'switch/in', name: 'in', kind: 'internal' });
    host.nic.bind(second);
    expect([host.virtualSwitch.uplink, second.uplink?.name, host.nic.boundPort === second.uplink]).toEqual([
      null,
      'NIC',
      true,
    ]);
    expect(() => host.nic.bind(inside)).toThrow(SwitchError);
    host.nic.unbind();
    expect(second.uplink).toBeNull();
    neighbour(host).broadcast();
    host.clock.advanceBy(SECOND);
    expect(host.nic.save()).toMatchObject({ receivedUnbound: 1, receivedFrames: 0 });
    expect(host.nic.inspect()).toMatchObject({ boundTo: null });
  });

  it('bound while its cable is out brings up an uplink without link', () => {
    const host = new Host();
    host.nic.unbind();
    host.lan.wire.port('host-nic')?.setLink(false);
    expect(host.nic.bind(host.virtualSwitch).linkUp).toBe(false);
    host.lan.wire.port('host-nic')?.setLink(true);
    expect(host.virtualSwitch.uplink?.linkUp).toBe(true);
  });
});
