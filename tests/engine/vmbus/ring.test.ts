import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { PageView } from '@engine/vmbus/page-view';
import { PacketType, ringBytes } from '@engine/vmbus/protocol/packet';
import { RingConsumer } from '@engine/vmbus/ring/consumer';
import { RingProducer } from '@engine/vmbus/ring/producer';
import { FEATURE_PENDING_SEND_SIZE, RingBuffer, RingControl } from '@engine/vmbus/ring/ring-buffer';

/** A ring over pages that lie apart and out of order. */
function scattered(pages: number): { ring: RingBuffer; memory: SparseMemory; at: (offset: number) => number } {
  const memory = new SparseMemory([{ start: 0, length: 2 ** 22 }]);
  const order = Array.from({ length: pages }, (_, i) => ((i * 7 + 3) % 31) * 0x2000 + 0x4000);
  const view = new PageView(
    memory,
    order.map((gpa) => ({ gpa, length: 4096 })),
  );
  return { ring: new RingBuffer(view, 0, pages), memory, at: (offset) => view.gpaOf(offset) ?? -1 };
}

const packet = (payload: Uint8Array, idLow = 0): Parameters<RingProducer['write']>[0] => ({
  type: PacketType.InBand,
  idLow,
  payload,
});

describe('a ring', () => {
  it('carries packets of every size over many laps, in order and whole', () => {
    const { ring } = scattered(4);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    const random = new Random(42);
    const sent: Uint8Array[] = [];
    let received = 0;
    for (let step = 0; step < 12_000; step++) {
      const payload = random.bytes(random.below(random.below(20) === 0 ? 9_000 : 200));
      if (random.below(3) > 0 && producer.write({ ...packet(payload, sent.length), idHigh: 0x8000_0001 }) !== 'full')
        sent.push(payload);
      for (let reads = random.below(4); reads > 0; reads--) {
        const got = consumer.next();
        if (!got) break;
        const expected = sent[received] ?? new Uint8Array(0);
        const isRight = got.idLow === received && got.idHigh === 0x8000_0001 && got.type === PacketType.InBand;
        if (!isRight || Buffer.compare(got.payload.subarray(0, expected.length), expected) !== 0)
          expect.fail(`packet ${received}`);
        received++;
      }
      if (random.below(2) === 0) consumer.commit();
    }
    expect(received).toBeGreaterThan(2_000);
    expect(consumer.damaged).toBe(false);
  });

  it('puts the old write index into the trailer, and pads to eight bytes', () => {
    const { ring, memory, at } = scattered(3);
    const producer = new RingProducer(ring);
    producer.write(packet(new Uint8Array(5)));
    producer.write(packet(new Uint8Array(8)));
    expect([ring.control(RingControl.WriteIndex), memory.readU32(at(4096 + 24 + 4))]).toEqual([64, 0]); // 16+8+8, 16+8+8
    expect(memory.readU32(at(4096 + 32 + 24 + 4))).toBe(32);
    expect(memory.readU16(at(4096 + 4))).toBe(3); // length in eights
  });

  it('is the one that lies in memory also after a restore has brought another memory', () => {
    const { ring, memory } = scattered(3);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    producer.write(packet(new Uint8Array([1, 2, 3])));
    const saved = memory.save();
    expect(consumer.next()?.payload[0]).toBe(1);
    consumer.commit();
    memory.restore(saved);
    expect(consumer.next()?.payload.slice(0, 4)).toEqual(new Uint8Array([1, 2, 3, 0]));
    memory.reset();
    expect(ring.control(RingControl.WriteIndex)).toBe(0);
  });

  it('hands out copies: what the producer changes afterwards is not seen', () => {
    const { ring } = scattered(3);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    producer.write(packet(new Uint8Array(8).fill(5)));
    const got = consumer.next();
    ring.write(16, new Uint8Array(8).fill(9));
    expect(got?.payload).toEqual(new Uint8Array(8).fill(5));
  });

  it('is never filled to the last byte: full would look empty', () => {
    const { ring } = scattered(2);
    const producer = new RingProducer(ring);
    expect(producer.write(packet(new Uint8Array(4096 - 24)))).toBe('full');
    expect(producer.write(packet(new Uint8Array(4096 - 32)))).toBe('signal');
    expect(producer.canEverFit(4096)).toBe(false);
    expect(producer.canEverFit(ringBytes(packet(new Uint8Array(4096 - 32))))).toBe(true);
  });

  it('signals only from empty to not empty, and never a masked consumer', () => {
    const { ring } = scattered(3);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    const one = packet(new Uint8Array(8));
    expect([producer.write(one), producer.write(one)]).toEqual(['signal', 'written']);
    consumer.mask();
    consumer.next();
    consumer.next();
    consumer.commit();
    expect(producer.write(one)).toBe('written'); // empty, but masked
    expect(consumer.unmask()).toBe(true); // and so the consumer must look again
    consumer.next();
    consumer.commit();
    expect(consumer.unmask()).toBe(false);
    expect(producer.write(one)).toBe('signal');
  });

  it('asks for room only where the consumer heeds it, and is told once when there is enough', () => {
    const { ring } = scattered(2);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    const small = packet(new Uint8Array(1000)); // 1024 bytes in the ring
    for (let i = 0; i < 3; i++) producer.write(small);
    expect(producer.write(small)).toBe('full');
    expect(ring.control(RingControl.PendingSendSize)).toBe(0);
    ring.setControl(RingControl.FeatureBits, FEATURE_PENDING_SEND_SIZE);
    const large = packet(new Uint8Array(2500));
    expect(producer.write(large)).toBe('full');
    expect(ring.control(RingControl.PendingSendSize)).toBe(2528);
    const told: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      consumer.next();
      told.push(consumer.commit());
    }
    expect(told).toEqual([false, true, false]);
    expect(producer.write(large)).toBe('signal');
    expect(ring.control(RingControl.PendingSendSize)).toBe(0);
  });
});

describe('a ring whose other side is hostile', () => {
  const bad: readonly (readonly [string, number, number])[] = [
    ['beyond the end', RingControl.WriteIndex, 8192],
    ['not a multiple of eight', RingControl.WriteIndex, 12],
    ['all ones', RingControl.WriteIndex, 0xffff_ffff],
    ['a read index beyond the end', RingControl.ReadIndex, 0x8000_0000],
  ];

  it.each(bad)('stops at a write index or read index that is %s', (_name, field, value) => {
    const { ring } = scattered(3);
    const producer = new RingProducer(ring);
    const consumer = new RingConsumer(ring);
    ring.setControl(field, value);
    expect(producer.write(packet(new Uint8Array(8)))).toBe('damaged');
    expect([consumer.next(), consumer.damaged]).toEqual([null, true]);
    expect([consumer.next(), consumer.pending]).toEqual([null, false]);
  });

  it.each([
    ['a length of nothing', 4, 0],
    ['a length beyond what was written', 4, 500],
    ['a data offset beyond the packet', 2, 40],
    ['a data offset inside the descriptor', 2, 1],
  ])('stops at a packet with %s', (_name, at, value) => {
    const { ring, memory, at: gpa } = scattered(3);
    new RingProducer(ring).write(packet(new Uint8Array(64)));
    memory.writeU16(gpa(4096 + at), value);
    const consumer = new RingConsumer(ring);
    expect([consumer.next(), consumer.damaged]).toEqual([null, true]);
  });

  it('stops at a packet without its trailer', () => {
    const { ring } = scattered(3);
    new RingProducer(ring).write(packet(new Uint8Array(64)));
    ring.setControl(RingControl.WriteIndex, ring.control(RingControl.WriteIndex) - 8);
    const consumer = new RingConsumer(ring);
    expect([consumer.next(), consumer.damaged]).toEqual([null, true]);
  });

  it('never reads or writes outside itself, whatever lies in it', () => {
    const { ring, memory } = scattered(4);
    const random = new Random(99);
    const inside = new Set(Array.from({ length: 4 }, (_, i) => ((i * 7 + 3) % 31) * 0x2000 + 0x4000));
    for (let round = 0; round < 1_500; round++) {
      for (const field of [0, 4, 8, 12, 64])
        ring.setControl(field, random.below(3) === 0 ? random.next() : random.below(1536) * 8);
      for (let i = 0; i < 8; i++) ring.write(random.below(1536) * 8, random.bytes(8));
      const consumer = new RingConsumer(ring);
      for (let i = 0; i < 10 && consumer.next(); i++);
      consumer.commit();
      new RingProducer(ring).write(packet(random.bytes(random.below(3_000))));
    }
    const nothing = new Uint8Array(4096);
    for (let page = 0; page < 0x40_0000; page += 4096) {
      if (!inside.has(page) && Buffer.compare(memory.read(page, 4096), nothing) !== 0)
        expect.fail(`page ${page.toString(16)}`);
    }
  });
});
