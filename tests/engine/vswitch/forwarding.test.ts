import { describe, expect, it } from 'vitest';
import { BROADCAST_MAC } from '@engine/base/mac';
import { SECOND } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { DropReason } from '@engine/vswitch/drop-reason';
import { SWITCH_LATENCY } from '@engine/vswitch/ethernet-switch';
import { AGEING_TIME, LEARNABLE_ADDRESSES } from '@engine/vswitch/forwarding-table';
import { frameOf, lanMac, Network } from './support';

describe('delivery', () => {
  it('is later than the sending, by the latency of the switch, and not by reference', () => {
    const net = new Network();
    const [a, b] = [net.vm(1), net.vm(2)];
    const frame = frameOf(a.mac, b.mac, 7);
    a.port.send(frame);
    frame.fill(0);
    expect(b.frames).toHaveLength(0);
    net.clock.advanceTo(SWITCH_LATENCY - 1);
    expect(b.frames).toHaveLength(0);
    net.clock.advanceTo(SWITCH_LATENCY);
    expect(b.frames).toEqual([frameOf(a.mac, b.mac, 7)]);
    expect(net.clock.nextDue()).toBeNull(); // a switch without frames wakes nobody
  });

  it('keeps the order of one sender', () => {
    const net = new Network();
    const [a, b] = [net.vm(1), net.vm(2)];
    for (let mark = 0; mark < 100; mark++) a.send(b.mac, mark);
    net.settle();
    expect(b.take()).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('is traced with its ports and what caused it', () => {
    const net = new Network();
    const [a, b] = [net.vm(1), net.vm(2)];
    net.trace.cause = net.trace.record(net.trace.actor('vm-1'), TraceKind.FrameFromGuest, 60);
    a.send(b.mac);
    net.trace.cause = 0;
    net.settle();
    const [cause, forwarded] = net.trace.recent();
    expect(forwarded).toMatchObject({ kind: TraceKind.FrameForwarded, cause: cause?.number, time: SWITCH_LATENCY });
    expect(forwarded?.operands.slice(0, 3)).toEqual([60, a.port.number, b.port.number]);
  });

  it('names the forwarding as cause of what the receiver does', () => {
    const net = new Network();
    const [a, b] = [net.vm(1), net.vm(2)];
    let seen = 0;
    b.port.setReceiver({ receive: () => (seen = net.trace.cause), linkChanged: () => undefined });
    a.send(b.mac);
    net.settle();
    expect(seen).toBe(net.trace.recent().at(-1)?.number);
    expect(net.trace.cause).toBe(0);
  });
});

describe('where frames go', () => {
  it('unicast to a virtual machine reaches only that machine, heard before or not', () => {
    const net = new Network();
    const [a, b, c, up] = [net.vm(1), net.vm(2), net.vm(3), net.uplink()];
    a.send(b.mac, 1);
    net.settle();
    expect([a, b, c, up].map((one) => one.take())).toEqual([[], [1], [], []]);
  });

  it('broadcast and multicast reach everyone but the sender', () => {
    const net = new Network();
    const all = [net.vm(1), net.vm(2), net.vm(3, { kind: 'legacy' }), net.uplink()];
    all[0]?.broadcast(1);
    all[1]?.send(Uint8Array.of(0x01, 0, 0x5e, 0, 0, 1), 2);
    net.settle();
    expect(all.map((one) => one.take())).toEqual([[2], [1], [1, 2], [1, 2]]);
  });

  it('an unknown station is looked for behind the uplink, not in other machines', () => {
    const net = new Network();
    const [a, b, up] = [net.vm(1), net.vm(2), net.uplink()];
    a.send(lanMac(9), 1);
    net.settle();
    expect([b.take(), up.take()]).toEqual([[], [1]]);
  });

  it('stations behind learning ports are learned and followed when they move', () => {
    const net = new Network();
    const [a, bridge, up] = [net.vm(1), net.vm(2, { allowMacSpoofing: true }), net.uplink()];
    up.port.send(frameOf(lanMac(5), a.mac));
    a.send(lanMac(5), 1);
    net.settle();
    expect([bridge.take(), up.take()]).toEqual([[], [1]]);
    bridge.port.send(frameOf(lanMac(5), a.mac));
    a.send(lanMac(5), 2);
    net.settle();
    expect([bridge.take(), up.take()]).toEqual([[2], []]);
  });

  it('a learned address is forgotten after 300 seconds of silence', () => {
    const net = new Network();
    const [a, bridge, up] = [net.vm(1), net.vm(2, { allowMacSpoofing: true }), net.uplink()];
    up.port.send(frameOf(lanMac(5), a.mac));
    net.clock.advanceTo(AGEING_TIME - 1);
    a.send(lanMac(5), 1);
    net.clock.advanceTo(AGEING_TIME);
    a.send(lanMac(5), 2);
    net.settle();
    expect([bridge.take(), up.take()]).toEqual([[2], [1, 2]]);
    expect(AGEING_TIME).toBe(300 * SECOND);
  });

  it('hearing an address again keeps it', () => {
    const net = new Network();
    const [a, bridge, up] = [net.vm(1), net.vm(2, { allowMacSpoofing: true }), net.uplink()];
    for (let i = 0; i < 5; i++) {
      up.port.send(frameOf(lanMac(5), a.mac));
      net.clock.advanceBy(AGEING_TIME - SECOND);
    }
    a.send(lanMac(5), 1);
    net.settle();
    expect([bridge.take(), up.take()]).toEqual([[], [1]]);
  });

  it('a virtual machine that says nothing for hours is still known', () => {
    const net = new Network();
    const [a, b, up] = [net.vm(1), net.vm(2), net.uplink()];
    net.clock.advanceBy(10 * AGEING_TIME);
    a.send(b.mac, 1);
    net.settle();
    expect([b.take(), up.take()]).toEqual([[1], []]);
  });

  it('a frame for a station on its own side goes nowhere', () => {
    const net = new Network();
    const [a, up] = [net.vm(1), net.uplink()];
    up.port.send(frameOf(lanMac(1), a.mac));
    up.port.send(frameOf(lanMac(2), lanMac(1)));
    net.settle();
    expect([a.take(), up.take()]).toEqual([[0], []]);
    expect(up.port.counters.droppedSending).toEqual({ [DropReason.SamePort]: 1 });
  });

  it('learns a bounded number of addresses and says how many found no room', () => {
    const net = new Network();
    const [a, up] = [net.vm(1), net.uplink()];
    for (let n = 0; n < LEARNABLE_ADDRESSES + 10; n++) up.port.send(frameOf(lanMac(n), a.mac));
    expect(net.virtualSwitch.save().table).toMatchObject({ count: LEARNABLE_ADDRESSES, refused: 10 });
    net.clock.advanceBy(AGEING_TIME);
    up.port.send(frameOf(lanMac(60_000), a.mac));
    expect(net.virtualSwitch.save().table.count).toBe(1);
  });
});

describe('drops', () => {
  it('are counted at the port and traced with their reason', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1), net.vm(2)];
    const cases: [Uint8Array, DropReason][] = [
      [new Uint8Array(13), DropReason.Runt],
      [frameOf(a.mac, b.mac, 0, 1515), DropReason.TooLong],
      [frameOf(a.mac, b.mac, 0, 9000), DropReason.TooLong],
      [frameOf(BROADCAST_MAC, b.mac), DropReason.BadSource],
      [frameOf(b.mac, b.mac), DropReason.SpoofedSource],
      [frameOf(a.mac, lanMac(1)), DropReason.NoReceiver],
      [frameOf(a.mac, a.mac), DropReason.SamePort],
    ];
    for (const [frame, reason] of cases) {
      const before = a.port.counters.droppedSending[reason] ?? 0;
      a.port.send(frame);
      expect(a.port.counters.droppedSending[reason]).toBe(before + 1);
      expect(net.trace.recent(1)[0]).toMatchObject({ kind: TraceKind.FrameDropped });
      expect(net.trace.recent(1)[0]?.operands.slice(0, 3)).toEqual([frame.length, a.port.number, reason]);
    }
    net.settle();
    expect(b.take()).toEqual([]);
    a.send(b.mac, 3, 1514);
    net.settle();
    expect(b.take()).toEqual([3]);
  });

  it('at a full queue name the receiving port, and hit only the sender that filled it', () => {
    const net = new Network('private', { queueFrames: 3 });
    const [a, b, c] = [net.vm(1), net.vm(2), net.vm(3)];
    for (let mark = 0; mark < 5; mark++) a.send(c.mac, mark);
    b.send(c.mac, 9);
    expect(c.port.queuedFrames).toBe(4);
    net.settle();
    expect(c.take().sort()).toEqual([0, 1, 2, 9]);
    expect(c.port.counters.droppedReceiving).toEqual({ [DropReason.QueueFull]: 2 });
  });

  it('at a port to which nobody is attached', () => {
    const net = new Network('private');
    const [a, b] = [net.vm(1), net.vm(2)];
    b.port.setReceiver(null);
    a.send(b.mac);
    net.settle();
    expect(b.port.counters.droppedReceiving).toEqual({ [DropReason.Detached]: 1 });
  });
});
