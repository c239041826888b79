import { describe, expect, it } from 'vitest';
import {
  Bench,
  BROADCAST,
  END,
  FIRST_LAST,
  frame,
  MAC,
  OWN,
  perfectSetup,
  RX_BUFFER,
  RX_RING,
  SETUP,
  TX_BUFFER,
  TX_RING,
} from './bench';

/**
 * The register accesses of the tulip driver of Linux 6.1 (drivers/net/ethernet/dec/tulip), recorded while it ran unmodified
 * on an i386 kernel: `W6=3842000` is a write of CSR6, `R5=FC670004` a read of CSR5 and what the driver got, `R8` a read
 * whose value it does not use. Values are hexadecimal.
 */
const RESET = 'W12=100 W0=1 W0=1A08000';
const MEDIA = 'W12=100 W12=0 R12';
const START =
  'R6=32000040 W6=3842000 W5=1EBEF W7=1EBEF W6=3842002 R5=FC670004 W5=10004 R5=FC660000 R5=FC660000 R8 R5 R6 W2=0';
const TRANSMIT = 'W1=0 R5=FC670004 W5=10004 R5=FC660000 R5=FC660000 R8 R5=FC660000';
const TRANSMIT_INTERRUPT = 'W1=0 R5=FC670005 W5=10005 R5=FC660000';
const RECEIVE = 'R5=FC670040 W7=1E82F W5=10000 R5=FC660040 R5 R8 R5 R5 W5=C0 R5=FC660000 W7=1EBEF R5=FC660000';
const CLOSE = 'W7=0 R6 W6=3840000 R5=FC000102 R6 R8 R5';

/** Plays accesses against the adapter; the result is the same text with the values that were read now. */
function replay(bench: Bench, accesses: string): string {
  return accesses
    .split(' ')
    .map((access) => {
      const [, way, csr, value] = /^([RW])(\d+)(?:=([0-9A-F]+))?$/.exec(access) ?? [];
      if (way === 'W') bench.w(Number(csr), Number.parseInt(value ?? '0', 16));
      if (way === 'W') return access;
      const read = bench.r(Number(csr));
      return value === undefined ? access : `R${csr}=${read.toString(16).toUpperCase()}`;
    })
    .join(' ');
}

const RX_COUNT = 128;
const TX_COUNT = 32;

/** What the driver's open does between the accesses: rings in memory, the setup frame first in the transmit ring. */
function rings(bench: Bench): void {
  for (let i = 0; i < RX_COUNT; i++) {
    bench.descriptor(RX_RING + i * 16, OWN, 1536 | (i === RX_COUNT - 1 ? END : 0), RX_BUFFER + i * 1536);
  }
  for (let i = 0; i < TX_COUNT; i++) bench.descriptor(TX_RING + i * 16, 0, i === TX_COUNT - 1 ? END : 0);
  const setup = perfectSetup(...Array.from({ length: 15 }, () => BROADCAST), MAC);
  bench.memory.write(0x8000, setup);
  bench.descriptor(TX_RING, OWN, SETUP | 192, 0x8000);
}

function opened(): Bench {
  const bench = new Bench().enable();
  expect(replay(bench, RESET)).toBe(RESET);
  bench.w(3, RX_RING);
  bench.w(4, TX_RING);
  rings(bench);
  expect(replay(bench, MEDIA)).toBe(MEDIA);
  return bench;
}

function queue(bench: Bench, index: number, bits = FIRST_LAST): void {
  bench.memory.write(TX_BUFFER, frame(98, BROADCAST));
  bench.descriptor(TX_RING + index * 16, OWN, (bits | 98) >>> 0, TX_BUFFER);
}

describe('the tulip driver of Linux 6.1', () => {
  it('sees at start what it saw on the run that was recorded', () => {
    const bench = opened();
    expect(replay(bench, START)).toBe(START);
    expect(bench.memory.readU32(TX_RING)).toBe(0x7fff_ffff);
    expect(bench.cable.sent).toHaveLength(0);
    expect(bench.irq).toBe(false);
  });

  it('sends', () => {
    const bench = opened();
    replay(bench, START);
    for (let i = 1; i < 4; i++) {
      queue(bench, i);
      expect(replay(bench, TRANSMIT)).toBe(TRANSMIT);
      expect(bench.irq).toBe(false);
    }
    queue(bench, 4, (FIRST_LAST | 0x8000_0000) >>> 0);
    expect(replay(bench, TRANSMIT_INTERRUPT)).toBe(TRANSMIT_INTERRUPT);
    expect(bench.cable.sent).toHaveLength(4);
  });

  it('receives with its interrupt masked and unmasked again', () => {
    const bench = opened();
    replay(bench, START);
    bench.cable.deliver(frame(98));
    expect(bench.irq).toBe(true);
    expect(replay(bench, RECEIVE)).toBe(RECEIVE);
    expect(bench.irq).toBe(false);
    const status = bench.memory.readU32(RX_RING);
    expect(status & 0x3800_4b52).toBe(0x0300); // the driver's test for a good frame
    expect(((status >>> 16) & 0x7ff) - 4).toBe(98);
  });

  it('closes: both processes stop at once', () => {
    const bench = opened();
    replay(bench, START);
    expect(replay(bench, CLOSE)).toBe(CLOSE);
    expect(bench.irq).toBe(false);
  });

  it('leaves the same trace every time', () => {
    const digests = [0, 1].map(() => {
      const bench = opened();
      replay(bench, START);
      queue(bench, 1);
      replay(bench, TRANSMIT);
      bench.cable.deliver(frame(98));
      replay(bench, RECEIVE);
      return bench.trace.digest();
    });
    expect(digests[0]).toBe(digests[1]);
  });
});
