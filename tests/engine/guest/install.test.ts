import { describe, expect, it } from 'vitest';
import { BlockError, type BlockStore } from '@engine/base/block-store';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { OS_PROFILES } from '@engine/guest/os';
import { Board, installedDisk } from './board';
import { trainingDisc } from './iso';

/** Sectors in which two disks differ. */
function differences(a: BlockStore, b: BlockStore): number[] {
  const lbas = Array.from({ length: a.sectorCount }, (_, lba) => lba);
  return lbas.filter((lba) => {
    const other = b.read(lba, 1);
    return a.read(lba, 1).some((value, i) => value !== other[i]);
  });
}

function setup(disk: BlockStore | undefined, system = 'winxp-sp2', memoryMB = 512): Board {
  const board = new Board({ disk, disc: trainingDisc(system), memoryMB });
  board.powerOn();
  return board;
}

describe('installation from a training medium', () => {
  it.each(OS_PROFILES.map(({ id }) => id))('%s: the same sectors as on a ready-made disk', (id) => {
    const disk = new MemoryBlockStore({ sectorCount: 65_536 });
    const board = setup(disk, id);
    expect(board.until(() => board.resets > 0, 300)).toBe(true);
    expect(differences(disk, installedDisk(id))).toEqual([]);
  });

  it('shows text-mode setup with its progress', () => {
    const board = setup(new MemoryBlockStore({ sectorCount: 65_536 }));
    expect(board.shows("Setup is inspecting your computer's hardware configuration...", 10)).toBe(true);
    expect(board.shows('Setup is copying files...', 10)).toBe(true);
    const percents = new Set<string>();
    while (board.resets === 0 && board.engine.runNext()) percents.add(/ (\d+)%/.exec(board.screen())?.[1] ?? '');
    expect(percents.size).toBeGreaterThan(8);
    expect(board.screen()).toContain('Your computer will reboot in 5 seconds...');
  });

  it('shows the graphical installer of newer systems', () => {
    const board = setup(new MemoryBlockStore({ sectorCount: 65_536 }), 'ws2008r2');
    expect(board.until(() => board.guest.screen()?.kind === 'splash', 20)).toBe(true);
    board.run(4);
    expect(board.guest.screen()).toMatchObject({ theme: 'setup', title: 'Install Windows' });
    expect(JSON.stringify(board.guest.screen())).toMatch(/Expanding Windows files.*Copying: /);
  });

  it('restarts into the installed system', () => {
    const board = setup(new MemoryBlockStore({ sectorCount: 65_536 }));
    board.until(() => board.resets > 0, 300);
    board.restart();
    expect(board.shows('Press any key to boot from CD', 10)).toBe(true);
    expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
    expect(board.desktop().computerName).toBe('XP-LAB');
  });

  it('stops without a hard disk, and with too little memory or disk', () => {
    const noDisk = setup(undefined);
    expect(noDisk.shows('Setup did not find any hard disk drives installed in your computer.', 20)).toBe(true);
    const noMemory = setup(new MemoryBlockStore({ sectorCount: 65_536 }), 'winxp-sp2', 48);
    expect(noMemory.shows('This computer has 48 MB of memory. Setup needs 64 MB.', 20)).toBe(true);
    const small = setup(new MemoryBlockStore({ sectorCount: 8000 }));
    expect(small.shows('The disk is too small.', 20)).toBe(true);
    expect(small.guest.idle).toBe(true);
  });

  it('stops when the disk refuses a write', () => {
    class WornDisk extends MemoryBlockStore {
      override write(lba: number, data: Uint8Array): void {
        if (lba > 500) throw new BlockError('media', 'worn out');
        super.write(lba, data);
      }
    }
    const board = setup(new WornDisk({ sectorCount: 65_536 }));
    expect(board.shows('The disk cannot be written. Setup cannot continue.', 60)).toBe(true);
    expect([board.resets, board.guest.idle]).toEqual([0, true]);
  });

  it('stops when the disc cannot be read any more', () => {
    class ScratchedDisc extends MemoryBlockStore {
      override read(lba: number, count: number): Uint8Array {
        if (lba > 100) throw new BlockError('media', 'scratched');
        return super.read(lba, count);
      }
    }
    const whole = trainingDisc('winxp-sp2');
    const scratched = new ScratchedDisc({
      sectorCount: whole.sectorCount,
      sectorSize: 2048,
      content: whole.read(0, whole.sectorCount),
    });
    const board = new Board({ disk: new MemoryBlockStore({ sectorCount: 65_536 }), disc: scratched });
    board.powerOn();
    expect(board.shows('A disk or disc cannot be read or written. Setup cannot continue.', 60)).toBe(true);
  });
});
