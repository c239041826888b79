import { Random } from '@engine/base/random';
import { describe, expect, it } from 'vitest';
import { Bench, FIRST_LAST, frame, IO_BASE, MEMORY_BASE, OWN } from './bench';

const SIZES = [1, 2, 4] as const;

/** A driver that has lost its mind: memory full of plausible descriptors, registers written at random. */
function rage(seed: number, steps: number): Bench {
  const random = new Random(seed);
  const bench = new Bench().enable();
  const anyAddress = (): number => (random.below(200) === 0 ? random.next() : random.below(0xf000));
  for (let at = 0; at < 0x1_0000; at += 4) {
    const word = at % 16 < 8 ? random.next() : anyAddress();
    bench.memory.writeU32(at, at % 16 === 0 ? (word | 0x8000_0000) >>> 0 : word);
  }
  for (let i = 0; i < steps; i++) {
    const size = SIZES[random.below(4)] ?? 4;
    const csr = random.below(16);
    const value = csr === 3 || csr === 4 ? anyAddress() : csr === 0 ? random.next() & ~1 : random.next();
    const action = random.below(10);
    if (action < 5) bench.ports.write(IO_BASE + csr * 8, size, value);
    else if (action < 6) bench.mmio.write(MEMORY_BASE + random.below(0x80), size, value);
    else if (action < 7) bench.r(csr);
    else if (action < 8) bench.cable.deliver(frame(14 + random.below(3000), random.bytes(6)));
    else if (action < 9) bench.clock.advanceBy(random.below(1_000_000));
    else if (random.below(3) === 0) bench.w(0, 1);
    else bench.setConfig(random.below(0x40) * 4, random.below(8) === 0 ? random.next() : 7);
    if (i % 20 === 0) {
      for (let n = 0; n < 200; n++) {
        const at = random.below(0xf00) * 16;
        const control = random.below(2) === 0 ? random.next() : (FIRST_LAST | random.below(1600)) >>> 0;
        bench.descriptor(at, (random.next() | OWN) >>> 0, control, anyAddress(), anyAddress());
      }
      bench.enable();
      bench.w(3, random.below(0xf00) * 16);
      bench.w(4, random.below(0xf00) * 16);
      bench.w(6, 0x2042);
    }
    if ((bench.r(5) & 0x2000) !== 0) bench.w(0, 1);
  }
  return bench;
}

describe('a driver that has lost its mind', () => {
  it('breaks nothing', () => {
    const total = { sent: 0, received: 0, busErrors: 0 };
    for (const seed of [1, 2, 3, 4]) {
      const bench = rage(seed, 700);
      expect(bench.cable.sent.every(({ length }) => length >= 60 && length <= 65_535)).toBe(true);
      const counters = bench.counters();
      for (const key of ['sent', 'received', 'busErrors'] as const) total[key] += counters[key] ?? 0;
      bench.enable();
      bench.w(0, 1);
      expect(bench.r(5)).toBe(0xfc00_0000);
      expect(bench.irq).toBe(false);
    }
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(5); // it was not asleep
  });

  it('does the same every time', () => {
    const [a, b] = [rage(7, 700), rage(7, 700)];
    expect(a.trace.digest()).toBe(b.trace.digest());
    expect(a.card.save()).toEqual(b.card.save());
  });

  it('does the same after a restore in the middle', () => {
    const first = rage(9, 700);
    const second = new Bench();
    second.memory.restore(first.memory.save());
    second.card.restore(first.card.save());
    second.clock.restore(first.clock.save());
    for (const bench of [first, second]) {
      bench.cable.sent.length = 0;
      bench.enable();
      bench.w(4, 0x1000);
      bench.w(6, 0x2002);
      bench.clock.advanceBy(50_000_000);
    }
    expect(second.cable.sent).toEqual(first.cable.sent);
    expect(second.card.save()).toEqual(first.card.save());
  });
});
