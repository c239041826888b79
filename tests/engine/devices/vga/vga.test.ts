import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { DeviceMemory } from '@engine/bus/device-memory';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { Vga } from '@engine/devices/vga/vga';

// Mode 3 as every VGA BIOS sets it (IBM VGA manual, "Video modes"): 80 columns, 25 rows, 9x16 cells.
const CRTC = [
  0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96,
  0xb9, 0xa3, 0xff,
];

class Screen {
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly vga = new Vga({ name: 'vga', ports: this.ports, mmio: this.mmio, vram: new DeviceMemory(4 * 2 ** 20) });
  constructor() {
    new PciBus(this.ports);
    this.vga.attach(new PciBus(this.ports));
  }
  mode3(): this {
    const pair = (port: number, values: readonly number[]): void =>
      values.forEach((value, i) => this.ports.write(port, 2, (value << 8) | i));
    this.ports.write(0x3c2, 1, 0x67);
    pair(0x3c4, [3, 0, 3, 0, 2]);
    this.ports.write(0x3d4, 2, 0x0e11);
    pair(0x3d4, CRTC);
    pair(0x3ce, [0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff]);
    this.ports.read(0x3da, 1);
    for (const [register, value] of [
      [0x10, 0x0c],
      [0x12, 0x0f],
    ] as const) {
      this.ports.write(0x3c0, 1, register);
      this.ports.write(0x3c0, 1, value);
    }
    this.ports.write(0x3c0, 1, 0x20);
    return this;
  }
  text(row: number): string {
    const shot = this.vga.textSnapshot();
    if (!shot) return '';
    const cells = shot.cells.subarray(row * shot.columns * 2, (row + 1) * shot.columns * 2);
    return String.fromCharCode(...cells.filter((_, i) => i % 2 === 0))
      .replaceAll('\0', ' ')
      .trimEnd();
  }
  write(at: number, text: string): void {
    [...text].forEach((char, i) => this.mmio.write(0xb8000 + at * 2 + i * 2, 2, char.charCodeAt(0) | 0x1f00));
  }
}

describe('VGA text', () => {
  it('shows nothing before a mode is set, and what lies at B8000 afterwards', () => {
    const screen = new Screen();
    expect(screen.vga.textSnapshot()).toBeNull();
    screen.mode3().write(80 + 2, 'Hello');
    const shot = screen.vga.textSnapshot();
    expect([shot?.columns, shot?.rows]).toEqual([80, 25]);
    expect(screen.text(1)).toBe('  Hello');
    expect(shot?.cells[(80 + 2) * 2 + 1]).toBe(0x1f);
    expect(screen.mmio.read(0xb8000 + 82 * 2, 4)).toBe(0x1f65_1f48);
  });

  it('scrolls by the start address, and shows the cursor where the CRTC has it', () => {
    const screen = new Screen().mode3();
    screen.write(160, 'third row');
    const set = (register: number, value: number): void => screen.ports.write(0x3d4, 2, (value << 8) | register);
    set(0x0d, 160);
    expect(screen.text(0)).toBe('third row');
    set(0x0f, 165);
    expect(screen.vga.textSnapshot()?.cursor).toEqual({ column: 5, row: 0, visible: true });
    set(0x0a, 0x2d);
    expect(screen.vga.textSnapshot()?.cursor.visible).toBe(false);
  });

  it('answers only in the window that the graphics controller selects, and keeps CRTC 0-7 while protected', () => {
    const screen = new Screen().mode3();
    expect(screen.mmio.read(0xa0000, 1)).toBe(0xff);
    screen.ports.write(0x3ce, 2, 0x0406);
    expect(screen.mmio.read(0xb8000, 1)).toBe(0xff);
    screen.ports.write(0x3d4, 2, 0x1101);
    expect(screen.vga.textSnapshot()?.columns).toBe(80);
    screen.ports.write(0x3d4, 2, 0x0e11);
    screen.ports.write(0x3d4, 2, 0x2701);
    expect(screen.vga.textSnapshot()?.columns).toBe(40);
  });

  it('lets a wait for retrace end, and counts changes', () => {
    const screen = new Screen().mode3();
    const bits = Array.from({ length: 8 }, () => screen.ports.read(0x3da, 1) & 9);
    expect(new Set(bits).size).toBeGreaterThan(1);
    expect(bits).toContain(9);
    const { generation } = screen.vga;
    screen.write(0, 'x');
    expect(screen.vga.generation).toBeGreaterThan(generation);
  });
});

describe('aperture, state, hostile hosts', () => {
  it('is memory behind BAR0 while memory decoding is on', () => {
    const screen = new Screen();
    screen.vga.configWrite(0x10, 0xf800_0000, 0xffff_ffff);
    expect(screen.mmio.find(0xf800_0000)).toBeNull();
    screen.vga.configWrite(4, 2, 0xffff);
    screen.mmio.write(0xf800_1000, 4, 0x1234_5678);
    expect(screen.mmio.read(0xf800_1002, 2)).toBe(0x1234);
    expect(screen.mmio.read(0xf840_0000, 4)).toBe(0xffff_ffff);
    expect(screen.vga.configRead(0)).toBe(0x5353_1414);
  });

  it('shows the same after restore', () => {
    const screen = new Screen().mode3();
    screen.write(0, 'kept');
    const other = new Screen();
    other.vga.restore(screen.vga.save());
    expect(other.text(0)).toBe('kept');
    expect(Buffer.from(other.vga.save().planes).equals(Buffer.from(screen.vga.save().planes))).toBe(true);
  });

  it('never throws, whatever its registers hold', () => {
    const random = new Random(77);
    const screen = new Screen();
    for (let i = 0; i < 30_000; i++) {
      const size = ([1, 2, 4] as const)[random.below(3)] ?? 1;
      if (random.below(5) === 0) screen.mmio.write(0xa0000 + random.below(0x1fffd), size, random.next());
      else if (random.below(4) === 0) screen.ports.read(0x3b0 + random.below(0x30), size);
      else screen.ports.write(0x3b0 + random.below(0x30), size, random.next());
      if (i % 500 === 0) screen.vga.textSnapshot();
    }
    expect(screen.mode3().vga.textSnapshot()).not.toBeNull();
  });
});
