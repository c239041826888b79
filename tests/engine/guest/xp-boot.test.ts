import { describe, expect, it } from 'vitest';
import { Board, installedDisk, TestPort } from './board';

const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x01, 0x02, 0x03]);

describe('a model Windows XP on the emulated board', () => {
  it('posts, lists PCI and reaches its desktop', () => {
    const board = new Board({ disk: installedDisk('winxp-sp2'), mac: MAC, port: new TestPort() });
    board.powerOn();
    board.run(2);
    console.log(board.screen());
    const up = board.until(() => board.guest.screen()?.kind === 'desktop');
    console.log(JSON.stringify(board.guest.inspect(), null, 1), board.engine.now() / 1e9);
    console.log(JSON.stringify(board.guest.screen(), null, 1));
    expect(up).toBe(true);
  });
});
