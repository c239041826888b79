import { crc32 } from 'node:zlib';
import { TraceKind } from '@engine/trace/kinds';
import { describe, expect, it } from 'vitest';
import {
  Bench,
  BROADCAST,
  CHAIN,
  END,
  FIRST_LAST,
  frame,
  IC,
  loadSetup,
  MAC,
  OWN,
  perfectSetup,
  SETUP,
  started,
  TX_BUFFER,
  TX_RING,
} from './bench';

const FS = 0x2000_0000;
const LS = 0x4000_0000;
const NO_PADDING = 0x0080_0000;
const NO_CRC = 0x0400_0000;

/** Puts `data` behind one descriptor of the transmit ring. */
function queue(bench: Bench, index: number, data: Uint8Array, bits = FIRST_LAST): void {
  bench.memory.write(TX_BUFFER + index * 2048, data);
  bench.descriptor(TX_RING + index * 16, OWN, (bits | data.length) >>> 0, TX_BUFFER + index * 2048);
}

const status = (bench: Bench, index: number): number => bench.memory.readU32(TX_RING + index * 16);

describe('transmit process of the 21140', () => {
  it('sends what the list holds at a poll demand, gives the descriptors back and suspends', () => {
    const bench = started();
    queue(bench, 0, frame(100));
    queue(bench, 1, frame(1514), (FIRST_LAST | IC) >>> 0);
    expect(bench.cable.sent).toHaveLength(0);
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(100), frame(1514)]);
    expect([status(bench, 0), status(bench, 1)]).toEqual([0, 0]);
    expect(bench.r(5)).toBe(0xfc67_0005); // TI for the one that asked, TU, NIS; transmit suspended, receive waiting
    expect(bench.irq).toBe(true);
  });

  it('pads what is shorter than the shortest frame', () => {
    const bench = started();
    queue(bench, 0, frame(42));
    bench.w(1, 0);
    const expected = new Uint8Array(60);
    expected.set(frame(42));
    expect(bench.cable.sent).toEqual([expected]);
  });

  it('joins segments over buffers, chains and rings', () => {
    const bench = started();
    const whole = frame(300);
    bench.memory.write(0x5001, whole.subarray(0, 100)); // transmit buffers may begin at any byte
    bench.memory.write(0x6000, whole.subarray(100, 150));
    bench.memory.write(0x7000, whole.subarray(150));
    bench.descriptor(TX_RING, OWN, FS | (50 << 11) | 100, 0x5001, 0x6000);
    bench.descriptor(TX_RING + 16, OWN, CHAIN | LS | 150, 0x7000, 0xa000);
    queue(bench, 100, frame(64)); // far away: only the chain leads there
    bench.descriptor(0xa000, OWN, END | FIRST_LAST | 64, TX_BUFFER + 100 * 2048);
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([whole, frame(64)]);
    queue(bench, 0, frame(80)); // the end of the ring leads back to CSR4
    bench.w(1, 0);
    expect(bench.cable.sent[2]).toEqual(frame(80));
  });

  it('skips the gap that CSR0 asks for between descriptors', () => {
    const bench = started();
    bench.w(0, 4 << 2);
    queue(bench, 0, frame(64));
    bench.memory.write(0x5000, frame(65));
    bench.descriptor(TX_RING + 32, OWN, FIRST_LAST | 65, 0x5000);
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(64), frame(65)]);
  });

  it('waits with a frame whose last segment is not there yet', () => {
    const bench = started();
    queue(bench, 0, frame(200).subarray(0, 90), FS);
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(0);
    queue(bench, 1, frame(200).subarray(90), LS);
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(200)]);
  });

  it('takes a descriptor that belongs to no frame without a word (linux tulip puts one before a setup frame)', () => {
    const bench = started();
    bench.descriptor(TX_RING, OWN, 0);
    queue(bench, 1, frame(64));
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(64)]);
    expect(status(bench, 0)).toBe(0);
  });

  it('gives a setup frame back as all ones and puts nothing on the wire', () => {
    const bench = started();
    bench.memory.write(0x8000, perfectSetup(BROADCAST, MAC));
    bench.descriptor(TX_RING, OWN, (SETUP | IC | 192) >>> 0, 0x8000);
    bench.w(1, 0);
    expect(status(bench, 0)).toBe(0x7fff_ffff);
    expect(bench.cable.sent).toHaveLength(0);
    expect(bench.r(5) & 1).toBe(1);
  });

  it('checks a check sequence that the driver brings itself', () => {
    const bench = started();
    const data = frame(104);
    new DataView(data.buffer).setUint32(100, crc32(data.subarray(0, 100)), true);
    queue(bench, 0, data, FIRST_LAST | NO_CRC);
    data[50] = (data[50] ?? 0) ^ 1;
    queue(bench, 1, data, FIRST_LAST | NO_CRC); // a receiver would drop this one
    queue(bench, 2, frame(40), FIRST_LAST | NO_PADDING); // and this one: a runt
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(104).subarray(0, 100)]);
    expect(bench.counters()).toMatchObject({ sent: 1, unsent: 2 });
  });

  it('says that there was no carrier when there is no link', () => {
    const bench = started();
    bench.cable.linkUp = false;
    queue(bench, 0, frame(64));
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(0);
    expect(status(bench, 0)).toBe(0x8c00);
  });

  it('cuts a station off that goes on for longer than 2,560 bytes', () => {
    const bench = started();
    queue(bench, 0, new Uint8Array(2047), FS);
    queue(bench, 1, new Uint8Array(2047), LS);
    queue(bench, 2, frame(64));
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(0);
    expect(status(bench, 1)).toBe(0xc000);
    expect(bench.r(5) & 0x0070_8008).toBe(0x8008); // TJT, AIS, stopped
    bench.w(6, bench.r(6)); // the driver starts it again
    expect(bench.cable.sent).toEqual([frame(64)]);
  });

  it('lets a frame of exactly 2,560 bytes pass, and any with the jabber timer off', () => {
    const bench = started();
    queue(bench, 0, new Uint8Array(2047), FS);
    queue(bench, 1, new Uint8Array(513), LS);
    bench.w(1, 0);
    bench.w(15, 1);
    queue(bench, 2, new Uint8Array(2047), FS);
    queue(bench, 3, new Uint8Array(2047), LS);
    bench.w(1, 0);
    expect(bench.cable.sent.map(({ length }) => length)).toEqual([2560, 4094]);
  });

  it('interrupts for the last segment only', () => {
    const bench = started();
    queue(bench, 0, frame(100).subarray(0, 50), (FS | IC) >>> 0);
    bench.w(1, 0);
    expect(bench.r(5) & 1).toBe(0);
    queue(bench, 1, frame(100).subarray(50), (LS | IC) >>> 0);
    bench.w(1, 0);
    expect(bench.r(5) & 1).toBe(1);
  });

  it('polls by itself when CSR0 asks for it', () => {
    const bench = started();
    bench.w(0, 1 << 17); // every 200 us
    bench.w(1, 0);
    queue(bench, 0, frame(64));
    bench.clock.advanceBy(199_999);
    expect(bench.cable.sent).toHaveLength(0);
    bench.clock.advanceBy(1);
    expect(bench.cable.sent).toHaveLength(1);
    expect(bench.clock.idle).toBe(true); // a machine that only polls is idle
  });

  it('keeps loopback frames to itself, and marks them', () => {
    const bench = started();
    bench.w(6, bench.r(6) | (1 << 10));
    queue(bench, 0, frame(64));
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(0);
    expect(bench.memory.readU32(0x2000) & 0x3000).toBe(0x1000);
  });

  it('lets an answer that comes at once find the list in order', () => {
    const bench = started();
    bench.cable.onSend = () => bench.w(1, 0); // the nearest thing to a driver that answers inside the poll
    queue(bench, 0, frame(64));
    queue(bench, 1, frame(65));
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([frame(64), frame(65)]);
  });
});

describe('transfers of the 21140', () => {
  it('are recorded and paid for, byte by byte', () => {
    const bench = started();
    const actor = bench.trace.actor('vm-1/legacy/0');
    queue(bench, 0, frame(1000));
    const before = { reads: bench.trace.count(TraceKind.DmaRead, actor), cost: bench.cost.total };
    bench.w(1, 0);
    expect(bench.trace.count(TraceKind.DmaRead, actor) - before.reads).toBe(3); // descriptor, buffer, next descriptor
    expect(bench.trace.recent(4).map(({ kind, operands }) => [kind, operands[0], operands[1]])).toEqual([
      [TraceKind.DmaRead, TX_RING, 16],
      [TraceKind.DmaRead, TX_BUFFER, 1000],
      [TraceKind.DmaWrite, TX_RING, 4],
      [TraceKind.DmaRead, TX_RING + 16, 16],
    ]);
    expect(bench.cost.total - before.cost).toBeCloseTo(4 * 200 + (16 + 1000 + 4 + 16) * 0.2);
  });

  it('do not happen without the bus master bit', () => {
    const bench = started();
    queue(bench, 0, frame(64));
    bench.setConfig(0x04, 3, 2);
    bench.w(1, 0);
    expect([status(bench, 0), bench.cable.sent.length]).toEqual([OWN, 0]);
    bench.setConfig(0x04, 7, 2);
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(1);
  });

  it.each([
    ['the list', (bench: Bench) => bench.w(4, 0xf000_0000)],
    ['a buffer', (bench: Bench) => void bench.descriptor(TX_RING, OWN, FIRST_LAST | 64, 0x7fff_fff0)],
    ['the end of a buffer', (bench: Bench) => void bench.descriptor(TX_RING, OWN, FIRST_LAST | 64, (4 << 20) - 8)],
    ['a setup frame', (bench: Bench) => void bench.descriptor(TX_RING, OWN, SETUP | 192, 0xffff_ffff)],
  ])('end in a fatal bus error when %s is not memory', (_, spoil) => {
    const bench = started();
    spoil(bench);
    bench.w(1, 0);
    expect(bench.r(5)).toBe((0xfc80_a000 | (bench.r(5) & 0x1_0000)) >>> 0); // FBE, AIS, master abort, both stopped
    expect(bench.irq).toBe(true);
    bench.w(4, TX_RING);
    queue(bench, 0, frame(64));
    bench.w(6, 0);
    bench.w(6, 0x2002);
    expect(bench.cable.sent).toHaveLength(0); // only a reset helps
    bench.w(0, 1);
    bench.w(4, TX_RING);
    bench.w(6, 0x2000);
    expect(bench.cable.sent).toHaveLength(1);
  });
});

describe('a hostile transmit list', () => {
  it('that chains to itself ends at the descriptor that was given back', () => {
    const bench = started();
    bench.descriptor(TX_RING, OWN, (CHAIN | FIRST_LAST | 64) >>> 0, TX_BUFFER, TX_RING);
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(1);
    expect(bench.r(5) & 0x0070_0004).toBe(0x0060_0004);
  });

  it('that is very long is worked through in shares', () => {
    const bench = started();
    for (let i = 0; i < 1000; i++) bench.descriptor(0x10_0000 + i * 16, OWN, FIRST_LAST | 64, TX_BUFFER);
    bench.w(4, 0x10_0000);
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(64);
    bench.clock.advanceBy(1_000_000);
    expect(bench.cable.sent).toHaveLength(1000);
    expect(bench.r(5) & 0x0070_0004).toBe(0x0060_0004);
  });

  it('goes on after a restore in the middle', () => {
    const bench = started();
    for (let i = 0; i < 100; i++) bench.descriptor(0x10_0000 + i * 16, OWN, FIRST_LAST | 64, TX_BUFFER);
    bench.w(4, 0x10_0000);
    bench.w(1, 0);
    const other = new Bench();
    other.memory.restore(bench.memory.save());
    other.card.restore(bench.card.save());
    other.clock.restore(bench.clock.save());
    other.clock.advanceBy(1_000_000);
    expect(other.cable.sent).toHaveLength(36);
  });

  it('of empty frames and short setup frames harms nobody', () => {
    const bench = started();
    bench.descriptor(TX_RING, OWN, FIRST_LAST);
    bench.descriptor(TX_RING + 16, OWN, SETUP | 10, TX_BUFFER);
    queue(bench, 2, frame(64));
    bench.w(1, 0);
    expect(bench.cable.sent).toEqual([new Uint8Array(60), frame(64)]);
    expect(bench.counters()).toMatchObject({ badSetup: 1 });
    expect(status(bench, 1)).toBe(0x7fff_ffff);
  });

  it('with descriptors at odd addresses is read from the double word below', () => {
    const bench = started();
    queue(bench, 0, frame(64));
    bench.w(4, TX_RING + 3);
    bench.w(1, 0);
    expect(bench.cable.sent).toHaveLength(1);
    loadSetup(bench, perfectSetup(MAC));
    expect(bench.r(5) & 0x2000).toBe(0);
  });
});
