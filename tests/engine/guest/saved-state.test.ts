import { describe, expect, it } from 'vitest';
import { clonePlain } from '@engine/base/unit';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Board, type BoardOptions, installedDisk, MAC } from './board';
import { trainingDisc } from './iso';

function copyOf(disk: MemoryBlockStore): MemoryBlockStore {
  return new MemoryBlockStore({ sectorCount: disk.sectorCount, content: disk.read(0, disk.sectorCount) });
}

/** Values as text that two runs can be compared by. */
function asData(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    ArrayBuffer.isView(item) ? String(item) : typeof item === 'bigint' ? `${item}n` : item,
  );
}

/** A machine that has run `events` events since power-on. */
function after(events: number, options: BoardOptions): Board {
  const board = new Board(options);
  board.powerOn();
  for (let i = 0; i < events && board.engine.runNext(); i++);
  return board;
}

/** Goes on until nothing but background work is left, or until the guest asks for a reset. */
function finish(board: Board): { guest: unknown; screen: string; now: number; resets: number } {
  const end = 60e9;
  while (board.clock.now() < end && board.resets === 0 && board.engine.runNext());
  if (board.resets === 0) board.engine.advanceBy(end - board.clock.now());
  return { guest: board.guest.save(), screen: board.screen(), now: board.clock.now(), resets: board.resets };
}

/** Saves a machine after `events` events, restores it in a fresh one, and lets both run to the end. */
function compare(events: number, make: () => BoardOptions & { disk: MemoryBlockStore }): void {
  const options = make();
  const original = after(events, options);
  const saved = original.save();
  const copy = new Board({ ...make(), disk: copyOf(options.disk) });
  copy.restore(clonePlain(saved));
  const [theirs, ours] = [finish(copy), finish(original)];
  expect([theirs.screen, theirs.now, theirs.resets]).toEqual([ours.screen, ours.now, ours.resets]);
  expect(asData(theirs.guest) === asData(ours.guest)).toBe(true);
}

describe('a model guest is saved and restored', () => {
  const points = [0, 2, 5, 8, 10, 12, 15, 18, 20, 22, 24, 26, 28, 30, 35, 60];

  it.each(points)('Windows XP with its legacy adapter, after event %i', (events) => {
    compare(events, () => ({ disk: installedDisk('winxp-sp2', 16_384), mac: MAC, memoryMB: 128 }));
  });

  it.each([9, 14, 20, 24, 28, 34, 44])('Windows Server 2008 R2 on VMBus, after event %i', (events) => {
    compare(events, () => ({ disk: installedDisk('ws2008r2', 16_384), synthetic: MAC, memoryMB: 512 }));
  });

  it.each([6, 9, 12, 14, 16, 18])('setup of Debian 4, after event %i', (events) => {
    const medium = trainingDisc('debian4');
    compare(events, () => ({ disk: new MemoryBlockStore({ sectorCount: 16_384 }), disc: medium, memoryMB: 128 }));
  });

  it('and its saved state is plain data', () => {
    const board = after(40, { disk: installedDisk('ws2008r2', 16_384), synthetic: MAC, memoryMB: 512 });
    expect(asData(structuredClone(board.guest.save()))).toBe(asData(board.guest.save()));
  });
});
