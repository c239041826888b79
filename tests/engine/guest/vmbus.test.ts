import { describe, expect, it } from 'vitest';
import { clonePlain } from '@engine/base/unit';
import { TraceKind } from '@engine/trace/kinds';
import { Board, type BoardOptions, installedDisk, MAC } from './board';

function booted(system: string, options: BoardOptions): Board {
  const board = new Board({ disk: installedDisk(system), memoryMB: 512, ...options });
  board.powerOn();
  expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
  return board;
}

const names = (board: Board, category: string): string[] => board.devices(category).map(({ name }) => name);

describe('a Windows with Integration Services in the box', () => {
  it.each([
    ['ws2008r2', 'Virtual Machine Bus', 'Microsoft Virtual Machine Bus Network Adapter', 'Local Area Connection'],
    ['ws2022', 'Microsoft Hyper-V Virtual Machine Bus', 'Microsoft Hyper-V Network Adapter', 'Ethernet'],
  ])('%s lists bus and adapter by its own names', (system, bus, adapter, connection) => {
    const board = booted(system, { synthetic: MAC });
    expect(names(board, 'System devices')).toContain(bus);
    expect(names(board, 'Network adapters')).toEqual([adapter]);
    expect(board.desktop().connections).toMatchObject([
      { name: connection, macAddress: '00-15-5D-01-02-03', linkUp: true },
    ]);
    expect(board.devices('Other devices')).toEqual([]);
  });

  it('touches no port of a network card, and rings are signalled instead', () => {
    const board = booted('ws2008r2', { synthetic: MAC, lan: true });
    board.run(5);
    expect(board.desktop().connections).toMatchObject([{ dhcp: 'bound' }]);
    expect(board.trace.count(TraceKind.RingSignal)).toBeGreaterThan(5);
    const ports = board.trace
      .recent(4096)
      .filter(({ kind, operands }) => kind === TraceKind.PortRead && (operands[0] & 0xff00) === 0xec00);
    expect(ports).toEqual([]);
  });

  it('runs the emulated card by exact ids beside the synthetic one', () => {
    const board = booted('ws2008r2', { synthetic: MAC, mac: Uint8Array.from([0, 0x15, 0x5d, 9, 9, 9]) });
    expect(names(board, 'Network adapters')).toEqual([
      'Intel 21140-Based PCI Fast Ethernet Adapter (Emulated)',
      'Microsoft Virtual Machine Bus Network Adapter',
    ]);
    expect(
      board
        .desktop()
        .connections.map(({ name }) => name)
        .sort(),
    ).toEqual(['Local Area Connection', 'Local Area Connection 2']);
  });

  it('starts without network where the host offers nothing', () => {
    const board = booted('ws2008r2', { vmbus: false });
    expect(names(board, 'Network adapters')).toEqual([]);
    expect(board.devices('System devices').find(({ driver }) => driver === 'vmbus')).toMatchObject({ code: 10 });
    const silent = booted('ws2008r2', {});
    expect(names(silent, 'Network adapters')).toEqual([]);
    expect(silent.devices('System devices').find(({ driver }) => driver === 'vmbus')).toMatchObject({ code: 0 });
  });

  it('speaks the protocol of an older host', () => {
    const board = booted('ws2022', { synthetic: MAC, host: 'ws2012r2' });
    expect(board.desktop().connections).toMatchObject([{ linkUp: true }]);
  });

  it('has no protocol in common with a host of the first age, and says so', () => {
    const board = booted('ws2022', { synthetic: MAC, host: 'ws2008' });
    expect(names(board, 'Network adapters')).toEqual([]);
    expect(board.devices('System devices').find(({ driver }) => driver === 'vmbus')).toMatchObject({ code: 10 });
  });

  it('goes on with its network after it was saved', () => {
    const board = booted('ws2008r2', { synthetic: MAC, lan: true });
    board.run(5);
    const copy = new Board({ disk: installedDisk('ws2008r2'), memoryMB: 512, synthetic: MAC, lan: true });
    copy.restore(clonePlain(board.save()));
    copy.type('ping -n 2 192.168.1.1\n');
    copy.until(() => !copy.desktop().shell.busy, 20);
    expect(copy.desktop().shell.lines.join('\n')).toContain('Sent = 2, Received = 2');
  });
});
