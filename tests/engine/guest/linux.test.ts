import { describe, expect, it } from 'vitest';
import { Board, installedDisk, TestPort } from './board';

const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x01, 0x02, 0x03]);

describe('a model Debian', () => {
  it.each(['debian4', 'debian12'])('%s boots on its text console', (id) => {
    const board = new Board({ disk: installedDisk(id), mac: MAC, port: new TestPort() });
    board.powerOn();
    board.until(() => board.screen().includes('GNU GRUB'));
    expect(board.until(() => board.screen().includes('automatic login'))).toBe(true);
    console.log(board.screen(), board.engine.now() / 1e9);
    board.type('clear\nlspci -nn\nlsmod\ncat /proc/interrupts\n');
    console.log(board.screen());
    board.type('clear\nlspci -k\nip a\nlsvmbus\n');
    console.log(board.screen());
    board.type('clear\ndmesg\n');
    console.log(board.screen());
  });
});
