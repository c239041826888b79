import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { PageView } from '@engine/vmbus/page-view';
import { PacketType, ringBytes, type OutgoingPacket } from '@engine/vmbus/protocol/packet';
import { RingConsumer } from '@engine/vmbus/ring/consumer';
import { RingProducer } from '@engine/vmbus/ring/producer';
import { RingBuffer, RingControl } from '@engine/vmbus/ring/ring-buffer';

const PAGE = 4096;
const PAGES = 20; // 76 KB of data: more than a piece of host memory holds
const SIZE = (PAGES - 1) * PAGE;

/** RAM whose bytes nobody is given: every access goes the long way. */
class DistantMemory extends SparseMemory {
  override span(): null {
    return null;
  }
}

/** One ring, seen from both sides as driver and provider see it: each with wiring of its own over the same pages. */
class Pair {
  readonly memory: SparseMemory;
  readonly view: PageView;
  readonly producer: RingProducer;
  readonly consumer: RingConsumer;

  constructor(memory: SparseMemory, runs: readonly number[], pages = PAGES, at = 0) {
    this.memory = memory;
    this.view = new PageView(
      memory,
      runs.map((gpa) => ({ gpa, length: PAGE })),
    );
    this.producer = new RingProducer(new RingBuffer(this.view, at, pages));
    this.consumer = new RingConsumer(new RingBuffer(this.view, at, pages));
  }

  /** Everything that lies in the ring's pages. */
  bytes(): Uint8Array {
    return this.view.read(0, this.view.length);
  }

  /** Puts both indices where a test wants them. */
  stand(at: number): void {
    this.producer.ring.setControl(RingControl.WriteIndex, at);
    this.producer.ring.setControl(RingControl.ReadIndex, at);
  }
}

const ram = { start: 0, length: 4 * 2 ** 20 };
const inARow = (from: number, pages = PAGES): number[] => Array.from({ length: pages }, (_, i) => from + i * PAGE);
const apart = Array.from({ length: PAGES }, (_, i) => 0x20_0000 + ((i * 7 + 3) % 31) * 2 * PAGE);

const packet = (payload: Uint8Array, idLow = 0, ranges?: Uint8Array): OutgoingPacket => ({
  type: PacketType.InBand,
  idLow,
  ranges,
  payload,
});

/** Where rings may lie: in a row over a border of host memory, page by page elsewhere, and where no bytes are given out. */
const places = (): Pair[] => [
  new Pair(new SparseMemory([ram]), inARow(0x1_0000 - 5 * PAGE)),
  new Pair(new SparseMemory([ram]), apart),
  new Pair(new DistantMemory([ram]), inARow(0x4_0000)),
];

describe('a ring, wherever its pages lie', () => {
  it('has the same bytes in it and gives the same packets, step by step over many laps', () => {
    const pairs = places();
    const random = new Random(7);
    let read = 0;
    for (let step = 0; step < 1_500; step++) {
      const length = random.below(random.below(4) === 0 ? 9_000 : 1_600);
      const ranges = random.below(3) === 0 ? random.bytes(8 * random.below(6)) : undefined;
      const next = packet(random.bytes(length), step, ranges);
      expect(new Set(pairs.map(({ producer }) => producer.write(next))).size).toBe(1);
      const reads = random.below(3);
      for (let i = 0; i < reads; i++) {
        const [first, ...others] = pairs.map(({ consumer }) => consumer.next());
        for (const other of others)
          expect(Buffer.compare(other?.bytes ?? next.payload, first?.bytes ?? next.payload)).toBe(0);
        expect(others.map((other) => other?.payload.length)).toEqual(others.map(() => first?.payload.length));
        if (first) read++;
      }
      for (const { consumer } of pairs) consumer.commit();
      if (step % 100 > 0) continue;
      const [one, ...rest] = pairs.map((pair) => pair.bytes());
      for (const bytes of rest) expect(Buffer.compare(bytes, one ?? bytes)).toBe(0);
    }
    expect(read).toBeGreaterThan(700);
    expect(pairs.map(({ consumer }) => consumer.damaged)).toEqual([false, false, false]);
  });

  it.each([8, 16, 24, 32, 1000, 1528])('takes a packet that begins %i bytes before its end', (before) => {
    for (const pair of places()) {
      pair.stand(SIZE - before);
      const payload = new Random(before).bytes(1500);
      expect(pair.producer.write(packet(payload, 5))).toBe('signal');
      const got = pair.consumer.next();
      expect([got?.idLow, got?.payload.length]).toEqual([5, 1504]);
      expect(got?.payload.subarray(0, 1500)).toEqual(payload);
      pair.consumer.commit();
      const { write, read } = pair.consumer.ring.describe();
      expect([write, read]).toEqual([1528 - before, 1528 - before]);
    }
  });

  it('pads with zeros whatever lay there before', () => {
    for (const pair of places()) {
      pair.producer.ring.write(0, new Uint8Array(8192).fill(0xee));
      pair.producer.write(packet(new Uint8Array([1, 2, 3])));
      pair.producer.write(packet(new Uint8Array(0)));
      expect(pair.consumer.next()?.payload).toEqual(new Uint8Array([1, 2, 3, 0, 0, 0, 0, 0]));
      expect([pair.consumer.next()?.payload.length, pair.consumer.damaged]).toEqual([0, false]);
    }
  });

  it('does not look into a trailer, as no driver does', () => {
    for (const pair of places()) {
      const sent = packet(new Uint8Array(40).fill(9), 1);
      pair.producer.write(sent);
      pair.producer.ring.write(ringBytes(sent) - 8, new Uint8Array(8).fill(0xff));
      pair.producer.write(packet(new Uint8Array(8), 2));
      expect([pair.consumer.next()?.idLow, pair.consumer.next()?.idLow, pair.consumer.damaged]).toEqual([1, 2, false]);
    }
  });

  it('never reaches into the ring behind it', () => {
    const pair = new Pair(new SparseMemory([ram]), inARow(0x2_0000, 8), 4);
    const behind = new RingBuffer(pair.view, 4 * PAGE, 4);
    behind.setControl(RingControl.WriteIndex, 64);
    const before = pair.view.read(4 * PAGE, 4 * PAGE);
    const random = new Random(3);
    for (let i = 0; i < 500; i++) {
      pair.producer.write(packet(random.bytes(random.below(3_000))));
      pair.consumer.next();
      pair.consumer.commit();
    }
    expect(Buffer.compare(pair.view.read(4 * PAGE, 4 * PAGE), before)).toBe(0);
  });

  it('goes on when memory is taken away and given back elsewhere', () => {
    const memory = new SparseMemory([ram]);
    const pair = new Pair(memory, inARow(0x1_0000 - 5 * PAGE));
    for (let i = 0; i < 200; i++) {
      if (i % 20 === 5) memory.withdraw({ start: 0x30, count: 4 });
      if (i % 20 === 15) memory.giveBack(4);
      pair.producer.write(packet(new Uint8Array(1500).fill(i), i));
      expect([pair.consumer.next()?.idLow, pair.consumer.commit()]).toEqual([i, false]);
    }
  });

  it('reads ones and writes nothing where its own pages have been taken away', () => {
    const memory = new SparseMemory([ram]);
    const pair = new Pair(memory, inARow(0x4_0000));
    pair.producer.write(packet(new Uint8Array(64)));
    memory.withdraw({ start: 0x40, count: PAGES });
    expect(pair.producer.write(packet(new Uint8Array(64)))).toBe('damaged');
    expect([pair.consumer.next(), pair.consumer.damaged]).toEqual([null, true]);
  });

  it('does not go on with bytes that are no memory any more, though its control page still is', () => {
    const memory = new SparseMemory([ram]);
    const pair = new Pair(memory, inARow(0x1_0000 - PAGE));
    pair.producer.write(packet(new Uint8Array(64)));
    expect(pair.consumer.next()?.payload.length).toBe(64);
    pair.producer.write(packet(new Uint8Array(64)));
    memory.withdraw({ start: 0x10, count: 16 });
    expect([pair.consumer.next(), pair.consumer.damaged]).toEqual([null, true]);
  });
});

describe('indices that the other side changes between two packets', () => {
  const three = (pair: Pair): void => {
    for (let i = 0; i < 3; i++) pair.producer.write(packet(new Uint8Array(40), i));
  };
  const one = ringBytes(packet(new Uint8Array(40)));

  it.each([
    ['beyond the end', SIZE],
    ['not a multiple of eight', 4],
    ['far beyond', 0xffff_fff8],
  ])('stop the reading when the write index is %s', (_name, value) => {
    for (const pair of places()) {
      three(pair);
      expect(pair.consumer.next()?.idLow).toBe(0);
      pair.producer.ring.setControl(RingControl.WriteIndex, value);
      expect([pair.consumer.next(), pair.consumer.damaged]).toEqual([null, true]);
    }
  });

  it('end the reading at a write index that goes back, and do not move the reader when the read index does', () => {
    for (const pair of places()) {
      three(pair);
      expect(pair.consumer.next()?.idLow).toBe(0);
      pair.producer.ring.setControl(RingControl.ReadIndex, 0x7777_7777);
      expect(pair.consumer.next()?.idLow).toBe(1);
      pair.producer.ring.setControl(RingControl.WriteIndex, 2 * one);
      expect(pair.consumer.next()).toBeNull();
      pair.consumer.commit();
      expect(pair.consumer.ring.describe()).toMatchObject({ read: 2 * one, write: 2 * one });
    }
  });

  it('stop the writing at once, and leave the data alone', () => {
    for (const pair of places()) {
      three(pair);
      const before = pair.view.read(PAGE, SIZE);
      for (const [field, value] of [
        [RingControl.ReadIndex, SIZE],
        [RingControl.ReadIndex, 12],
        [RingControl.WriteIndex, 0x8000_0000],
      ] as const) {
        const was = pair.consumer.ring.control(field);
        pair.consumer.ring.setControl(field, value);
        expect(pair.producer.write(packet(new Uint8Array(8)))).toBe('damaged');
        expect(pair.producer.hasRoom(8)).toBe(false);
        pair.consumer.ring.setControl(field, was);
      }
      expect(Buffer.compare(pair.view.read(PAGE, SIZE), before)).toBe(0);
    }
  });
});
