import { describe, expect, it } from 'vitest';
import { COST } from '@engine/trace/cost';
import { TraceKind } from '@engine/trace/kinds';
import { enlighten, PartitionRig, profileOf } from './rig';

describe('crossings to the worker', () => {
  it('reads and writes ports through the board, with the value in the trace', () => {
    const rig = new PartitionRig();
    const written: number[][] = [];
    rig.ports.claim('probe', 0x300, 8, {
      portRead: (port, size) => port * 16 + size,
      portWrite: (...access) => written.push(access),
    });
    const vp = rig.vp();
    expect(vp.portRead(0x304, 2)).toBe(0x3042);
    vp.portWrite(0x301, 1, 0x1ff);
    expect(written).toEqual([[0x301, 1, 0xff]]);
    expect(vp.portRead(0x9999, 4)).toBe(0xffff_ffff);
    const [read, write] = rig.trace.recent(3);
    expect([read?.kind, read?.operands]).toEqual([TraceKind.PortRead, [0x304, 2, 0x3042, 0]]);
    expect([write?.kind, write?.operands]).toEqual([TraceKind.PortWrite, [0x301, 1, 0x1ff, 0]]);
    expect(vp.takeSpentTime()).toBe(3 * COST.exitWorker);
  });

  it('names the crossing as the cause of what it sets off', () => {
    const rig = new PartitionRig();
    const device = rig.trace.actor('vm-1/probe');
    rig.ports.claim('probe', 0x300, 1, {
      portRead: () => 0,
      portWrite: () => rig.trace.record(device, TraceKind.DmaRead, 1),
    });
    rig.vp().portWrite(0x300, 1, 1);
    rig.trace.record(device, TraceKind.DmaRead, 2);
    const [write, inside, outside] = rig.trace.recent(3);
    expect(inside?.cause).toBe(write?.number);
    expect(outside?.cause).toBe(0);
  });

  it('reaches RAM without crossing, a device with, and mapped device memory without', () => {
    const rig = new PartitionRig();
    const cells = new Map<number, number>();
    const device = {
      mmioRead: (offset: number) => cells.get(offset) ?? 7,
      mmioWrite: (offset: number, _size: number, value: number) => cells.set(offset, value),
    };
    rig.mmio.claim('registers', 0xf800_0000, 0x1000, device);
    rig.mmio.claim('vram', 0xf900_0000, 0x1000, device, { intercepts: false });
    const vp = rig.vp();
    vp.memoryWrite(0x5000, 4, 0x1234_5678);
    expect([vp.memoryRead(0x5000, 4), vp.memoryRead(0x5001, 2), vp.memoryRead(0x5003, 1)]).toEqual([
      0x1234_5678, 0x3456, 0x12,
    ]);
    vp.memoryWrite(0xf900_0010, 4, 5);
    expect(vp.memoryRead(0xf900_0010, 4)).toBe(5);
    expect(vp.takeSpentTime()).toBe(0);
    vp.memoryWrite(0xf800_0020, 4, 6);
    expect(vp.memoryRead(0xf800_0020, 4)).toBe(6);
    expect(rig.trace.countBelow(TraceKind.MmioRead, 'vm-1')).toBe(1);
    expect(vp.takeSpentTime()).toBe(2 * COST.exitWorker);
  });
});

describe('synthetic registers', () => {
  it('faults on what does not exist, is not allowed, or is read-only', () => {
    const old = new PartitionRig('ws2008').vp();
    expect(old.readMsr(0x4000_0021)).toBeNull(); // reference TSC came later
    expect(old.writeMsr(0x4000_0105, 1n << 63n)).toBe(false); // and crash registers
    const vp = new PartitionRig('ws2022').vp();
    expect(vp.readMsr(0x4000_0500)).toBeNull();
    expect(vp.readMsr(0x10)).toBeNull();
    expect(vp.writeMsr(0x4000_0020, 5n)).toBe(false);
    expect(vp.writeMsr(0x4000_0002, 5n)).toBe(false);
    expect(vp.readMsr(0x4000_0021)).toBe(0n);
  });

  it('counts reference time in units of 100 ns', () => {
    const rig = new PartitionRig();
    rig.clock.advanceTo(1_234_567);
    expect(rig.vp().readMsr(0x4000_0020)).toBe(12_345n);
    expect(rig.vp().readMsr(0x4000_0023)).toBe(200_000_000n);
  });

  it('gives a hypercall page only to a guest that has said who it is', () => {
    const rig = new PartitionRig();
    const vp = rig.vp();
    rig.memory.writeU8(0x1000, 0x55);
    vp.writeMsr(0x4000_0001, 0x1001n);
    expect(vp.readMsr(0x4000_0001)).toBe(0x1000n);
    expect(vp.hypercall(0x5dn, 0n, 0n)).toBeNull();
    vp.writeMsr(0x4000_0000, 0x1040a0000271dn);
    vp.writeMsr(0x4000_0001, 0x1001n);
    expect([...rig.memory.read(0x1000, 6)]).toEqual([0x0f, 0x01, 0xc1, 0xc3, 0xcc, 0xcc]);
    vp.writeMsr(0x4000_0000, 0n);
    expect(rig.memory.readU8(0x1000)).toBe(0x55); // what lay below the overlay is back
    expect(vp.hypercall(0x5dn, 0n, 0n)).toBeNull();
  });

  it('does not move a locked hypercall page', () => {
    const vp = new PartitionRig().vp();
    vp.writeMsr(0x4000_0000, 1n);
    expect(vp.writeMsr(0x4000_0001, 0x1003n)).toBe(true);
    expect(vp.writeMsr(0x4000_0001, 0x9001n)).toBe(false);
    expect(vp.readMsr(0x4000_0001)).toBe(0x1003n);
  });

  it('tells its owner of a reset and of a crash', () => {
    const rig = new PartitionRig();
    const heard: unknown[] = [];
    rig.partition.setListener({
      resetRequested: () => heard.push('reset'),
      crashed: ({ parameters, message }) => heard.push([parameters[0], String.fromCharCode(...message)]),
    });
    const vp = rig.vp();
    rig.memory.write(0x8000, new TextEncoder().encode('PAGE_FAULT'));
    [0x50n, 1n, 2n, 0x8000n, 10n].forEach((value, i) => vp.writeMsr(0x4000_0100 + i, value));
    vp.writeMsr(0x4000_0105, 3n << 62n);
    expect(heard).toEqual([[0x50n, 'PAGE_FAULT']]);
  });

  it('resets only where the host has that register', () => {
    const rig = new PartitionRig({ ...profileOf('ws2022'), privilegesLow: 0xff });
    let resets = 0;
    rig.partition.setListener({ resetRequested: () => resets++, crashed: () => undefined });
    expect(rig.vp().writeMsr(0x4000_0003, 1n)).toBe(true);
    expect(resets).toBe(1);
    expect(new PartitionRig('ws2022').vp().writeMsr(0x4000_0003, 1n)).toBe(false); // no host of today announces it
  });
});

describe('the local APIC of a VP', () => {
  it('delivers by priority and holds back what is not above the one in service', () => {
    const vp = new PartitionRig().vp();
    for (const vector of [0x31, 0x52, 0x5f, 0x30]) vp.requestInterrupt(vector);
    expect(vp.takeInterrupt()).toBe(0x5f);
    expect(vp.takeInterrupt()).toBeNull(); // 0x52 is of the same class
    vp.endOfInterrupt();
    expect([vp.takeInterrupt(), vp.interruptPending]).toEqual([0x52, false]);
    vp.endOfInterrupt();
    vp.writeMsr(0x4000_0072, 0x30n);
    expect(vp.takeInterrupt()).toBeNull();
    vp.writeMsr(0x4000_0072, 0n);
    expect(vp.takeInterrupt()).toBe(0x31);
    vp.writeMsr(0x4000_0070, 0n); // EOI through the register
    expect(vp.takeInterrupt()).toBe(0x30);
  });

  it('ignores illegal vectors, and an EOI with nothing in service', () => {
    const vp = new PartitionRig().vp();
    vp.requestInterrupt(15);
    vp.requestInterrupt(256);
    vp.endOfInterrupt();
    expect(vp.takeInterrupt()).toBeNull();
  });

  it('takes the board controller when nothing of its own is deliverable', () => {
    const rig = new PartitionRig();
    let line = false;
    let changed = (): void => undefined;
    rig.partition.connectExternalInterrupts({
      pending: () => line,
      acknowledge: () => ((line = false), 0x3b),
      onChange: (listener) => (changed = listener),
    });
    const vp = rig.vp();
    let woken = 0;
    const subscription = vp.onInterrupt(() => woken++);
    line = true;
    changed();
    expect(woken).toBe(1);
    vp.requestInterrupt(0xf3);
    expect([vp.takeInterrupt(), vp.takeInterrupt(), vp.takeInterrupt()]).toEqual([0xf3, 0x3b, null]);
    subscription.dispose();
    vp.requestInterrupt(0xf4);
    expect(woken).toBe(2);
  });

  it('wakes a halted guest, and at once when something is pending', () => {
    const vp = new PartitionRig().vp();
    let woken = 0;
    vp.onInterrupt(() => woken++);
    vp.halt();
    expect([woken, vp.halted]).toEqual([0, true]);
    vp.requestInterrupt(0x40);
    expect([woken, vp.halted]).toEqual([1, false]);
    vp.halt();
    expect(woken).toBe(2);
  });

  it('hands vectors to a processor that has its own APIC', () => {
    const rig = new PartitionRig();
    const requests: unknown[] = [];
    rig.partition.setInterruptSink(0, { request: (...request) => requests.push(request) });
    enlighten(rig.vp(), 0x2_00f3n);
    rig.partition.postMessage(1, 0, 2, 1, new Uint8Array(8));
    expect(requests).toEqual([[0xf3, true]]);
    expect(rig.vp().takeInterrupt()).toBeNull();
  });

  it('sends interrupts between VPs by ICR and by hypercall', () => {
    const rig = new PartitionRig('ws2022', 3);
    enlighten(rig.vp());
    rig.vp().writeMsr(0x4000_0071, (2n << 56n) | 0x41n);
    rig.vp().writeMsr(0x4000_0071, (3n << 18n) | 0x42n); // all but self
    expect(rig.vp().hypercall(0x1_000bn, 0x43n, 0b010n)).toBe(0n);
    expect(rig.vp(0).takeInterrupt()).toBeNull();
    const taken = (index: number): (number | null)[] =>
      [0, 0, 0].map(() => {
        const vector = rig.vp(index).takeInterrupt();
        rig.vp(index).endOfInterrupt();
        return vector;
      });
    expect(taken(1)).toEqual([0x43, 0x42, null]);
    expect(taken(2)).toEqual([0x42, 0x41, null]);
  });
});
