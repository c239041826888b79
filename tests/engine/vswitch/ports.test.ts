import { describe, expect, it } from 'vitest';
import { DropReason } from '@engine/vswitch/drop-reason';
import { SwitchError } from '@engine/vswitch/ethernet-switch';
import { frameOf, lanMac, Network, vmMac } from './support';

describe('types of switch', () => {
  it('an external switch takes one uplink, and management adapters', () => {
    const net = new Network('external');
    net.uplink();
    net.station({ name: 'host', kind: 'host', mac: vmMac(100) });
    expect(() => net.station({ name: 'second', kind: 'external', mac: lanMac(1) })).toThrow(SwitchError);
    expect(net.virtualSwitch.uplink?.name).toBe('uplink');
  });

  it('an internal switch takes no uplink, a private one no management adapter either', () => {
    for (const kind of ['internal', 'private'] as const) expect(() => new Network(kind).uplink()).toThrow(SwitchError);
    expect(() => new Network('private').station({ name: 'host', kind: 'host', mac: vmMac(1) })).toThrow(SwitchError);
    expect(() => new Network('internal').station({ name: 'host', kind: 'host', mac: vmMac(1) })).not.toThrow();
  });

  it('a name is taken once, and free again after disconnecting', () => {
    const net = new Network('private');
    const first = net.vm(1);
    expect(() => net.vm(1)).toThrow(SwitchError);
    first.port.dispose();
    expect(net.vm(1).port.number).toBe(2);
  });
});

describe('links', () => {
  it('a disconnected adapter sees its link go, and what waited for it is lost and counted', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1), net.vm(2)];
    a.send(b.mac);
    b.port.dispose();
    b.port.dispose();
    expect(b.links).toEqual([false]);
    expect(b.port.linkUp).toBe(false);
    expect(b.port.counters.droppedReceiving).toEqual({ [DropReason.LinkDown]: 1 });
    b.send(a.mac);
    net.settle();
    expect([a.take(), b.take()]).toEqual([[], []]);
    expect(net.virtualSwitch.ports.map((port) => port.name)).toEqual(['vm-1']);
  });

  it('an unplugged port neither sends nor receives, and tells its adapter', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1), net.vm(2)];
    b.port.setLink(false);
    b.port.setLink(false);
    a.broadcast(1);
    b.send(a.mac, 2);
    net.settle();
    expect([a.take(), b.take(), b.links]).toEqual([[], [], [false]]);
    expect(b.port.counters.droppedSending).toEqual({ [DropReason.LinkDown]: 1 });
    b.port.setLink(true);
    a.send(b.mac, 3);
    net.settle();
    expect([b.take(), b.links]).toEqual([[3], [false, true]]);
    b.port.setLink(false);
    b.port.dispose();
    expect(b.links).toEqual([false, true, false]);
  });

  it('what was learned behind a port goes with its link', () => {
    const net = new Network('external');
    const [a, bridge, up] = [net.vm(1), net.vm(2, { allowMacSpoofing: true }), net.uplink()];
    bridge.port.send(frameOf(lanMac(5), a.mac));
    bridge.port.setLink(false);
    a.send(lanMac(5), 1);
    net.settle();
    expect([bridge.take(), up.take()]).toEqual([[], [1]]);
  });

  it('a deleted switch disconnects everybody', () => {
    const net = new Network('private');
    const stations = [net.vm(1), net.vm(2)];
    stations[0]?.broadcast();
    net.virtualSwitch.dispose();
    expect(stations.map((one) => one.links)).toEqual([[false], [false]]);
    expect(net.clock.nextDue()).toBeNull();
  });

  it('an adapter that goes away while it is handed frames gets no more of them', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1), net.vm(2)];
    let received = 0;
    b.port.setReceiver({
      receive: () => {
        received++;
        b.port.dispose();
      },
      linkChanged: () => undefined,
    });
    for (let i = 0; i < 5; i++) a.send(b.mac);
    net.settle();
    expect(received).toBe(1);
  });
});
