import { readU32, writeU32 } from '@engine/base/bytes';
import { EngineClock } from '@engine/clock/clock';
import { PAGE_SIZE } from '@engine/memory/guest-memory';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { CostMeter } from '@engine/trace/cost';
import { Trace } from '@engine/trace/trace';
import { ClientChannel } from '@engine/vmbus/client/client-channel';
import { PageView } from '@engine/vmbus/page-view';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { PacketType } from '@engine/vmbus/protocol/packet';
import type { VspDevice } from '@engine/vmbus/server/device';
import { HostChannel } from '@engine/vmbus/server/host-channel';
import type { ChannelState } from '@engine/vmbus/server/state';
import { cpuSeconds, median } from '../statistics';

const RING_PAGES = 32; // 128 KB, as a storage channel has: 124 KB of data, and so 1,500-byte packets lie across its end
const BURST = 16; // packets that a sender has at a time
const PACKETS = 50_000; // short, so that both halves of a pair meet the same processor
const PAIRS = 41;
const WARM_UP = 8; // pairs that compile

/** A provider that looks at the number in each packet: none lost, none out of order. */
class Counting implements VspDevice {
  readonly offer = {
    name: 'bench',
    interfaceType: DeviceClass.Network,
    instance: '11112222-3333-4444-5555-666677778888',
  };
  seen = 0;

  attached(): void {
    // There is one channel, and it is handed in with each call.
  }

  opened(): boolean {
    return true;
  }

  closed(): void {
    // Never closed.
  }

  signalled(channel: HostChannel): void {
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      if (readU32(packet.payload, 0) !== this.seen++) throw new Error(`packet ${this.seen - 1} is another one`);
    }
  }
}

function openState(): ChannelState {
  return {
    device: 'bench',
    subChannelIndex: 0,
    relid: 1,
    offered: true,
    phase: 'open',
    monitorId: null,
    ringGpadl: 1,
    downstreamPage: RING_PAGES,
    targetVp: 0,
    openId: 1,
    userData: new Uint8Array(120),
    faulted: false,
  };
}

/** The guest's and the parent's end of one channel over the same guest memory, with the trace on. */
class Ring {
  private readonly clock = new EngineClock();
  private readonly device = new Counting();
  private readonly guest: ClientChannel;
  private readonly parent: HostChannel;
  private sent = 0;

  constructor() {
    const { clock, device } = this;
    const memory = new SparseMemory([{ start: 0, length: 16 * 2 ** 20 }]);
    const trace = new Trace(clock);
    const view = PageView.contiguous(memory, 0x10_0000, RING_PAGES * 2 * PAGE_SIZE);
    const state = openState();
    const alarm = clock.alarm('bench', () => parent.run());
    const parent = new HostChannel({
      memory,
      trace,
      actor: trace.actor('bench'),
      meter: new CostMeter(),
      alarm,
      device,
      now: () => clock.now(),
      state: () => state,
      gpadl: () => view,
      offerSubChannel: () => null,
      signalGuest: () => undefined,
      ringFault: () => {
        throw new Error('the ring is damaged');
      },
    });
    this.parent = parent;
    this.guest = new ClientChannel(memory, { gpa: 0x10_0000, sendPages: RING_PAGES, receivePages: RING_PAGES }, () =>
      parent.signalled(),
    );
    this.guest.initialise();
    parent.begin();
  }

  /** Sends `count` packets of `length` bytes, a burst at a time: then it is the other side's turn. */
  run(count: number, length: number): void {
    const payload = new Uint8Array(length);
    for (const end = this.sent + count; this.sent < end;) {
      for (let burst = 0; burst < BURST; burst++) {
        writeU32(payload, 0, this.sent);
        if (this.guest.send({ type: PacketType.InBand, idLow: this.sent, payload })) this.sent++;
        else throw new Error('the ring is full');
      }
      while (this.clock.runNext());
    }
    if (this.device.seen !== this.sent) throw new Error(`${this.sent} sent, ${this.device.seen} seen`);
  }
}

/** The same bytes copied twice with nothing around it: into a buffer as large as the ring and out of it. */
function copyTwice(count: number, length: number): number {
  const payload = new Uint8Array(length);
  const middle = new Uint8Array((RING_PAGES - 1) * PAGE_SIZE);
  const out = new Uint8Array(length);
  let seen = 0;
  for (let i = 0, at = 0; i < count; i++, at = at + 2 * length <= middle.length ? at + length : 0) {
    writeU32(payload, 0, i);
    middle.set(payload, at);
    out.set(middle.subarray(at, at + length));
    if (readU32(out, 0) === i) seen++;
  }
  return seen;
}

/** Packets a second through a channel, and that rate divided by the rate of two plain copies: median of pairs run in turn. */
export function measureRing(length: number): { packetsPerSecond: number; ratio: number } {
  const ring = new Ring();
  const rates: number[] = [];
  const ratios: number[] = [];
  for (let pair = -WARM_UP; pair < PAIRS; pair++) {
    const plain = cpuSeconds(() => copyTwice(PACKETS, length));
    const packets = cpuSeconds(() => ring.run(PACKETS, length));
    if (pair < 0) continue;
    rates.push(PACKETS / packets);
    ratios.push(plain / packets);
  }
  return { packetsPerSecond: median(rates), ratio: median(ratios) };
}
