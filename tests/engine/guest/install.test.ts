import { describe, expect, it } from 'vitest';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Board, installedDisk } from './board';
import { trainingDisc } from './iso';

describe('installation from a training medium', () => {
  it('writes the same sectors that a ready-made disk has, and restarts', () => {
    const disk = new MemoryBlockStore({ sectorCount: 65536 });
    const board = new Board({ disk, disc: trainingDisc('winxp-sp2') });
    board.powerOn();
    const t0 = performance.now();
    board.until(() => board.screen().includes('copying'));
    board.run(1);
    console.log(board.screen());
    expect(board.until(() => board.resets > 0, 300)).toBe(true);
    console.log(board.screen(), board.engine.now() / 1e9, performance.now() - t0);
    const ready = installedDisk('winxp-sp2');
    const differing: number[] = [];
    for (let lba = 0; lba < disk.sectorCount; lba++) {
      const a = disk.read(lba, 1);
      const b = ready.read(lba, 1);
      if (a.some((value, i) => value !== b[i])) differing.push(lba);
    }
    console.log(differing);
    board.guest.start();
    board.until(() => board.screen().includes('Press any key'));
    expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
  });
});
