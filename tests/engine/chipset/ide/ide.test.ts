import { describe, expect, it } from 'vitest';
import { readU16, readU32 } from '@engine/base/bytes';
import { BlockError } from '@engine/base/block-store';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { TraceKind } from '@engine/trace/kinds';
import { DISC_SECTORS, DISK_SECTORS, IdeBoard } from './board';

describe('ATA disk by programmed I/O', () => {
  it('identifies itself with size, model and modes', () => {
    const board = new IdeBoard();
    board.out(0x1f6, 0xa0);
    board.out(0x1f7, 0xec);
    expect(board.lines[0]).toBe(true);
    expect(board.in(0x1f7)).toBe(0x58);
    expect(board.lines[0]).toBe(false); // reading status acknowledges
    const data = board.words(256);
    expect(readU32(data, 120)).toBe(DISK_SECTORS);
    expect(readU32(data, 200)).toBe(DISK_SECTORS);
    expect(String.fromCharCode(...data.subarray(54, 64))).toBe('iVtrau lDH');
    expect(readU16(data, 2)).toBe(Math.floor(DISK_SECTORS / 1008));
    expect(board.in(0x1f7)).toBe(0x50);
  });

  it('reads sectors, one interrupt each, in 28 and 48 bits and by cylinder, head, sector', () => {
    const board = new IdeBoard();
    board.lba28(100, 3);
    board.out(0x1f7, 0x20);
    for (let i = 0; i < 3; i++) {
      expect(board.in(0x1f7) & 0x89).toBe(0x08);
      expect(board.words(256)).toEqual(board.disk.read(100 + i, 1));
    }
    expect(board.edges[0]).toBe(3);
    for (const value of [0, 1]) board.out(0x1f2, value);
    for (const port of [0x1f3, 0x1f4, 0x1f5]) board.out(port, 0);
    board.out(0x1f3, 77);
    board.out(0x1f4, 0);
    board.out(0x1f5, 0);
    board.out(0x1f6, 0x40);
    board.out(0x1f7, 0x24);
    expect(board.words(256)).toEqual(board.disk.read(77, 1));
    for (const [port, value] of [
      [0x1f2, 1],
      [0x1f3, 5],
      [0x1f4, 0],
      [0x1f5, 0],
      [0x1f6, 0xa2],
    ] as const)
      board.out(port, value);
    board.out(0x1f7, 0x20);
    expect(board.words(256)).toEqual(board.disk.read(2 * 63 + 4, 1));
  });

  it('writes sectors and blocks of READ and WRITE MULTIPLE', () => {
    const board = new IdeBoard();
    const data = new Random(9).bytes(512 * 10);
    board.lba28(500, 10);
    board.out(0x1f7, 0xc5);
    expect(board.in(0x1f7) & 1).toBe(1); // no block size set yet
    board.out(0x1f2, 4);
    board.out(0x1f7, 0xc6);
    board.lba28(500, 10);
    const before = board.edges[0] ?? 0;
    board.out(0x1f7, 0xc5);
    expect(board.edges[0]).toBe(before); // the first block is asked for without an interrupt
    for (const at of [0, 4, 8]) {
      board.send(data.subarray(at * 512, Math.min(10, at + 4) * 512));
      board.in(0x1f7);
    }
    expect((board.edges[0] ?? 0) - before).toBe(3);
    expect(board.disk.read(500, 10)).toEqual(data);
    board.lba28(500, 10);
    board.out(0x1f7, 0xc4);
    expect(board.words(2560)).toEqual(data);
    expect([board.in(0x1f7), board.in(0x1f2)]).toEqual([0x50, 0]);
  });

  it('answers what is not there with the architected errors', () => {
    const board = new IdeBoard();
    board.lba28(DISK_SECTORS - 1, 2);
    board.out(0x1f7, 0x20);
    expect([board.in(0x1f7) & 0x89, board.in(0x1f1)]).toEqual([0x01, 0x10]);
    board.out(0x1f7, 0xff);
    expect([board.in(0x1f7) & 0x89, board.in(0x1f1)]).toEqual([0x01, 0x04]);
    board.out(0x1f6, 0xf0); // no slave
    expect(board.in(0x1f7)).toBe(0);
    board.out(0x1f7, 0xec);
    expect(board.in(0x1f7)).toBe(0);
    board.out(0x1f6, 0xa0);
    board.disk.read = () => {
      throw new BlockError('media', 'scratched');
    };
    board.lba28(3, 1);
    board.out(0x1f7, 0x20);
    expect([board.in(0x1f7) & 0x89, board.in(0x1f1), board.in(0x1f3)]).toEqual([0x01, 0x40, 3]);
  });

  it('keeps quiet while nIEN is set, and resets with its signature', () => {
    const board = new IdeBoard();
    board.out(0x3f6, 0x02);
    board.lba28(0, 1);
    board.out(0x1f7, 0x20);
    expect(board.lines[0]).toBe(false);
    board.out(0x3f6, 0);
    expect(board.lines[0]).toBe(true);
    board.out(0x3f6, 0x04);
    expect(board.in(0x3f6)).toBe(0x80);
    board.out(0x3f6, 0);
    expect([
      board.in(0x1f7),
      board.in(0x1f1),
      board.in(0x1f2),
      board.in(0x1f3),
      board.in(0x1f4),
      board.in(0x1f5),
    ]).toEqual([0x50, 1, 1, 1, 0, 0]);
    expect([board.in(0x174), board.in(0x175)]).toEqual([0x14, 0xeb]);
  });

  it('does not answer at all while the controller decodes nothing', () => {
    const board = new IdeBoard();
    board.config(0x40, 0x8000);
    expect(board.in(0x1f7)).toBe(0x50);
    expect(board.in(0x177)).toBe(0xff);
    board.config(0x04, 4);
    expect(board.in(0x1f7)).toBe(0xff);
  });
});

describe('bus master', () => {
  it('moves sectors both ways over scattered regions and reports the end', () => {
    const board = new IdeBoard();
    board.lba28(40, 8);
    board.out(0x1f7, 0xc8);
    const status = board.busMaster(
      [
        [0x8000, 1024],
        [0x2_0000, 3072],
      ],
      true,
    );
    expect(status & 7).toBe(4);
    expect(board.lines[0]).toBe(true);
    expect(board.memory.read(0x8000, 1024)).toEqual(board.disk.read(40, 2));
    expect(board.memory.read(0x2_0000, 3072)).toEqual(board.disk.read(42, 6));
    board.lba28(700, 8);
    board.out(0x1f7, 0xca);
    expect(
      board.busMaster(
        [
          [0x8000, 1024],
          [0x2_0000, 3072],
        ],
        false,
      ) & 7,
    ).toBe(4);
    expect(board.disk.read(700, 8)).toEqual(board.disk.read(40, 8));
    expect(board.trace.count(TraceKind.DiskRead) + board.trace.count(TraceKind.DiskWrite)).toBe(2);
  });

  it('ends with an error where memory ends, where the table never ends, or is too short', () => {
    const board = new IdeBoard();
    const tries: [readonly (readonly [number, number])[], boolean, boolean][] = [
      [[[0xffff_0000, 4096]], true, true],
      [[[0x8000, 512]], false, true],
      [[[0x8000, 512]], true, true],
      [Array.from({ length: 3 }, () => [0x8000, 2] as const), true, false],
    ];
    for (const [regions, toMemory, end] of tries) {
      board.lba28(0, 8);
      board.out(0x1f7, toMemory ? 0xc8 : 0xca);
      if (!end) board.memory.fill(0x1000, 0x1_0000, 1);
      const status = board.busMaster(regions, toMemory, end);
      expect([status & 3, board.in(0x1f7) & 1]).toEqual([2, 1]);
      board.out(0xffa0, 0);
    }
  });

  it('may be started before the command, and then waits for it', () => {
    const board = new IdeBoard();
    expect(board.busMaster([[0x8000, 512]], true) & 7).toBe(1);
    const saved = board.ide.save();
    board.lba28(7, 1);
    board.out(0x1f7, 0xc8);
    expect(board.in(0xffa2) & 7).toBe(4);
    expect(board.memory.read(0x8000, 512)).toEqual(board.disk.read(7, 1));
    board.out(0xffa0, 0);
    board.ide.restore(saved); // a saved engine waits as well
    board.memory.fill(0x8000, 512, 0);
    board.lba28(8, 1);
    board.out(0x1f7, 0xc8);
    expect(board.memory.read(0x8000, 512)).toEqual(board.disk.read(8, 1));
    board.busMaster([[0x8000, 512]], true);
    board.out(0xffa0, 0); // stopped: nothing moves when the drive is ready
    board.memory.fill(0x8000, 512, 0);
    board.lba28(9, 1);
    board.out(0x1f7, 0xc8);
    expect(board.memory.read(0x8000, 512)).toEqual(new Uint8Array(512));
  });

  it('moves the data of a packet', () => {
    const board = new IdeBoard();
    board.memory.writeU32(0x1000, 0x8000);
    board.memory.writeU32(0x1004, 0x8000_0000 | 4096);
    board.ports.write(0xffac, 4, 0x1000);
    board.out(0xffa8, 8);
    board.out(0x171, 1);
    board.out(0x177, 0xa0);
    board.send(Uint8Array.from([0x28, 0, 0, 0, 0, 5, 0, 0, 2, 0, 0, 0]), 0x170);
    board.out(0xffa8, 9);
    expect(board.in(0xffaa) & 7).toBe(4);
    expect(board.memory.read(0x8000, 4096)).toEqual(board.disc.read(5, 2));
    expect([board.in(0x177), board.in(0x172)]).toEqual([0x50, 3]);
  });

  it('stays active when the table describes more than the transfer, and needs the bus master bit', () => {
    const board = new IdeBoard();
    board.lba28(0, 1);
    board.out(0x1f7, 0xc8);
    expect(board.busMaster([[0x8000, 4096]], true) & 7).toBe(5);
    board.out(0xffa0, 0);
    board.config(0x04, 1);
    board.lba28(0, 1);
    board.out(0x1f7, 0xc8);
    expect(board.busMaster([[0x8000, 512]], true) & 2).toBe(2);
  });
});

describe('CD drive', () => {
  it('shows its signature, refuses to be a disk, and identifies itself as packet device', () => {
    const board = new IdeBoard();
    board.out(0x176, 0xa0);
    board.out(0x177, 0xec);
    expect([board.in(0x177) & 1, board.in(0x174), board.in(0x175)]).toEqual([1, 0x14, 0xeb]);
    board.out(0x177, 0xa1);
    const data = board.words(256, 0x170);
    expect(readU16(data, 0)).toBe(0x85c0);
    expect(String.fromCharCode(...data.subarray(54, 64))).toBe('iVtrau lDC');
  });

  it('reads in parts no longer than the host takes, each with an interrupt', () => {
    const board = new IdeBoard();
    const before = board.edges[1] ?? 0;
    const { data, status, reason } = board.packet([0x28, 0, 0, 0, 0, 16, 0, 0, 3], 2048);
    expect(data).toEqual(board.disc.read(16, 3));
    expect([status & 1, reason]).toEqual([0, 3]);
    expect((board.edges[1] ?? 0) - before).toBe(4);
    expect(board.packet([0xa8, 0, 0, 0, 0, 1, 0, 0, 0, 1]).data).toEqual(board.disc.read(1, 1));
  });

  it('knows its capacity, table of contents, capabilities, and says no with sense', () => {
    const board = new IdeBoard();
    expect([...board.packet([0x25]).data]).toEqual([0, 0, 1, (DISC_SECTORS - 1) & 0xff, 0, 0, 8, 0]);
    expect([...board.packet([0x43, 0, 0, 0, 0, 0, 0, 0, 20]).data.slice(0, 12)]).toEqual([
      0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0,
    ]);
    expect(board.packet([0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 30]).data[8]).toBe(0x2a);
    expect(board.packet([0x28, 0, 0, 0, 1, 40, 0, 0, 9]).status & 1).toBe(1);
    expect(board.sense()).toEqual([5, 0x21, 0]);
    board.packet([0xc7]);
    expect(board.sense()).toEqual([5, 0x20, 0]);
    expect(board.sense()).toEqual([0, 0, 0]); // reported once
  });

  it('tells of a changed disc, of none, and lets nobody take a locked one', () => {
    const board = new IdeBoard();
    board.packet([0x1e, 0, 0, 0, 1]);
    board.packet([0x1b, 0, 0, 0, 2]);
    expect([board.sense(), board.ejected]).toEqual([[5, 0x53, 2], 0]);
    board.packet([0x1e]);
    board.packet([0x1b, 0, 0, 0, 2]);
    expect(board.ejected).toBe(1);
    board.packet([0x00]);
    expect(board.sense()).toEqual([2, 0x3a, 0]);
    board.cd.setDisc(new MemoryBlockStore({ sectorCount: 20, sectorSize: 2048 }));
    expect([...board.packet([0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8]).data]).toEqual([0, 6, 4, 0x10, 2, 2, 0, 0]);
    expect(board.packet([0x00]).status & 1).toBe(1);
    expect(board.sense()).toEqual([6, 0x28, 0]);
    expect(board.packet([0x00]).status & 1).toBe(0);
    expect(board.packet([0x25]).data[3]).toBe(19);
  });
});

describe('state and hostile hosts', () => {
  it('continues a transfer from saved state', () => {
    const board = new IdeBoard();
    board.lba28(10, 2);
    board.out(0x1f7, 0x20);
    const start = board.words(100);
    const other = new IdeBoard();
    other.ide.restore(board.ide.save());
    other.ata.restore(board.ata.save());
    other.cd.restore(board.cd.save());
    expect(other.words(156)).toEqual(board.disk.read(10, 1).slice(start.length));
    expect(other.words(256)).toEqual(board.disk.read(11, 1));
  });

  it('never throws and never leaves its disk whatever is written', () => {
    const random = new Random(0xfade);
    const board = new IdeBoard();
    const ports = [
      ...Array.from({ length: 8 }, (_, i) => 0x1f0 + i),
      ...Array.from({ length: 8 }, (_, i) => 0x170 + i),
      0x3f6,
      0x376,
      ...Array.from({ length: 16 }, (_, i) => 0xffa0 + i),
    ];
    for (let i = 0; i < 60_000; i++) {
      const port = ports[random.below(ports.length)] ?? 0;
      const size = ([1, 2, 4] as const)[random.below(3)] ?? 1;
      if (random.below(3) === 0) board.ports.read(port, size);
      else board.ports.write(port, size, random.below(2) === 0 ? random.next() : random.below(256));
    }
    for (const port of [0x3f6, 0x376]) for (const value of [4, 0]) board.out(port, value);
    board.lba28(0, 1);
    board.out(0x1f7, 0x20);
    expect(board.words(256)).toEqual(board.disk.read(0, 1));
  });
});
