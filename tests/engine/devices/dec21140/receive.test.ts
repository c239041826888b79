import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Bench, BROADCAST, END, frame, loadSetup, MAC, OWN, perfectSetup, RX_BUFFER, RX_RING, started } from './bench';

const status = (bench: Bench, index: number): number => bench.memory.readU32(RX_RING + index * 16);
const length = (word: number): number => (word >>> 16) & 0x3fff;
const OTHER = [0x00, 0x15, 0x5d, 1, 2, 3];
const GROUP = [0x01, 0x00, 0x5e, 0, 0, 6];

describe('receive process of the 21140', () => {
  it('stores a frame with its check sequence and interrupts', () => {
    const bench = started();
    bench.cable.deliver(frame(100));
    expect(status(bench, 0)).toBe(0x0068_0320); // 104 bytes, first and last, Ethernet
    expect(bench.memory.read(RX_BUFFER, 100)).toEqual(frame(100));
    expect(bench.memory.readU32(RX_BUFFER + 100)).toBe(crc32(frame(100)));
    expect(bench.r(5)).toBe(0xfc67_0040);
    expect(bench.irq).toBe(true);
    expect(bench.memory.readU32(RX_BUFFER + 2048)).toBe(0);
  });

  it('pads a short frame as a wire does, and marks length and group', () => {
    const bench = started();
    bench.cable.deliver(frame(42, BROADCAST, 38));
    expect(status(bench, 0)).toBe(0x0040_0700); // 64 bytes, group, IEEE 802.3 length field
  });

  it('spreads a long frame over buffers and descriptors', () => {
    const bench = new Bench().enable();
    loadSetup(bench, perfectSetup(MAC));
    bench.descriptor(RX_RING, OWN, (64 << 11) | 64, 0x5000, 0x6000);
    bench.descriptor(RX_RING + 16, OWN, 0, 0x7000);
    bench.descriptor(RX_RING + 32, OWN, END | 256, 0x7000);
    bench.w(3, RX_RING);
    bench.w(6, 2);
    bench.cable.deliver(frame(300));
    const parts = [bench.memory.read(0x5000, 64), bench.memory.read(0x6000, 64), bench.memory.read(0x7000, 172)];
    expect(Uint8Array.from(parts.flatMap((part) => [...part]))).toEqual(frame(300));
    expect([status(bench, 0), status(bench, 1), status(bench, 2)]).toEqual([0x200, 0, 0x0130_0120]);
  });

  it('suspends when the driver owns the next descriptor, says so once, and counts what it misses', () => {
    const bench = started(2);
    bench.cable.deliver(frame(64));
    bench.cable.deliver(frame(65));
    expect(bench.r(5)).toBe(0xfc69_80c0); // RI, RU, AIS, NIS; receive suspended
    bench.w(5, 0x1ffff);
    bench.cable.deliver(frame(66));
    bench.cable.deliver(frame(67));
    expect(bench.r(5)).toBe(0xfc68_0000);
    expect([bench.r(8), bench.r(8)]).toEqual([2, 0]);
    bench.memory.writeU32(RX_RING, OWN);
    bench.cable.deliver(frame(68)); // a frame resumes it; so does a poll demand
    expect(length(status(bench, 0))).toBe(72);
    bench.memory.writeU32(RX_RING + 16, OWN);
    bench.w(2, 0);
    expect(bench.r(5) & 0x000e_0000).toBe(0x0006_0000);
  });

  it('marks a frame for which there was no room', () => {
    const bench = new Bench().enable();
    loadSetup(bench, perfectSetup(MAC));
    bench.descriptor(RX_RING, OWN, 128, 0x5000);
    bench.descriptor(RX_RING + 16, OWN, 128, 0x6000);
    bench.w(3, RX_RING);
    bench.w(6, 2);
    bench.cable.deliver(frame(600));
    expect(status(bench, 0)).toBe(0x0200);
    expect(status(bench, 1)).toBe(0x025c_c120); // last, descriptor error, error summary
    expect(bench.r(5) & 0x000e_00c0).toBe(0x0008_00c0);
  });

  it('finds nothing wrong with the longest frame of Ethernet', () => {
    const bench = started();
    bench.cable.deliver(frame(1514));
    expect(status(bench, 0)).toBe((1518 << 16) | 0x0320);
  });

  it('marks what is longer than Ethernet allows, and cuts it at 2,048 bytes', () => {
    const bench = started();
    bench.cable.deliver(frame(1518));
    expect(status(bench, 0)).toBe((1522 << 16) | 0x83a0);
    bench.descriptor(RX_RING + 16, OWN, 2047, 0x5000);
    bench.cable.deliver(frame(9000));
    expect(length(status(bench, 2))).toBe(2048);
    expect(status(bench, 2) & 0x8110).toBe(0x8110);
    expect(bench.r(5) & 0x8240).toBe(0x8240);
  });

  it('hears nothing while stopped, and reports the stop', () => {
    const bench = started();
    bench.w(6, 0x2000);
    bench.cable.deliver(frame(64));
    expect(status(bench, 0)).toBe(OWN);
    expect(bench.r(5) & 0x000e_8100).toBe(0x8100);
    expect(bench.r(8)).toBe(0);
  });

  it('says when 16 bits did not hold the number of missed frames', () => {
    const bench = started(1);
    bench.cable.deliver(frame(64));
    for (let i = 0; i < 0xffff; i++) bench.cable.deliver(frame(64));
    const saved = bench.card.save();
    expect(bench.r(8)).toBe(0xffff);
    bench.card.restore(saved);
    bench.cable.deliver(frame(64));
    expect(bench.r(8)).toBe(0x1_0000);
  });

  it('misses frames without the bus master bit', () => {
    const bench = started();
    bench.setConfig(0x04, 3, 2);
    bench.cable.deliver(frame(64));
    expect([status(bench, 0), bench.r(8)]).toEqual([OWN, 1]);
  });
});

describe('address filter of the 21140', () => {
  const hears = (bench: Bench, to: readonly number[] | Uint8Array): boolean => {
    const before = bench.counters().received ?? 0;
    bench.memory.writeU32(RX_RING, OWN);
    bench.w(6, bench.r(6) & ~2);
    bench.w(3, RX_RING);
    bench.w(6, bench.r(6) | 2);
    bench.cable.deliver(frame(64, to));
    return bench.counters().received === before + 1;
  };
  const heard = (bench: Bench): boolean[] => [MAC, OTHER, BROADCAST, GROUP].map((to) => hears(bench, to));

  it('accepts the sixteen perfect addresses only', () => {
    const bench = started();
    expect(heard(bench)).toEqual([true, false, true, false]);
    loadSetup(bench, perfectSetup(MAC, OTHER));
    expect(heard(bench)).toEqual([true, true, false, false]);
    expect(bench.r(6) & 0x15).toBe(0);
  });

  it('refuses them in inverse filtering', () => {
    const bench = started();
    loadSetup(bench, perfectSetup(MAC, BROADCAST), 1 << 28);
    expect(heard(bench)).toEqual([false, true, false, true]);
    expect(bench.r(6) & 0x15).toBe(0x10);
  });

  it('hashes groups and compares one address exactly', () => {
    const bench = started();
    const setup = new Uint8Array(192);
    // Linux sets bit 255 for the broadcast address: word 15, bit 15.
    setup.set([0x00, 0x80], 15 * 4);
    setup.set([MAC[0] ?? 0, MAC[1] ?? 0], 156);
    setup.set([MAC[2] ?? 0, MAC[3] ?? 0], 160);
    setup.set([MAC[4] ?? 0, MAC[5] ?? 0], 164);
    loadSetup(bench, setup, 1 << 22);
    expect(heard(bench)).toEqual([true, false, true, false]);
    expect(bench.r(6) & 0x15).toBe(1);
    const index = (~crc32(Uint8Array.from(GROUP)) >>> 0) & 0x1ff;
    const at = (index >> 4) * 4 + ((index & 15) >> 3);
    setup[at] = (setup[at] ?? 0) | (1 << (index & 7));
    loadSetup(bench, setup, 1 << 22);
    expect(heard(bench)).toEqual([true, false, true, true]);
    loadSetup(bench, setup, (1 << 22) | (1 << 28)); // hash only: our own address is no longer special
    expect(heard(bench)).toEqual([false, false, true, true]);
    expect(bench.r(6) & 0x15).toBe(5);
  });

  it('gives way to the promiscuous, all-multicast and receive-all bits', () => {
    const bench = started();
    bench.w(6, 0x2082);
    expect(heard(bench)).toEqual([true, false, true, true]);
    bench.w(6, 0x2042);
    expect(heard(bench)).toEqual([true, true, true, true]);
    bench.w(6, 0x4000_2002);
    expect(hears(bench, OTHER)).toBe(true);
    expect(status(bench, 0) >>> 30).toBe(1); // filtering fail
  });

  it('lets a driver neither set nor clear the kind of filtering', () => {
    const bench = started();
    loadSetup(bench, perfectSetup(OTHER), 1 << 28);
    bench.w(6, 0x2007);
    expect(bench.r(6)).toBe(0x0200_2012);
  });
});

describe('a hostile receive list', () => {
  it('outside memory is a fatal bus error', () => {
    const bench = started();
    bench.w(6, 0x2000);
    bench.w(3, 0xfee0_0000);
    bench.w(6, 0x2002);
    expect(bench.r(5) & 0x03fe_a000).toBe(0x0080_a000);
    bench.cable.deliver(frame(64));
    expect(bench.counters()).toMatchObject({ received: 0, busErrors: 1 });
  });

  it('with buffers outside memory is one too', () => {
    const bench = started();
    bench.memory.writeU32(RX_RING + 8, 0xe000_0000);
    bench.cable.deliver(frame(64));
    expect(bench.r(5) & 0x2000).toBe(0x2000);
  });

  it('of empty buffers ends where it began', () => {
    const bench = started(3);
    for (let i = 0; i < 3; i++) bench.memory.writeU32(RX_RING + i * 16 + 4, i === 2 ? END : 0);
    bench.cable.deliver(frame(64));
    expect(status(bench, 2) & 0xc100).toBe(0xc100);
    expect(bench.r(5) & 0x000e_0000).toBe(0x0008_0000);
  });

  it('that the frame itself overwrites does not run for ever', () => {
    const bench = new Bench().enable();
    loadSetup(bench, perfectSetup(MAC));
    // The buffer lies over the descriptor, which chains to itself: each frame hands it back to the adapter.
    bench.descriptor(RX_RING, OWN, 0x0100_0000 | 4, RX_RING, RX_RING);
    bench.w(3, RX_RING);
    bench.w(6, 2);
    bench.cable.deliver(new Uint8Array(1514).fill(0xff));
    bench.cable.deliver(frame(1514));
    expect(bench.r(5)).not.toBe(0xffffffff);
  });

  it('takes frames of any length', () => {
    const bench = started(4);
    bench.w(6, 0x2042);
    for (const size of [0, 1, 5, 13, 65_535]) {
      bench.memory.writeU32(RX_RING, OWN);
      bench.w(3, RX_RING);
      bench.cable.deliver(frame(64).slice(0, size));
    }
    expect(bench.counters()).toMatchObject({ received: 5 });
  });
});
