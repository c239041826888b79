import { beforeEach, describe, expect, it } from 'vitest';
import { HvStatus } from '@engine/hypervisor/hypercall';
import { enlighten, PartitionRig, profileOf } from './rig';

const SLOT = 0x2000 + 2 * 256;
const FLAGS = 0x3000 + 2 * 256;

describe('SynIC messages', () => {
  let rig: PartitionRig;
  beforeEach(() => {
    rig = new PartitionRig();
    enlighten(rig.vp());
  });

  const post = (byte: number, port = 1): HvStatus => rig.partition.postMessage(port, 0, 2, 1, new Uint8Array([byte]));
  const slot = (): { type: number; size: number; pending: number; port: number; first: number } => ({
    type: rig.memory.readU32(SLOT),
    size: rig.memory.readU8(SLOT + 4),
    pending: rig.memory.readU8(SLOT + 5),
    port: rig.memory.readU32(SLOT + 8),
    first: rig.memory.readU8(SLOT + 16),
  });

  it('puts a message into the slot and raises the vector', () => {
    post(0xaa);
    expect(slot()).toEqual({ type: 1, size: 1, pending: 0, port: 1, first: 0xaa });
    expect(rig.vp().takeInterrupt()).toBe(0xf3);
  });

  it('marks a busy slot and delivers the next on end of message', () => {
    post(1);
    post(2);
    post(3);
    expect(slot()).toMatchObject({ first: 1, pending: 1 });
    rig.memory.writeU32(SLOT, 0);
    expect(slot().type).toBe(0); // nothing by itself
    rig.vp().writeMsr(0x4000_0084, 0n);
    expect(slot()).toMatchObject({ first: 2, pending: 1 });
    rig.memory.writeU32(SLOT, 0);
    rig.vp().writeMsr(0x4000_0084, 0n);
    expect(slot()).toMatchObject({ first: 3, pending: 0 });
  });

  it('also tries again on APIC EOI and when another message is queued', () => {
    post(1);
    post(2);
    expect(rig.vp().takeInterrupt()).toBe(0xf3);
    rig.memory.writeU32(SLOT, 0);
    rig.vp().endOfInterrupt();
    expect(slot()).toMatchObject({ type: 1, first: 2 });
    rig.memory.writeU32(SLOT, 0);
    post(3);
    expect(slot()).toMatchObject({ type: 1, first: 3 });
  });

  it('holds 16 messages a port, refuses the next, and tells when there is room', () => {
    let room = 0;
    rig.partition.onRoom(1, () => room++);
    post(0);
    for (let i = 1; i <= 16; i++) expect(post(i)).toBe(HvStatus.Success);
    expect(post(17)).toBe(HvStatus.InsufficientBuffers);
    expect(post(17, 5)).toBe(HvStatus.Success); // another port has its own buffers
    expect(room).toBe(1); // for the one that went straight into the slot
    rig.memory.writeU32(SLOT, 0);
    rig.vp().writeMsr(0x4000_0084, 0n);
    expect(room).toBe(2);
    expect(post(17)).toBe(HvStatus.Success);
  });

  it('waits while the source is masked, the page missing, or the controller off', () => {
    const cold = new PartitionRig();
    cold.partition.postMessage(1, 0, 2, 1, new Uint8Array([9]));
    expect(cold.memory.readU32(SLOT)).toBe(0);
    enlighten(cold.vp());
    expect(cold.memory.readU32(SLOT)).toBe(1);
    rig.vp().writeMsr(0x4000_0092, 0x1_00f3n);
    post(1);
    expect(slot().type).toBe(0);
    rig.vp().writeMsr(0x4000_0092, 0xf3n);
    expect(slot().type).toBe(1);
  });

  it('delivers without interrupt to a polled source, and ends by itself with AutoEOI', () => {
    rig.vp().writeMsr(0x4000_0092, 0x4_00f3n);
    post(1);
    expect([slot().type, rig.vp().takeInterrupt()]).toEqual([1, null]);
    const auto = new PartitionRig();
    enlighten(auto.vp(), 0x2_00f3n);
    auto.partition.signalEvent(0, 2, 1);
    expect(auto.vp().takeInterrupt()).toBe(0xf3);
    auto.partition.signalEvent(0, 2, 2);
    expect(auto.vp().takeInterrupt()).toBe(0xf3); // no EOI was needed in between
  });

  it('refuses vectors below 16 on an open source', () => {
    expect(rig.vp().writeMsr(0x4000_0093, 15n)).toBe(false);
    expect(rig.vp().writeMsr(0x4000_0093, 0x1_000fn)).toBe(true);
    expect(rig.vp().readMsr(0x4000_0093)).toBe(0x1_000fn);
    expect(rig.vp().readMsr(0x4000_0094)).toBe(0x1_0000n);
  });

  it('moves its pages and gives back what lay below', () => {
    rig.memory.writeU32(0x6000, 0xdead_beef);
    rig.vp().writeMsr(0x4000_0083, 0x6001n);
    expect(rig.memory.readU32(0x6000)).toBe(0);
    rig.vp().writeMsr(0x4000_0083, 0n);
    expect(rig.memory.readU32(0x6000)).toBe(0xdead_beef);
    expect(rig.vp().writeMsr(0x4000_0083, (1n << 50n) | 1n)).toBe(true); // not RAM: no page, no fault
    expect(post(1)).toBe(HvStatus.Success);
    expect(rig.vp().takeInterrupt()).toBeNull();
  });

  it('delivers what waits into the page that it finds after a move', () => {
    post(1);
    post(2);
    rig.vp().writeMsr(0x4000_0083, 0x6001n); // enabled all the time
    const moved = 0x6000 + 2 * 256;
    expect([rig.memory.readU32(moved), rig.memory.readU8(moved + 16)]).toEqual([1, 2]);
    rig.vp().writeMsr(0x4000_0082, 0x7001n);
    rig.partition.signalEvent(0, 2, 9);
    expect([rig.memory.readU8(FLAGS + 1), rig.memory.readU8(0x7000 + 2 * 256 + 1)]).toEqual([0, 2]);
  });

  it('has no page where another overlay lies', () => {
    rig.vp().writeMsr(0x4000_0082, 0x2001n); // where the messages are
    expect(rig.partition.signalEvent(0, 2, 1)).toBe(false);
    rig.vp().writeMsr(0x4000_0083, 0n);
    rig.vp().writeMsr(0x4000_0082, 0x2001n);
    expect(rig.partition.signalEvent(0, 2, 1)).toBe(true);
  });

  it('sets flags of a masked source without an interrupt', () => {
    rig.vp().writeMsr(0x4000_0092, 0x1_00f3n);
    expect(rig.partition.signalEvent(0, 2, 1)).toBe(true);
    expect([rig.memory.readU8(FLAGS), rig.vp().takeInterrupt()]).toEqual([2, null]);
  });

  it('refuses what no guest has', () => {
    expect(rig.partition.postMessage(1, 7, 2, 1, new Uint8Array(1))).toBe(HvStatus.InvalidVpIndex);
    expect(rig.partition.postMessage(1, 0, 16, 1, new Uint8Array(1))).toBe(HvStatus.InvalidParameter);
    expect(rig.partition.postMessage(1, 0, 2, 1, new Uint8Array(241))).toBe(HvStatus.InvalidParameter);
    expect(rig.partition.signalEvent(0, 2, 2048)).toBe(false);
    expect(new PartitionRig().partition.signalEvent(0, 2, 1)).toBe(false);
  });

  it('is the same after save and restore, with messages in the queue', () => {
    for (let i = 0; i < 5; i++) post(i);
    const saved = { partition: rig.partition.save(), memory: rig.memory.save(), clock: rig.clock.save() };
    const other = new PartitionRig();
    other.clock.restore(saved.clock);
    other.memory.restore(saved.memory);
    other.partition.restore(saved.partition);
    expect(other.partition.save()).toEqual(saved.partition);
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      seen.push(other.memory.readU8(SLOT + 16));
      other.memory.writeU32(SLOT, 0);
      other.vp().writeMsr(0x4000_0084, 0n);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    expect(other.memory.readU32(SLOT)).toBe(0);
  });

  it('forgets everything at reset', () => {
    for (let i = 0; i < 5; i++) post(i);
    rig.partition.reset();
    expect(rig.vp().readMsr(0x4000_0083)).toBe(0n);
    expect(rig.vp().takeInterrupt()).toBeNull();
    expect(rig.memory.readU32(SLOT)).toBe(0);
    enlighten(rig.vp());
    expect(slot().type).toBe(0);
  });
});

describe('SynIC events', () => {
  it('interrupts only when a flag goes from 0 to 1', () => {
    const rig = new PartitionRig();
    enlighten(rig.vp());
    expect(rig.partition.signalEvent(0, 2, 77)).toBe(true);
    expect(rig.memory.readU8(FLAGS + 9)).toBe(1 << 5);
    expect(rig.vp().takeInterrupt()).toBe(0xf3);
    rig.vp().endOfInterrupt();
    rig.partition.signalEvent(0, 2, 77);
    expect(rig.vp().takeInterrupt()).toBeNull();
    rig.memory.writeU8(FLAGS + 9, 0);
    rig.partition.signalEvent(0, 2, 77);
    expect(rig.vp().takeInterrupt()).toBe(0xf3);
  });
});

describe('synthetic timers', () => {
  const TIMER_SLOT = 0x2000 + 4 * 256;

  function withTimers(): PartitionRig {
    const rig = new PartitionRig('ws2022');
    enlighten(rig.vp());
    rig.vp().writeMsr(0x4000_0094, 0x60n);
    return rig;
  }

  it('expires once, at the absolute time, by message', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 8n); // auto-enable, SINT 4
    rig.vp().writeMsr(0x4000_00b1, 50_000n); // 5 ms
    rig.clock.advanceTo(4_999_999);
    expect(rig.vp().takeInterrupt()).toBeNull();
    rig.clock.advanceTo(5_000_000);
    expect(rig.vp().takeInterrupt()).toBe(0x60);
    expect([rig.memory.readU32(TIMER_SLOT), rig.memory.readU32(TIMER_SLOT + 24)]).toEqual([0x8000_0010, 50_000]);
    expect((rig.vp().readMsr(0x4000_00b0) ?? 0n) & 1n).toBe(0n);
  });

  it('repeats, directly to a vector, until it is stopped', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b3, 10_000n); // 1 ms
    rig.vp().writeMsr(0x4000_00b2, 0x1000n | (0xedn << 4n) | 3n);
    let ticks = 0;
    rig.vp().onInterrupt(() => {
      while (rig.vp().takeInterrupt() === 0xed) ticks++;
      rig.vp().endOfInterrupt();
    });
    rig.clock.advanceTo(10_000_000);
    expect(ticks).toBe(10);
    rig.vp().writeMsr(0x4000_00b3, 0n);
    rig.clock.advanceTo(20_000_000);
    expect(ticks).toBe(10);
    expect(rig.clock.nextDue()).toBeNull();
  });

  it('has one message waiting at most, and stretches a period that would drown the host', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b1, 1n); // 100 ns
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 3n);
    rig.clock.advanceTo(1_000_000);
    expect(rig.trace.length).toBeLessThan(60);
    rig.memory.writeU32(TIMER_SLOT, 0);
    rig.vp().writeMsr(0x4000_0084, 0n);
    rig.memory.writeU32(TIMER_SLOT, 0);
    rig.vp().writeMsr(0x4000_0084, 0n);
    expect(rig.memory.readU32(TIMER_SLOT)).toBe(0);
  });

  it('cannot be enabled on SINT 0, nor directly where the host has no direct mode', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b0, 1n);
    expect(rig.vp().readMsr(0x4000_00b0)).toBe(0n);
    const old = new PartitionRig({ ...profileOf('ws2022'), features: 0 }).vp();
    old.writeMsr(0x4000_00b0, 0x1001n);
    expect(old.readMsr(0x4000_00b0)).toBe(0x1000n);
  });

  it('is not enabled by itself either where it would send to source 0', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b0, 8n); // auto-enable, SINT 0
    rig.vp().writeMsr(0x4000_00b1, 50_000n);
    expect([rig.vp().readMsr(0x4000_00b0), rig.clock.nextDue()]).toEqual([8n, null]);
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 8n);
    rig.vp().writeMsr(0x4000_00b1, 50_000n);
    expect(rig.vp().readMsr(0x4000_00b0)).toBe((4n << 16n) | 9n);
    rig.vp().writeMsr(0x4000_00b1, 0n);
    expect([rig.vp().readMsr(0x4000_00b0), rig.clock.nextDue()]).toEqual([(4n << 16n) | 8n, null]);
  });

  it('says when it expired and when its message was delivered', () => {
    const rig = withTimers();
    rig.memory.writeU32(TIMER_SLOT, 1); // the guest has not read the last one yet
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 8n);
    rig.vp().writeMsr(0x4000_00b1, 50_000n);
    rig.clock.advanceTo(7_000_000);
    expect(rig.memory.readU8(TIMER_SLOT + 5) & 1).toBe(1);
    rig.memory.writeU32(TIMER_SLOT, 0);
    rig.vp().writeMsr(0x4000_0084, 0n);
    expect([rig.memory.readU32(TIMER_SLOT + 24), rig.memory.readU32(TIMER_SLOT + 32)]).toEqual([50_000, 70_000]);
  });

  it('expires at once for a time that has passed, and lazily is no later', () => {
    const rig = withTimers();
    rig.clock.advanceTo(9_000_000);
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 8n | 4n);
    rig.vp().writeMsr(0x4000_00b1, 50_000n);
    rig.clock.advanceBy(0);
    expect(rig.vp().takeInterrupt()).toBe(0x60);
  });

  it('forgets its timers at a reset', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b2, (4n << 16n) | 8n);
    rig.vp().writeMsr(0x4000_00b3, 50_000n);
    rig.partition.reset();
    expect([rig.clock.nextDue(), rig.vp().readMsr(0x4000_00b2), rig.vp().readMsr(0x4000_00b3)]).toEqual([null, 0n, 0n]);
  });

  it('goes on after save and restore', () => {
    const rig = withTimers();
    rig.vp().writeMsr(0x4000_00b0, (4n << 16n) | 8n);
    rig.vp().writeMsr(0x4000_00b1, 50_000n);
    rig.clock.advanceTo(1_000_000);
    const other = new PartitionRig('ws2022');
    other.clock.restore(rig.clock.save());
    other.memory.restore(rig.memory.save());
    other.partition.restore(rig.partition.save());
    other.clock.advanceTo(5_000_000);
    expect(other.vp().takeInterrupt()).toBe(0x60);
  });
});
