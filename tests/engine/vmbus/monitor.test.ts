import { describe, expect, it } from 'vitest';
import { MILLISECOND as MS } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { MonitorPage, triggerOf } from '@engine/vmbus/protocol/monitor';
import {
  encodeMessage,
  INITIATE_CONTACT,
  MessageType,
  bareMessage,
  OFFER_CHANNEL,
} from '@engine/vmbus/protocol/messages';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, RecordingDriver, TestKernel, TinyGuest } from './rig';

const LATENCY = 100_000; // nanoseconds

class MonitoredDevice extends EchoDevice {
  override readonly offer = { ...new EchoDevice('echo-0').offer, monitorLatency: LATENCY / 100 };
}

function opened() {
  const rig = new BusRig();
  const device = new MonitoredDevice();
  rig.server.add(device);
  const kernel = new TestKernel(rig);
  const driver = new RecordingDriver();
  kernel.bind(DeviceClass.Heartbeat, () => driver);
  kernel.client.connect();
  rig.clock.advanceBy(MS);
  kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
  rig.clock.advanceBy(MS);
  const send = (mark: number): void =>
    void kernel.client.channel(1)?.send({ type: PacketType.InBand, idLow: 1, payload: new Uint8Array(8).fill(mark) });
  return { rig, device, kernel, driver, send, page: (kernel.client.save().monitorPages ?? 0) + 4096 };
}

const hypercalls = (rig: BusRig): number => rig.trace.countBelow(TraceKind.Hypercall, 'vm-1');

describe('a channel with a monitor', () => {
  it('is offered with its bit, and the page says how often the host looks and for which connection', () => {
    const { rig, kernel, page } = opened();
    expect(kernel.client.offers[0]?.monitorId).toBe(0);
    const { memory } = rig;
    expect([memory.readU32(page), memory.readU16(page + MonitorPage.Latency)]).toEqual([1, LATENCY / 100]);
    expect(memory.readU32(page + MonitorPage.Parameter)).toBe(0x2001);
  });

  it('is signalled by a bit instead of a hypercall, and served within its latency', () => {
    const { rig, device, send, page, driver } = opened();
    const before = hypercalls(rig);
    send(7);
    expect(rig.memory.readU32(page + triggerOf(0).word)).toBe(1);
    rig.clock.advanceBy(LATENCY + 10_000);
    expect([device.payloads.length, rig.memory.readU32(page + triggerOf(0).word)]).toEqual([1, 0]);
    rig.clock.advanceBy(MS);
    expect([driver.payloads.length, hypercalls(rig) - before]).toEqual([1, 0]);
  });

  it('costs nothing while the guest has halted, and is looked after again when it wakes', () => {
    const { rig, device, send } = opened();
    send(1);
    rig.vp().halt();
    rig.clock.advanceBy(LATENCY + 10_000); // a last look finds what was set before the halt
    expect(device.payloads).toHaveLength(1);
    rig.clock.advanceBy(MS);
    rig.vp().halt();
    rig.clock.advanceBy(MS);
    expect(rig.clock.nextDue()).toBeNull();
    rig.vp().requestInterrupt(0x40);
    send(2);
    rig.clock.advanceBy(LATENCY + 10_000);
    expect(device.payloads).toHaveLength(2);
  });

  it('loses no signal over save and restore', () => {
    const { rig, kernel, send } = opened();
    send(9);
    const saved = { bus: rig.server.save(), client: kernel.client.save(), partition: rig.partition.save() };
    const below = { memory: rig.memory.save(), clock: rig.clock.save() };
    const other = new BusRig();
    const device = new MonitoredDevice();
    other.server.add(device);
    const twin = new TestKernel(other);
    other.clock.restore(below.clock);
    other.memory.restore(below.memory);
    other.partition.restore(saved.partition);
    other.server.restore(saved.bus);
    twin.client.restore(saved.client);
    expect(other.server.save()).toEqual(saved.bus);
    other.clock.advanceBy(LATENCY + 10_000);
    expect(device.payloads).toHaveLength(1);
  });

  it.each([
    ['without a page', 0n],
    ['with one that is not RAM', 0x1_0000_0000n],
    ['with one that does not begin a page', 0x5010n],
    ['with one beyond all addresses', 0xffff_ffff_ffff_f000n],
  ])('has none for a guest %s', (_name, monitorPage2) => {
    const rig = new BusRig();
    rig.server.add(new MonitoredDevice());
    const guest = new TinyGuest(rig);
    const contact = {
      version: VmbusVersion.V5_3,
      targetVp: 0,
      interruptPage: 2n,
      monitorPage1: monitorPage2,
      monitorPage2,
    };
    guest.post(encodeMessage(MessageType.InitiateContact, INITIATE_CONTACT, contact), 4);
    guest.post(bareMessage(MessageType.RequestOffers));
    const offer = OFFER_CHANNEL.decode(guest.take()[1] ?? new Uint8Array(0));
    expect([offer?.relid, offer?.monitorAllocated]).toEqual([1, 0]);
  });
});
