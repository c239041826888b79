import { describe, expect, it } from 'vitest';
import { bootSummary } from '@engine/guest/firmware/uefi-summary';
import { clonePlain } from '@engine/base/unit';
import { TraceKind } from '@engine/trace/kinds';
import { Board, type BoardOptions, MAC, TestPort } from './board';

function started(options: BoardOptions): Board {
  const board = new Board({ firmware: 'uefi', memoryMB: 512, ...options });
  board.powerOn();
  return board;
}

/** The lines of the boot summary. */
function summary(board: Board): string[] {
  const isShown = (): boolean => {
    const screen = board.guest.screen();
    return screen?.kind === 'splash' && screen.title === 'Virtual Machine Boot Summary';
  };
  expect(board.until(isShown, 120)).toBe(true);
  const screen = board.guest.screen();
  return screen?.kind === 'splash' ? screen.caption.split('\n') : [];
}

describe('the firmware of a Generation 2 machine', () => {
  it('finds nothing when nothing is offered, and touches no port on the way', () => {
    const board = started({});
    expect(board.guest.screen()).toMatchObject({ kind: 'splash', title: 'Hyper-V' });
    expect(summary(board)[0]).toBe('No boot devices were found.');
    expect(board.trace.count(TraceKind.PortRead) + board.trace.count(TraceKind.PortWrite)).toBe(0);
    expect(board.guest.idle).toBe(true);
  });

  it('says why the network adapter did not boot', () => {
    const unplugged = new TestPort();
    unplugged.linkUp = false;
    const status = (options: BoardOptions): string[] => summary(started(options)).slice(0, 2);
    expect(status({ synthetic: MAC, syntheticPort: unplugged })).toEqual([
      '1. Network Adapter (00155D010203)',
      '   The network media is disconnected.',
    ]);
    expect(status({ synthetic: MAC })).toEqual(['1. Network Adapter (00155D010203)', '   DHCP failed.']);
    expect(status({ synthetic: MAC, lan: true })).toEqual([
      '1. Network Adapter (00155D010203)',
      '   A boot image was not found.',
    ]);
  });

  it('goes on without a host that offers VMBus at all', () => {
    const board = started({ vmbus: false });
    expect(summary(board)[0]).toBe('No boot devices were found.');
  });

  it('continues from its saved state', () => {
    for (const events of [1, 5, 12, 20]) {
      const first = started({ synthetic: MAC });
      for (let i = 0; i < events; i++) first.engine.runNext();
      const second = new Board({ firmware: 'uefi', memoryMB: 512, synthetic: MAC });
      second.restore(clonePlain(first.save()));
      expect(summary(second)).toEqual(summary(first));
    }
  });

  it('shows four entries and says that there were more', () => {
    const entries = Array.from({ length: 6 }, (_, i) => ({ name: `Device ${i}`, status: 'no' }));
    expect(bootSummary(entries)).toHaveLength(4 * 2 + 1 + 2);
    expect(bootSummary(entries)[8]).toBe('Warning: Some Boot Device Events were lost or not displayed.');
  });
});
