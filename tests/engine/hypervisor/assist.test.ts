import { beforeEach, describe, expect, it } from 'vitest';
import { TraceKind } from '@engine/trace/kinds';
import { versionsUpTo, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TestKernel } from '../vmbus/rig';
import { PartitionRig, profileOf } from './rig';

const ASSIST = 0x4000_0073;
const PAGE = 0x5000;

describe('the VP assist page', () => {
  let rig: PartitionRig;
  beforeEach(() => {
    rig = new PartitionRig('ws2022', 2);
    rig.vp().writeMsr(ASSIST, BigInt(PAGE | 1));
  });

  const word = (): number => rig.memory.readU32(PAGE);
  const guestEnds = (): void => rig.memory.writeU32(PAGE, 0); // instead of an end of interrupt

  it('is an overlay of its own for each VP, and only where the guest may use the APIC registers', () => {
    rig.memory.writeU32(0x6000, 7);
    expect(rig.vp(1).writeMsr(ASSIST, 0x6001n)).toBe(true);
    expect([rig.vp().readMsr(ASSIST), rig.vp(1).readMsr(ASSIST)]).toEqual([0x5001n, 0x6001n]);
    expect(rig.memory.readU32(0x6000)).toBe(0);
    rig.vp(1).writeMsr(ASSIST, 0n);
    expect(rig.memory.readU32(0x6000)).toBe(7);
    const poor = new PartitionRig({ ...profileOf('ws2022'), privilegesLow: 0x6f & ~0x10 });
    expect(poor.vp().writeMsr(ASSIST, 0x5001n)).toBe(false);
  });

  it('spares the guest the end of an interrupt when no other waits', () => {
    rig.vp().requestInterrupt(0x51);
    expect([rig.vp().takeInterrupt(), word()]).toEqual([0x51, 1]);
    guestEnds();
    rig.vp().requestInterrupt(0x31); // of a lower class than the one that was in service
    expect(rig.vp().takeInterrupt()).toBe(0x31);
    expect(rig.trace.countBelow(TraceKind.MsrWrite, 'vm-1')).toBe(1);
  });

  it('takes that back when another interrupt comes first: then the guest must tell', () => {
    rig.vp().requestInterrupt(0x51);
    rig.vp().takeInterrupt();
    rig.vp().requestInterrupt(0x31);
    expect([word(), rig.vp().takeInterrupt()]).toEqual([0, null]);
    rig.vp().writeMsr(0x4000_0070, 0n);
    expect(rig.vp().takeInterrupt()).toBe(0x31);
  });

  it('does not say so while others wait, for a vector that ends by itself, or without the page', () => {
    for (const vector of [0x51, 0x52]) rig.vp().requestInterrupt(vector);
    expect([rig.vp().takeInterrupt(), word()]).toEqual([0x52, 0]);
    rig.vp().endOfInterrupt();
    expect([rig.vp().takeInterrupt(), word()]).toEqual([0x51, 1]);
    rig.vp().endOfInterrupt(); // told all the same: the word is in order
    expect(word()).toBe(0);
    rig.vp().requestInterrupt(0x61, true);
    expect([rig.vp().takeInterrupt(), word()]).toEqual([0x61, 0]);
    rig.vp(1).requestInterrupt(0x41);
    expect([rig.vp(1).takeInterrupt(), word()]).toEqual([0x41, 0]);
  });

  it('lets what the guest was spared be owed again when the page moves', () => {
    rig.vp().requestInterrupt(0x51);
    rig.vp().takeInterrupt();
    rig.vp().writeMsr(ASSIST, 0n);
    rig.vp().requestInterrupt(0x31);
    expect(rig.vp().takeInterrupt()).toBeNull();
    rig.vp().endOfInterrupt();
    expect(rig.vp().takeInterrupt()).toBe(0x31);
  });

  it('ends what the guest has ended through the page before it moved', () => {
    rig.vp().requestInterrupt(0x51);
    rig.vp().takeInterrupt();
    guestEnds();
    rig.vp().writeMsr(ASSIST, 0n);
    rig.vp().requestInterrupt(0x31);
    expect(rig.vp().takeInterrupt()).toBe(0x31);
  });

  it('is the same after save and restore, and gone after a reset', () => {
    rig.vp().requestInterrupt(0x51);
    rig.vp().takeInterrupt();
    const other = new PartitionRig('ws2022', 2);
    other.memory.restore(rig.memory.save());
    other.partition.restore(rig.partition.save());
    expect(other.partition.save()).toEqual(rig.partition.save());
    other.memory.writeU32(PAGE, 0);
    other.vp().requestInterrupt(0x31);
    expect(other.vp().takeInterrupt()).toBe(0x31);
    other.partition.reset();
    expect([other.vp().readMsr(ASSIST), other.vp().assist.save().spared]).toEqual([0n, null]);
  });

  it('is used by a guest whose hypervisor recommends it: interrupts without an end', () => {
    const hints = 0x8 | 0x200; // APIC registers, no automatic end of interrupt
    const bus = new BusRig({ host: { ...profileOf('ws2022'), hints } });
    bus.server.add(new EchoDevice());
    const kernel = new TestKernel(bus, versionsUpTo(VmbusVersion.V5_3));
    kernel.client.connect();
    bus.clock.advanceBy(1_000_000);
    expect(kernel.heard).toEqual(['connected 50003', 'offer 1', 'delivered']);
    const pages = kernel.client.save().synic.pages;
    expect(pages?.assist).not.toBeNull();
    expect(bus.vp().exits('msrWrite')).toBeLessThan(12); // eight to set up, three for messages that waited
    kernel.client.unload();
    bus.clock.advanceBy(1_000_000);
    expect([kernel.pages.used, bus.vp().readMsr(ASSIST)]).toEqual([0, 0n]);
  });
});
