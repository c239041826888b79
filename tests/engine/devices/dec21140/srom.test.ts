import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import { Bench, MAC } from './bench';

const ENABLE = 0x4801; // read, serial ROM, chip select
const SK = 2;
const DI = 4;
const DO = 8;

/** Clocks `count` bits of `value` in, most significant first, and returns what was on the output after each rising edge. */
function shift(bench: Bench, value: number, count: number): number {
  let seen = 0;
  for (let i = count - 1; i >= 0; i--) {
    const data = (value >>> i) & 1 ? DI : 0;
    bench.w(9, ENABLE | data);
    bench.w(9, ENABLE | data | SK);
    seen = (seen << 1) | (bench.r(9) & DO ? 1 : 0);
  }
  bench.w(9, ENABLE);
  return seen >>> 0;
}

function select(bench: Bench): void {
  bench.w(9, 0x4800);
  bench.w(9, ENABLE);
}

function readWord(bench: Bench, address: number): number {
  select(bench);
  shift(bench, (6 << 6) | address, 9);
  return shift(bench, 0, 16);
}

function contents(bench: Bench): Uint8Array {
  const bytes = new Uint8Array(128);
  for (let i = 0; i < 64; i++) bytes.set([readWord(bench, i) & 0xff, readWord(bench, i) >> 8], i * 2);
  return bytes;
}

describe('serial ROM of the 21140', () => {
  it('holds subsystem, address and a leaf that asks for 100BASE-TX full duplex', () => {
    const bytes = contents(new Bench().enable());
    expect([...bytes.subarray(0, 4)]).toEqual([0x00, 0x0a, 0x14, 0x21]);
    expect([...bytes.subarray(18, 20)]).toEqual([1, 1]);
    expect(bytes.subarray(20, 26)).toEqual(MAC);
    expect([bytes[27], bytes[28]]).toEqual([0x1e, 0]);
    expect([...bytes.subarray(0x1e, 0x2a)]).toEqual([5, 2, 0, 2, 5, 0, 0x61, 0x80, 3, 0, 0x61, 0x80]);
  });

  it('ends with the CRC that Windows looks for', () => {
    const bytes = contents(new Bench().enable());
    const check = crc32(bytes.subarray(0, 126)) & 0xffff;
    expect((bytes[127] ?? 0) * 256 + (bytes[126] ?? 0)).toBe(check);
  });

  it('gives its id block a CRC-8: the remainder over words with it is zero', () => {
    const bytes = contents(new Bench().enable());
    const order = [...Array.from({ length: 16 }, (_, i) => i ^ 1), 17, 16];
    let remainder = 0xff;
    for (const at of order) {
      remainder ^= bytes[at] ?? 0;
      for (let bit = 0; bit < 8; bit++) remainder = ((remainder << 1) ^ (remainder & 0x80 ? 7 : 0)) & 0xff;
    }
    expect(remainder).toBe(0);
  });

  it('shows its size as drivers find it: the zero comes with the sixth address bit', () => {
    const bench = new Bench().enable();
    select(bench);
    const samples = shift(bench, (6 << 8) | 0xff, 13) * 0x1_0000 + shift(bench, 0, 16);
    expect(samples & 0x4_0000).toBe(0); // linux tulip: bit 18 clear is a part with 6 address bits
    expect(samples & 0x8_0000).not.toBe(0); // and the line idles high until then
  });

  it('goes on with the next word while it is clocked', () => {
    const bench = new Bench().enable();
    select(bench);
    shift(bench, (6 << 6) | 10, 9);
    expect([shift(bench, 0, 16), shift(bench, 0, 16), shift(bench, 0, 16)]).toEqual([0x1500, 0x0a5d, 0x0c0b]);
  });

  it('waits for the start bit, and forgets a command when it is deselected', () => {
    const bench = new Bench().enable();
    select(bench);
    shift(bench, 0, 20);
    shift(bench, (6 << 6) | 9, 9);
    expect(shift(bench, 0, 16)).toBe(0x0101);
    select(bench);
    shift(bench, 6, 3);
    select(bench);
    expect(shift(bench, 0, 16)).toBe(0xffff);
  });

  it('cannot be written', () => {
    const bench = new Bench().enable();
    const before = contents(bench);
    for (const command of [0b100_110000, 0b101_001010, 0b111_001010, 0b100_100000]) {
      select(bench);
      shift(bench, command, 9);
      shift(bench, 0xdead, 16);
    }
    expect(contents(bench)).toEqual(before);
  });

  it('lets the line float high when another memory is selected', () => {
    const bench = new Bench().enable();
    bench.w(9, 0x5001); // boot ROM
    bench.w(9, 0x5003);
    expect(bench.r(9) & DO).toBe(DO);
  });
});
