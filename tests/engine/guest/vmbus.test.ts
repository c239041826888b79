import { describe, expect, it } from 'vitest';
import { Board, installedDisk } from './board';

const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x01, 0x02, 0x03]);

describe('a model guest on VMBus', () => {
  it('Windows Server 2008 R2 lists bus and synthetic adapter', () => {
    const board = new Board({ disk: installedDisk('ws2008r2'), synthetic: MAC, memoryMB: 512 });
    board.powerOn();
    expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
    console.log(board.desktop().connections, board.devices('Network adapters'), board.devices('Other devices'), board.devices('System devices').map(d=>d.name), board.engine.now()/1e9);
  });
  it('Debian 12', () => {
    const board = new Board({ disk: installedDisk('debian12'), synthetic: MAC, memoryMB: 512 });
    board.powerOn();
    expect(board.shows('automatic login')).toBe(true);
    board.type('clear\nlsvmbus\nip a\nlsmod\ncat /proc/interrupts\n');
    console.log(board.screen());
  });
});
