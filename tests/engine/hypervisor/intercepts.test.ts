import { describe, expect, it } from 'vitest';
import { COST } from '@engine/trace/cost';
import { TraceKind } from '@engine/trace/kinds';
import { enlighten, PartitionRig } from './rig';

/** One of each kind of exit. */
function leaveForEverything(rig: PartitionRig): void {
  const vp = rig.vp();
  enlighten(vp);
  rig.mmio.claim('device', 0xf800_0000, 0x1000, { mmioRead: () => 1, mmioWrite: () => undefined });
  vp.portRead(0x60, 1);
  vp.portWrite(0x80, 1, 0);
  vp.memoryRead(0xf800_0000, 4);
  vp.memoryWrite(0xf800_0000, 4, 1);
  vp.memoryRead(0xfe00_0000, 4);
  vp.memoryWrite(0xfe00_0000, 4, 1);
  vp.memoryRead(0x8000, 4);
  vp.cpuid(1);
  vp.readMsr(0x4000_0002);
  vp.hypercall(0x1_005dn, 0n, 0n);
  vp.halt();
  vp.requestInterrupt(0x51);
  vp.takeInterrupt();
  vp.requestInterrupt(0x41);
  vp.endOfInterrupt();
}

const ONCE = {
  portRead: 1,
  portWrite: 1,
  mmioRead: 1,
  mmioWrite: 1,
  unmappedRead: 1,
  unmappedWrite: 1,
  cpuid: 1,
  msrRead: 1,
  msrWrite: 6,
  hypercall: 1,
  halt: 1,
  interruptWindow: 1,
};

describe('accounts of a VP', () => {
  it('count each exit by its cause, and are there to be seen', () => {
    const rig = new PartitionRig('ws2022', 2);
    leaveForEverything(rig);
    expect(rig.vp().inspect()).toMatchObject({ exits: { total: 17, ...ONCE } });
    expect(rig.vp(1).inspect()).toMatchObject({ exits: { total: 0 } });
    expect([rig.vp().exits('portRead'), rig.vp(1).exits('portRead')]).toEqual([1, 0]);
  });

  it('charge what the table says', () => {
    const rig = new PartitionRig();
    leaveForEverything(rig);
    const toHypervisor = 1 + 1 + 6 + 1 + 1; // CPUID, MSRs, halt, window
    const charged = 6 * COST.exitWorker + toHypervisor * COST.exitHypervisor + COST.hypercall + COST.interrupt;
    expect(rig.vp().takeSpentTime()).toBe(charged);
  });

  it('agree with the trace', () => {
    const rig = new PartitionRig();
    leaveForEverything(rig);
    const traced = (kind: TraceKind): number => rig.trace.countBelow(kind, 'vm-1/vp-0');
    expect(traced(TraceKind.MmioRead)).toBe(2);
    expect(traced(TraceKind.MsrWrite)).toBe(rig.vp().exits('msrWrite'));
    expect([traced(TraceKind.Halt), traced(TraceKind.InterruptWindow)]).toEqual([1, 1]);
  });

  it('go on over resets, and come back with a saved state', () => {
    const rig = new PartitionRig();
    leaveForEverything(rig);
    rig.partition.reset();
    expect([rig.vp().exits('msrWrite'), rig.vp().takeSpentTime()]).toEqual([6, 0]);
    const other = new PartitionRig();
    other.partition.restore(rig.partition.save());
    expect(other.vp().inspect()).toMatchObject({ exits: ONCE });
    expect(other.partition.save()).toEqual(rig.partition.save());
  });
});
