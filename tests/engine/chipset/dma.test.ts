import { describe, expect, it } from 'vitest';
import { BusMaster } from '@engine/bus/bus-master';
import { PortSpace } from '@engine/bus/port-space';
import { IsaDma, type DmaDevice } from '@engine/chipset/dma/isa-dma';
import { EngineClock } from '@engine/clock/clock';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';

/** A device that gives 1, 2, 3 ... and keeps what it is given. */
class Source implements DmaDevice {
  next = 1;
  left = 0;
  wanted = 0;
  readonly taken: number[] = [];
  readonly ends: boolean[] = [];
  give(most: number): Uint8Array {
    const count = Math.min(most, this.left);
    this.left -= count;
    return Uint8Array.from({ length: count }, () => this.next++);
  }
  take(bytes: Uint8Array): void {
    this.taken.push(...bytes);
    this.wanted -= bytes.length;
  }
  moved(terminal: boolean): void {
    this.ends.push(terminal);
    if (terminal) this.left = this.wanted = 0;
  }
}

function made(channel = 2) {
  const ports = new PortSpace();
  const memory = new SparseMemory([{ start: 0, length: 1 << 20 }]);
  const trace = new Trace(new EngineClock());
  const bus = new BusMaster({ memory, trace, actor: trace.actor('dma'), enabled: () => true });
  const dma = new IsaDma({ name: 'dma', ports, dma: bus });
  const source = new Source();
  const line = dma.connect(channel, source);
  const out = (...pairs: readonly (readonly [number, number])[]): void =>
    pairs.forEach(([port, value]) => ports.write(port, 1, value));
  out([0xd6, 0xc0], [0xd4, 0]);
  return { ports, memory, dma, source, line, out };
}

describe('8237A', () => {
  it('writes addresses and counts by a flip-flop, and reads back where it is', () => {
    const { ports, out } = made();
    out([0x0c, 0], [0x04, 0x34], [0x04, 0x12], [0x05, 0xff], [0x05, 0x01], [0x0c, 0]);
    expect([0x04, 0x04, 0x05, 0x05].map((port) => ports.read(port, 1))).toEqual([0x34, 0x12, 0xff, 0x01]);
    ports.read(0x04, 1);
    out([0x0c, 0]);
    expect(ports.read(0x04, 1)).toBe(0x34);
  });

  it('moves to memory up to terminal count, and masks the channel', () => {
    const { ports, memory, source, line, out } = made();
    out([0x0b, 0x46], [0x04, 0], [0x04, 0x10], [0x81, 3], [0x05, 3], [0x05, 0], [0x0a, 2]);
    source.left = 10;
    line.setRequest(true);
    expect([...memory.read(0x3_1000, 6)]).toEqual([1, 2, 3, 4, 0, 0]);
    expect([source.ends, ports.read(0x08, 1), ports.read(0x08, 1)]).toEqual([[true], 0x44, 0x40]);
  });

  it('goes on by itself with autoinitialization, and down when told to', () => {
    const { memory, source, line, out } = made();
    out([0x0b, 0x56], [0x04, 0], [0x04, 0x10], [0x05, 3], [0x05, 0], [0x0a, 2]);
    source.left = 3;
    line.setRequest(true);
    source.left = 3;
    line.setRequest(true);
    expect([...memory.read(0x1000, 4)]).toEqual([1, 2, 3, 4]);
    out([0x0a, 6], [0x0b, 0x66], [0x0c, 0], [0x04, 3], [0x04, 0x20], [0x05, 3], [0x05, 0], [0x0a, 2]);
    source.next = 1;
    source.left = 4;
    line.setRequest(true);
    expect([...memory.read(0x2000, 4)]).toEqual([4, 3, 2, 1]);
  });

  it('wraps inside its 64 KB: the page does not count', () => {
    const { memory, source, line, out } = made();
    out([0x0b, 0x46], [0x04, 0xfe], [0x04, 0xff], [0x81, 2], [0x05, 3], [0x05, 0], [0x0a, 2]);
    source.left = 4;
    line.setRequest(true);
    expect([[...memory.read(0x2_fffe, 2)], [...memory.read(0x2_0000, 2)]]).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('moves from memory, and counts without moving in verify mode', () => {
    const { memory, source, line, out } = made();
    memory.write(0x1000, Uint8Array.of(9, 8, 7));
    out([0x0b, 0x4a], [0x04, 0], [0x04, 0x10], [0x05, 2], [0x05, 0], [0x0a, 2]);
    source.wanted = 5;
    line.setRequest(true);
    expect([source.taken, source.ends]).toEqual([[9, 8, 7], [true]]);
    out([0x0b, 0x42], [0x0c, 0], [0x04, 0], [0x04, 0x10], [0x05, 2], [0x05, 0], [0x0a, 2]);
    source.left = 3;
    line.setRequest(true);
    expect([[...memory.read(0x1000, 3)], source.ends]).toEqual([
      [9, 8, 7],
      [true, true],
    ]);
  });

  it('moves words on the second controller, with an even page', () => {
    const { memory, source, line, out } = made(5);
    out([0xd6, 0x45], [0xd8, 0], [0xc4, 0x00], [0xc4, 0x08], [0x8b, 0x05], [0xc6, 1], [0xc6, 0], [0xd4, 1]);
    source.left = 4;
    line.setRequest(true);
    expect([...memory.read(0x4_1000, 4)]).toEqual([1, 2, 3, 4]);
  });

  it('stands still while disabled, masked or behind a closed cascade, and is masked after master clear', () => {
    const { ports, source, line, out } = made();
    out([0x0b, 0x46], [0x05, 3], [0x05, 0]);
    source.left = 4;
    line.setRequest(true);
    out([0x08, 4], [0x0a, 2], [0xd4, 4], [0x08, 0]);
    expect([source.left, ports.read(0x08, 1)]).toEqual([4, 0x40]);
    out([0xd4, 0]);
    expect(source.left).toBe(0);
    out([0x0d, 0]);
    expect(ports.read(0x0f, 1)).toBe(0xff);
  });

  it('keeps all sixteen page registers, and answers wide accesses with nothing', () => {
    const { ports, dma } = made();
    for (let page = 0x80; page < 0x90; page++) ports.write(page, 1, page + 1);
    expect(Array.from({ length: 16 }, (_, i) => ports.read(0x80 + i, 1))).toEqual(
      Array.from({ length: 16 }, (_, i) => 0x81 + i),
    );
    expect([ports.read(0x80, 4), ports.read(0x00, 2)]).toEqual([0xffff_ffff, 0xffff]);
    const saved = dma.save();
    dma.reset();
    dma.restore(saved);
    expect(dma.save()).toEqual(saved);
  });
});
