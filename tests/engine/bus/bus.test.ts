import { describe, expect, it } from 'vitest';
import { ConfigSpace } from '@engine/bus/config-space';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace, type AccessSize, type PortDevice } from '@engine/bus/port-space';
import { Random } from '@engine/base/random';

class Latch implements PortDevice {
  readonly log: string[] = [];
  value = 0x1122_3344;
  portRead(port: number, size: AccessSize): number {
    this.log.push(`r${port.toString(16)}/${size}`);
    return this.value;
  }
  portWrite(port: number, size: AccessSize, value: number): void {
    this.log.push(`w${port.toString(16)}/${size}=${value.toString(16)}`);
  }
}

describe('port space', () => {
  it('floats high where nobody answers and cuts values to the access', () => {
    const ports = new PortSpace();
    const latch = new Latch();
    ports.claim('latch', 0x80, 2, latch);
    expect([ports.read(0x70, 1), ports.read(0x70, 2), ports.read(0x70, 4)]).toEqual([0xff, 0xffff, 0xffff_ffff]);
    expect([ports.read(0x81, 1), ports.read(0x81, 2), ports.read(0x81, 4)]).toEqual([0x44, 0x3344, 0x1122_3344]);
    ports.write(0x80, 1, 0x1ff);
    expect(latch.log.at(-1)).toBe('w80/1=ff');
  });

  it('gives a shared port to who claimed first, and to the other when that moves away', () => {
    const ports = new PortSpace();
    const [first, second] = [new Latch(), new Latch()];
    second.value = 2;
    const region = ports.claim('first', 0x100, 8, first);
    ports.claim('second', 0x104, 8, second);
    expect(ports.read(0x104, 4)).toBe(0x1122_3344);
    region.move(0x200);
    expect(ports.read(0x104, 4)).toBe(2);
    expect(ports.read(0x200, 4)).toBe(0x1122_3344);
    region.move(null);
    expect(ports.read(0x200, 1)).toBe(0xff);
  });
});

function board(): { ports: PortSpace; bases: (number | null)[]; config: ConfigSpace } {
  const ports = new PortSpace();
  const bus = new PciBus(ports);
  const bases: (number | null)[] = [];
  const config = new ConfigSpace(
    {
      vendor: 0x1011,
      device: 0x0009,
      revision: 0x20,
      classCode: 0x020000,
      interruptPin: 1,
      subsystemVendor: 0x0a00,
      subsystem: 0x2114,
    },
    [
      { index: 0, kind: 'io', size: 128, onChange: (base) => bases.push(base) },
      { index: 1, kind: 'memory', size: 4096, onChange: () => undefined },
    ],
    [{ offset: 0x40, reset: 0x8000_0000, writable: 0xc000_0000 }],
  );
  bus.attach(
    { device: 10, fn: 0 },
    {
      name: 'card',
      configRead: (register) => config.read(register),
      configWrite: (register, value, mask) => config.write(register, value, mask),
    },
  );
  return { ports, bases, config };
}

const select = (ports: PortSpace, device: number, register: number, bus = 0): void => {
  ports.write(0xcf8, 4, (0x8000_0000 | (bus << 16) | (device << 11) | register) >>> 0);
};

describe('PCI configuration mechanism 1', () => {
  it('finds the function, in double words, words and bytes', () => {
    const { ports } = board();
    select(ports, 10, 0);
    expect(ports.read(0xcfc, 4)).toBe(0x0009_1011);
    expect(ports.read(0xcfe, 2)).toBe(0x0009);
    select(ports, 10, 8);
    expect(ports.read(0xcfc, 4)).toBe(0x0200_0020);
    expect(ports.read(0xcff, 1)).toBe(0x02);
  });

  it('answers all ones for absent functions, other buses, a disabled or narrow address', () => {
    const { ports } = board();
    select(ports, 11, 0);
    expect(ports.read(0xcfc, 4)).toBe(0xffff_ffff);
    select(ports, 10, 0, 1);
    expect(ports.read(0xcfc, 4)).toBe(0xffff_ffff);
    ports.write(0xcf8, 4, 10 << 11);
    expect(ports.read(0xcfc, 4)).toBe(0xffff_ffff);
    select(ports, 10, 0);
    ports.write(0xcf8, 1, 0x55);
    expect(ports.read(0xcf8, 1)).toBe(0xff);
    expect(ports.read(0xcf8, 4)).toBe((0x8000_0000 | (10 << 11)) >>> 0);
  });

  it('sizes BARs, decodes when the command register says so, and stops at once', () => {
    const { ports, bases } = board();
    select(ports, 10, 0x10);
    ports.write(0xcfc, 4, 0xffff_ffff);
    expect(ports.read(0xcfc, 4)).toBe(0xffff_ff81);
    ports.write(0xcfc, 4, 0xec00);
    expect(bases.at(-1) ?? null).toBeNull();
    select(ports, 10, 4);
    ports.write(0xcfc, 2, 5);
    expect(bases.at(-1)).toBe(0xec00);
    ports.write(0xcfc, 2, 4);
    expect(bases.at(-1)).toBeNull();
    select(ports, 10, 0x14);
    ports.write(0xcfc, 4, 0xffff_ffff);
    expect(ports.read(0xcfc, 4)).toBe(0xffff_f000);
  });

  it('lets no guest change identity, and masks device registers', () => {
    const { ports, config } = board();
    const random = new Random(11);
    for (let i = 0; i < 5000; i++) {
      select(ports, 10, random.below(64) * 4);
      ports.write(0xcfc + random.below(4), ([1, 2, 4] as const)[random.below(3)] ?? 1, random.next());
    }
    expect(config.read(0)).toBe(0x0009_1011);
    expect(config.read(0x2c)).toBe(0x2114_0a00);
    expect(config.read(0x40) & 0x3fff_ffff).toBe(0);
    expect(config.read(0x3c) >>> 8).toBe(1);
  });
});

describe('MMIO space', () => {
  it('finds the region first claimed and tells whether an access is an intercept', () => {
    const space = new MmioSpace();
    const device = { mmioRead: (offset: number) => offset, mmioWrite: () => undefined };
    space.claim('text', 0xb8000, 0x8000, device, { intercepts: false });
    const bar = space.claim('bar', null, 0x1000, device);
    expect(space.find(0xb8010)).toMatchObject({ offset: 0x10, intercepts: false });
    expect(space.read(0xf000_0000, 4)).toBe(0xffff_ffff);
    bar.move(0xf000_0000);
    expect(space.read(0xf000_0123, 2)).toBe(0x123);
    bar.dispose();
    expect(space.find(0xf000_0123)).toBeNull();
  });
});
