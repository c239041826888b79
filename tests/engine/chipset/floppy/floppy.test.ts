import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { FloppyBoard, image } from './board';

const READ = 0xe6;
const WRITE = 0xc5;

describe('82077AA: reset and commands without data', () => {
  it('interrupts after a reset, and answers for four drives', () => {
    const board = new FloppyBoard();
    board.out(0x3f2, 0x18);
    expect([board.in(0x3f4), board.line]).toEqual([0, false]);
    board.out(0x3f2, 0x1c);
    expect([board.in(0x3f4), board.line]).toEqual([0x80, true]);
    expect([0, 1, 2, 3].map(() => board.command(0x08))).toEqual([
      [0xc0, 0],
      [0xc1, 0],
      [0xc2, 0],
      [0xc3, 0],
    ]);
    expect([board.line, board.command(0x08)]).toEqual([false, [0x80]]);
  });

  it('keeps interrupts behind the gate of DOR', () => {
    const board = new FloppyBoard();
    board.out(0x3f2, 0x14);
    board.command(0x07, 0);
    expect(board.line).toBe(false);
    board.out(0x3f2, 0x1c);
    expect(board.line).toBe(true);
  });

  it('resets itself by DSR, which needs no second write', () => {
    const board = new FloppyBoard();
    board.out(0x3f4, 0x80);
    expect([board.line, board.command(0x08)]).toEqual([true, [0xc0, 0]]);
  });

  it('says what it is, and what it is not', () => {
    const board = new FloppyBoard();
    expect([board.command(0x10), board.command(0x18), board.command(0x11), board.command(0x09)]).toEqual([
      [0x90],
      [0x80],
      [0x80],
      [0x80],
    ]);
  });

  it('recalibrates the drive that is there and misses the other', () => {
    const board = new FloppyBoard();
    board.command(0x0f, 0, 40);
    expect([board.in(0x3f4) & 0x0f, board.command(0x08)]).toEqual([1, [0x20, 40]]);
    board.command(0x07, 0);
    expect([board.command(0x08), board.command(0x04, 0)]).toEqual([[0x20, 0], [0x38]]);
    board.command(0x07, 1);
    expect([board.command(0x08), board.command(0x04, 1)]).toEqual([[0x71, 0], [0x29]]);
  });

  it('needs two recalibrations from beyond cylinder 79', () => {
    const board = new FloppyBoard();
    board.command(0x0f, 0, 82);
    board.command(0x08);
    const once = (): number[] => {
      board.command(0x07, 0);
      return board.command(0x08);
    };
    expect([once(), once()]).toEqual([
      [0x70, 0],
      [0x20, 0],
    ]);
  });

  it('steps relatively, both ways', () => {
    const board = new FloppyBoard();
    board.command(0xcf, 0, 5);
    expect(board.command(0x08)).toEqual([0x20, 5]);
    board.command(0x8f, 0, 2);
    expect(board.command(0x08)).toEqual([0x20, 3]);
  });

  it('dumps what SPECIFY, CONFIGURE, LOCK and PERPENDICULAR have set, and keeps what LOCK protects', () => {
    const board = new FloppyBoard();
    board.command(0x13, 0, 0x5a, 7);
    board.command(0x12, 0x87);
    expect(board.command(0x94)).toEqual([0x10]);
    expect(board.command(0x0e)).toEqual([0, 0, 0, 0, 0xdf, 0x02, 0, 0x87, 0x5a, 7]);
    board.out(0x3f4, 0x80);
    expect(board.command(0x0e)).toEqual([0, 0, 0, 0, 0xdf, 0x02, 0, 0x84, 0x0a, 7]);
    expect(board.command(0x14)).toEqual([0]);
    board.out(0x3f4, 0x80);
    expect(board.command(0x0e).slice(7)).toEqual([0x04, 0x20, 0]);
  });

  it('has a change line that only a step with a diskette inside clears', () => {
    const board = new FloppyBoard(null);
    const step = (): number => {
      for (const cylinder of [1, 0]) {
        board.command(0x0f, 0, cylinder);
        board.command(0x08);
      }
      return board.in(0x3f7);
    };
    expect([board.in(0x3f7), step()]).toEqual([0xff, 0xff]);
    board.controller.setDisk(0, image());
    expect([board.in(0x3f7), step()]).toEqual([0xff, 0x7f]);
    board.controller.setDisk(0, image());
    expect(board.in(0x3f7)).toBe(0xff);
    board.out(0x3f2, 0x0c); // motor off: the drive does not answer
    expect(board.in(0x3f7)).toBe(0x7f);
  });
});

describe('82077AA: data by DMA', () => {
  it('reads both sides of a cylinder in one command, and ends where the DMA count does', () => {
    const board = new FloppyBoard();
    board.program(0x46, 0x1_2000, 36 * 512);
    board.command(0x0f, 0, 3);
    board.command(0x08);
    expect(board.access({ command: READ, c: 3 })).toEqual([0x04, 0, 0, 4, 0, 1, 2]);
    expect(board.memory.read(0x1_2000, 36 * 512)).toEqual(board.disk?.read(3 * 36, 36));
    expect([board.in(0x08) & 0x0f, board.in(0x0f)]).toEqual([4, 0xff]); // terminal count, and the channel is masked again
  });

  it('writes what memory holds and fills the last sector with zeros', () => {
    const board = new FloppyBoard();
    const bytes = new Random(9).bytes(700);
    board.memory.write(0x3000, bytes);
    board.program(0x4a, 0x3000, 700);
    expect(board.access({ command: WRITE, r: 17 })).toEqual([0, 0, 0, 0, 1, 1, 2]);
    const written = board.disk?.read(16, 2) ?? new Uint8Array(0);
    expect([written.slice(0, 700), written.slice(700).every((byte) => byte === 0)]).toEqual([bytes, true]);
  });

  it('asks for an interrupt at the end and takes it back with the first byte of the result', () => {
    const board = new FloppyBoard();
    board.program(0x46, 0x3000, 512);
    for (const byte of [READ, 0, 0, 0, 1, 2, 18, 0x1b, 0xff]) board.out(0x3f5, byte);
    expect([board.line, board.in(0x3f4)]).toEqual([true, 0xd0]);
    board.in(0x3f5);
    expect([board.line, board.result().length]).toEqual([false, 6]);
  });

  it('waits for a masked channel, and ends abnormally at the last sector without terminal count', () => {
    const board = new FloppyBoard();
    board.program(0x46, 0x3000, 4096);
    board.out(0x0a, 6);
    board.access({ command: 0x46, r: 17 });
    expect(board.in(0x3f4)).toBe(0x10);
    board.out(0x0a, 2);
    expect(board.result()).toEqual([0x40, 0x80, 0, 0, 0, 18, 2]);
    expect(board.memory.read(0x3000, 1024)).toEqual(board.disk?.read(16, 2));
  });

  it('gives the transfer up when nobody moves a byte for a turn', () => {
    const board = new FloppyBoard();
    board.out(0x0a, 6);
    board.access({ command: READ, r: 4 });
    board.pass(500);
    expect([board.line, board.result()]).toEqual([true, [0x40, 0x10, 0, 0, 0, 4, 2]]);
  });

  it('passes nothing while channel 4 is no cascade', () => {
    const board = new FloppyBoard();
    board.out(0xda, 0); // master clear masks it
    board.program(0x46, 0x3000, 512);
    board.access({ command: READ });
    expect(board.in(0x3f4)).toBe(0x10);
    board.out(0xd4, 0);
    expect(board.result()[0]).toBe(0);
  });

  it('says why a sector cannot be reached', () => {
    const board = new FloppyBoard();
    const read = (access: object): number[] => {
      board.program(0x46, 0x3000, 512);
      return board.access({ command: READ, ...access }).slice(0, 3);
    };
    expect(read({ r: 19 })).toEqual([0x40, 0x04, 0]);
    expect(read({ c: 2 })).toEqual([0x40, 0x04, 0x10]); // the heads stand elsewhere
    board.out(0x3f7, 2); // 250 kb/s on a diskette of 500
    expect(read({})).toEqual([0x40, 0x01, 0]);
    board.out(0x3f7, 0);
    board.controller.setDisk(0, null);
    expect(read({})).toEqual([0x40, 0x01, 0]);
    expect(board.command(0x4a, 0).slice(0, 3)).toEqual([0x40, 0x01, 0]);
  });

  it('refuses to write on a protected diskette, and says so in ST3', () => {
    const board = new FloppyBoard(image(2880, true));
    board.program(0x4a, 0x3000, 512);
    expect(board.access({ command: WRITE }).slice(0, 3)).toEqual([0x40, 0x02, 0]);
    expect(board.command(0x04, 0)).toEqual([0x78]);
    expect(board.disk?.read(0, 1)).toEqual(image().read(0, 1));
  });

  it('seeks by itself when CONFIGURE says so', () => {
    const board = new FloppyBoard();
    board.command(0x13, 0, 0x40, 0);
    board.program(0x46, 0x3000, 512);
    expect(board.access({ command: READ, c: 7, h: 1, r: 2 })[0]).toBe(0x24);
    expect(board.memory.read(0x3000, 512)).toEqual(board.disk?.read(7 * 36 + 18 + 1, 1));
  });

  it('formats a track with the fill byte, sector by sector', () => {
    const board = new FloppyBoard();
    const ids = Array.from({ length: 18 }, (_, i) => [0, 1, i + 1, 2]).flat();
    board.memory.write(0x3000, Uint8Array.from(ids));
    board.program(0x4a, 0x3000, ids.length);
    expect(board.command(0x4d, 4, 2, 18, 0x6c, 0xf6).slice(0, 3)).toEqual([0x04, 0, 0]);
    expect(board.disk?.read(18, 18).every((byte) => byte === 0xf6)).toBe(true);
    expect(board.disk?.read(0, 18)).toEqual(image().read(0, 18));
  });

  it('verifies without moving a byte', () => {
    const board = new FloppyBoard();
    expect(board.access({ command: 0xd6 })).toEqual([0x04, 0, 0, 1, 0, 1, 2]);
    expect(board.command(0xd6, 0x80, 0, 0, 3, 2, 18, 0x1b, 2)).toEqual([0, 0, 0, 0, 0, 5, 2]);
    expect(board.access({ command: 0x56, eot: 19 }).slice(0, 3)).toEqual([0x40, 0x04, 0]);
  });

  it.each([
    ['360 KB', 720, 2, 1],
    ['720 KB', 1440, 2, 2],
    ['1.2 MB', 2400, 0, 2],
    ['1.44 MB', 2880, 0, 2],
    ['1.68 MB', 3360, 0, 2],
    ['1.72 MB', 3680, 0, 2],
  ])('knows a %s image by its size', (_name, sectors, rate, heads) => {
    const board = new FloppyBoard(image(sectors));
    board.out(0x3f7, rate);
    board.command(0x0f, 0, 79);
    board.command(0x08);
    const last = sectors / 80 / heads;
    board.program(0x46, 0x3000, 512);
    const result = board.access({ command: READ, c: 79, h: heads - 1, r: last, eot: last });
    expect([(result[0] ?? 0) & 0xc0, board.memory.read(0x3000, 512)]).toEqual([0, board.disk?.read(sectors - 1, 1)]);
  });

  it('reads nothing of an image that has no size of a diskette', () => {
    const board = new FloppyBoard(image(1000));
    expect(board.access({ command: READ }).slice(0, 2)).toEqual([0x40, 0x01]);
  });
});

describe('82077AA: programmed I/O', () => {
  it('gives a track byte by byte and ends at its end', () => {
    const board = new FloppyBoard();
    board.command(0x03, 0xdf, 0x03);
    for (const byte of [0x46, 0, 0, 0, 18, 2, 18, 0x1b, 0xff]) board.out(0x3f5, byte);
    const bytes: number[] = [];
    while ((board.in(0x3f4) & 0xf0) === 0xf0) bytes.push(board.in(0x3f5));
    expect(Uint8Array.from(bytes)).toEqual(board.disk?.read(17, 1));
    expect(board.result()).toEqual([0x40, 0x80, 0, 0, 0, 18, 2]);
  });

  it('takes a sector byte by byte', () => {
    const board = new FloppyBoard();
    board.command(0x03, 0xdf, 0x03);
    for (const byte of [0x45, 0, 0, 0, 2, 2, 2, 0x1b, 0xff]) board.out(0x3f5, byte);
    for (let i = 0; i < 512; i++) {
      expect(board.in(0x3f4)).toBe(0xb0);
      board.out(0x3f5, i & 0xff);
    }
    expect(board.result().slice(0, 2)).toEqual([0x40, 0x80]);
    expect(board.disk?.read(1, 1)[0x1ff]).toBe(0xff);
  });
});

describe('82077AA: life', () => {
  it('goes on in the middle of a transfer after save and restore', () => {
    const [board, other] = [new FloppyBoard(), new FloppyBoard()];
    board.program(0x46, 0x3000, 512);
    board.out(0x0a, 6);
    board.access({ command: READ, r: 5 });
    const [state, dma] = [board.controller.save(), board.dma.save()];
    other.dma.restore(dma);
    other.controller.restore(state);
    expect([other.controller.save(), other.dma.save()]).toEqual([state, dma]);
    other.out(0x0a, 2);
    expect([other.result()[0], other.memory.read(0x3000, 512)]).toEqual([0, other.disk?.read(4, 1)]);
  });

  it('is new after the reset line, and its drive keeps its place', () => {
    const board = new FloppyBoard();
    board.command(0x0f, 0, 9);
    board.controller.reset();
    expect([board.line, board.in(0x3f2), board.drive.cylinder]).toEqual([false, 0, 9]);
    expect(board.controller.inspect()).toMatchObject({ phase: 'idle', rate: 2 });
  });

  it('bears whatever a guest writes, and answers a driver afterwards', () => {
    const random = new Random(77);
    const ports = [
      0x3f0, 0x3f1, 0x3f2, 0x3f3, 0x3f4, 0x3f5, 0x3f5, 0x3f5, 0x3f7, 0x00, 0x04, 0x05, 0x08, 0x0a, 0x0b, 0x0c, 0x0d,
      0x0f, 0x81, 0xd4, 0xd6, 0xda,
    ];
    const board = new FloppyBoard();
    for (let i = 0; i < 100_000; i++) {
      const port = ports[random.below(ports.length)] ?? 0x3f5;
      const size = ([1, 1, 1, 2, 4] as const)[random.below(5)] ?? 1;
      if (random.below(3) === 0) board.ports.read(port, size);
      else board.ports.write(port, size, random.below(256));
      if (random.below(50) === 0) board.pass(random.below(300));
    }
    board.out(0x0d, 0);
    for (const [port = 0, value = 0] of [
      [0xda, 0],
      [0xd6, 0xc0],
      [0xd4, 0],
      [0x3f2, 0],
      [0x3f2, 0x1c],
      [0x3f7, 0],
    ])
      board.out(port, value);
    for (let drive = 0; drive < 4; drive++) board.command(0x08);
    board.command(0x03, 0xdf, 0x02);
    for (let i = 0; i < 2; i++) {
      board.command(0x07, 0);
      board.command(0x08);
    }
    board.program(0x46, 0x3000, 512);
    expect(board.access({ command: READ })).toEqual([0, 0, 0, 0, 0, 2, 2]);
  });
});
