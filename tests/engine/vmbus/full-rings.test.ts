import { describe, expect, it } from 'vitest';
import { MILLISECOND as MS } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { PacketType, ringBytes, type OutgoingPacket, type Packet } from '@engine/vmbus/protocol/packet';
import type { ClientChannel } from '@engine/vmbus/client/client-channel';
import { RingControl } from '@engine/vmbus/ring/ring-buffer';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';
import { BusRig, RecordingDriver, TestKernel } from './rig';

const packet = (length: number, idLow = 0): OutgoingPacket => ({
  type: PacketType.InBand,
  idLow,
  payload: new Uint8Array(length),
});

/** A provider that reads no more than it is allowed to, and sends what waits whenever it is signalled. */
class Sluggish implements VspDevice {
  readonly offer = {
    name: 'slow-0',
    interfaceType: DeviceClass.Heartbeat,
    instance: '11112222-3333-4444-5555-000000000001',
  };
  allowed = 0;
  read: number[] = [];
  waiting: OutgoingPacket[] = [];
  signals = 0;
  channel: HostChannel | null = null;

  attached(channel: HostChannel): void {
    this.channel = channel;
  }

  opened(): boolean {
    return true;
  }

  closed(): void {
    this.waiting = [];
  }

  signalled(channel: HostChannel): void {
    this.signals++;
    for (; this.allowed > 0; this.allowed--) {
      const got = channel.receive();
      if (!got) break;
      this.read.push(got.idLow);
    }
    this.push(channel);
  }

  push(channel: HostChannel): void {
    for (let next = this.waiting[0]; next && channel.send(next); next = this.waiting[0]) this.waiting.shift();
  }
}

/** A driver that does something with each packet, before the next one is looked for. */
class Answering extends RecordingDriver {
  onPacket: () => void = () => undefined;

  override packet(got: Packet): void {
    super.packet(got);
    this.onPacket();
  }
}

interface Bus {
  readonly rig: BusRig;
  readonly device: Sluggish;
  readonly driver: Answering;
  readonly guest: ClientChannel;
  readonly host: HostChannel;
  /** Times that the guest's event flag was set for the channel, and times that the guest signalled the host. */
  signalled(): { guest: number; host: number };
}

/** An open channel with one page of data each way: three packets of 1,000 bytes fill it. */
function open(): Bus {
  const rig = new BusRig();
  const device = new Sluggish();
  rig.server.add(device);
  const kernel = new TestKernel(rig);
  const driver = new Answering();
  kernel.bind(DeviceClass.Heartbeat, () => driver);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  kernel.client.openChannel(1, { sendPages: 2, receivePages: 2 });
  rig.clock.advanceBy(MS);
  const [guest, host] = [kernel.client.channel(1), device.channel];
  if (!guest || !host) throw new Error('the channel did not open');
  const signalled = (): { guest: number; host: number } => {
    const all = rig.trace.recent(60_000).filter(({ kind }) => kind === TraceKind.RingSignal);
    const toGuest = all.filter(({ operands }) => operands[1] === 1).length;
    return { guest: toGuest, host: all.length - toGuest };
  };
  return { rig, device, driver, guest, host, signalled };
}

describe('a full ring', () => {
  it('to the host: the guest leaves its wish, and is told once, when there is room for that', () => {
    const { rig, device, driver, guest, signalled } = open();
    let drained = 0;
    driver.onDrained = () => void drained++;
    for (let i = 0; i < 3; i++) expect(guest.send(packet(1000, i))).toBe(true);
    const large = packet(2500, 3);
    expect([guest.send(large), guest.describe().out.pendingSendSize]).toEqual([false, ringBytes(large)]);
    const before = signalled().guest;
    for (const toldAfter of [0, 1, 1]) {
      device.allowed = 1;
      device.channel?.schedule();
      rig.clock.advanceBy(MS);
      expect([signalled().guest - before, drained]).toEqual([toldAfter, toldAfter]);
    }
    expect(device.read).toEqual([0, 1, 2]);
    expect([guest.send(large), guest.describe().out.pendingSendSize]).toEqual([true, 0]);
  });

  it('to the guest: the host leaves its wish, and the guest signals when it has read enough', () => {
    const { rig, device, driver, guest, host, signalled } = open();
    device.waiting = Array.from({ length: 7 }, (_, i) => packet(1000, i));
    device.push(host);
    expect([device.waiting.length, guest.describe().in.pendingSendSize]).toEqual([4, ringBytes(packet(1000))]);
    const before = [signalled().host, device.signals];
    rig.clock.advanceBy(MS);
    expect([device.waiting.length, driver.payloads.length, guest.describe().in.pendingSendSize]).toEqual([0, 7, 0]);
    // Seven packets, three at a time: the wish was heeded twice, and nothing else was signalled to the host.
    expect([signalled().host - (before[0] ?? 0), device.signals - (before[1] ?? 0)]).toEqual([2, 2]);
  });

  it('both ways at once: nothing is lost, and the channel goes on', () => {
    const { rig, device, driver, guest, host } = open();
    device.waiting = Array.from({ length: 20 }, (_, i) => packet(1000, i));
    device.push(host);
    let sent = 0;
    const push = (): void => {
      while (sent < 20 && guest.send(packet(1000, sent))) sent++;
    };
    driver.onDrained = push;
    push();
    expect([sent, device.waiting.length]).toEqual([3, 17]);
    device.allowed = 20;
    rig.clock.advanceBy(10 * MS);
    expect([device.read, device.waiting.length]).toEqual([Array.from({ length: 20 }, (_, i) => i), 0]);
    expect(driver.payloads).toHaveLength(20);
    expect(guest.describe()).toMatchObject({
      out: { mask: 0, pendingSendSize: 0 },
      in: { mask: 0, pendingSendSize: 0 },
    });
  });

  it('leaves no wish when the host only asks whether there is room', () => {
    const { guest, host } = open();
    while (host.send(packet(1000)));
    guest.drain(() => undefined);
    for (let i = 0; i < 3; i++) host.send(packet(1000));
    expect(host.hasRoom(packet(1000))).toBe(false);
    expect(guest.describe().in.pendingSendSize).toBe(0);
  });
});

describe('an interrupt mask', () => {
  it('keeps a guest that reads from being interrupted; what comes meanwhile is read in the same turn', () => {
    const { rig, driver, host, signalled } = open();
    let left = 10;
    driver.onPacket = () => void (left-- > 0 && host.send(packet(64)));
    const before = signalled().guest;
    host.send(packet(64));
    rig.clock.advanceBy(MS);
    expect([driver.payloads.length, signalled().guest - before]).toEqual([11, 1]);
  });

  it('keeps a guest that looks by itself from being interrupted, also when its ring was empty', () => {
    const { rig, driver, host, guest, signalled } = open();
    const ring = host.gpadl(rig.server.save().channels[0]?.ringGpadl ?? 0);
    const mask = 2 * 4096 + RingControl.InterruptMask; // of the ring to the guest, behind the other one's two pages
    ring?.writeU32(mask, 1);
    const before = signalled().guest;
    host.send(packet(64));
    rig.clock.advanceBy(MS);
    expect([signalled().guest - before, driver.payloads.length]).toEqual([0, 0]);
    const got: number[] = [];
    guest.drain(({ payload }) => got.push(payload.length));
    expect([got, ring?.readU32(mask)]).toEqual([[64], 0]);
    host.send(packet(64));
    expect(signalled().guest - before).toBe(1);
  });

  it('keeps a host that reads from being signalled, and is gone when it has nothing more to do', () => {
    const { rig, device, guest, signalled } = open();
    device.allowed = 1_000;
    const before = signalled().host;
    guest.send(packet(64, 0));
    expect(guest.send(packet(64, 1))).toBe(true); // not empty any more: no second signal
    rig.clock.advanceBy(MS);
    expect([device.read, signalled().host - before, guest.describe().out.mask]).toEqual([[0, 1], 1, 0]);
    guest.send(packet(64, 2));
    rig.clock.advanceBy(MS);
    expect([device.read, signalled().host - before]).toEqual([[0, 1, 2], 2]);
  });
});
