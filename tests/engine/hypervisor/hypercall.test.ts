import { beforeEach, describe, expect, it } from 'vitest';
import { writeU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import { HvStatus } from '@engine/hypervisor/hypercall';
import { TraceKind } from '@engine/trace/kinds';
import { enlighten, PartitionRig, profileOf } from './rig';

describe('hypercalls of a child', () => {
  let rig: PartitionRig;
  let messages: [number, number[]][];
  let events: number[];

  beforeEach(() => {
    rig = new PartitionRig();
    enlighten(rig.vp());
    messages = [];
    events = [];
    rig.partition.connections.connectMessage(1, {
      message: (type, payload) => (messages.push([type, [...payload]]), HvStatus.Success),
    });
    rig.partition.connections.connectEvent(0x2001, { event: (flag) => events.push(flag) }, 16);
  });

  const call = (control: bigint, input = 0n, output = 0n): number => Number(rig.vp().hypercall(control, input, output));

  function message(connection: number, type: number, size: number, at = 0x8000): bigint {
    const block = new Uint8Array(256).fill(0xee, 16);
    writeU32(block, 0, connection);
    writeU32(block, 8, type);
    writeU32(block, 12, size);
    rig.memory.write(at, block);
    return BigInt(at);
  }

  it('posts a message to the connection that it names', () => {
    expect(call(0x5cn, message(1, 1, 3))).toBe(HvStatus.Success);
    expect(messages).toEqual([[1, [0xee, 0xee, 0xee]]]);
    expect(call(0x5cn, message(4, 1, 3))).toBe(HvStatus.InvalidConnectionId);
    expect(call(0x5cn, message(0x2001, 1, 3))).toBe(HvStatus.InvalidConnectionId); // an event connection
  });

  it('refuses a block that is misaligned, crosses a page, or is not RAM', () => {
    expect(call(0x5cn, message(1, 1, 3, 0x8004))).toBe(HvStatus.InvalidAlignment);
    expect(call(0x5cn, message(1, 1, 3, 0x8f08))).toBe(HvStatus.InvalidAlignment);
    expect(call(0x5cn, 1n << 40n)).toBe(HvStatus.InvalidAlignment);
    expect(call(0x5cn, (1n << 63n) + 8n)).toBe(HvStatus.InvalidAlignment);
    expect(messages).toEqual([]);
  });

  it('refuses bad types and sizes, and the fast form', () => {
    expect(call(0x5cn, message(1, 0, 3))).toBe(HvStatus.InvalidParameter);
    expect(call(0x5cn, message(1, 0x8000_0001, 3))).toBe(HvStatus.InvalidParameter);
    expect(call(0x5cn, message(1, 1, 241))).toBe(HvStatus.InvalidParameter);
    expect(call(0x1_005cn, message(1, 1, 3))).toBe(HvStatus.InvalidHypercallInput);
  });

  it('signals events, fast and from memory', () => {
    expect(call(0x1_005dn, 0x0007_0000_2001n)).toBe(HvStatus.Success);
    rig.memory.writeU32(0x8000, 0x2001);
    rig.memory.writeU32(0x8004, 9);
    expect(call(0x5dn, 0x8000n)).toBe(HvStatus.Success);
    expect(events).toEqual([7, 9]);
    expect(call(0x1_005dn, 1n)).toBe(HvStatus.InvalidConnectionId);
    rig.partition.connections.disconnect(0x2001);
    expect(call(0x1_005dn, 0x2001n)).toBe(HvStatus.InvalidConnectionId);
  });

  it('tells calls that do not exist from calls that are not for children', () => {
    expect(call(0x0000n)).toBe(HvStatus.InvalidHypercallCode);
    expect(call(0x7777n)).toBe(HvStatus.InvalidHypercallCode);
    expect(call(0x0040n)).toBe(HvStatus.AccessDenied); // create partition
    expect(call(0x0095n)).toBe(HvStatus.AccessDenied); // create port
    expect(call(0x5dn | (1n << 27n))).toBe(HvStatus.InvalidHypercallInput);
  });

  it('completes flushes and long spin waits, with the reps done', () => {
    expect(call(0x2n, 0x8000n)).toBe(0);
    expect(call(0x8n)).toBe(0);
    expect(rig.vp().hypercall(0x3n | (5n << 32n), 0x8000n, 0n)).toBe(5n << 32n);
  });

  it('refuses a flag that the port does not have, and reserved fields that are not zero', () => {
    expect(call(0x1_005dn, 0x0010_0000_2001n)).toBe(HvStatus.InvalidParameter); // the port has flags 0 to 15
    expect(call(0x1_005dn, 0x0001_0003_0000_2001n)).toBe(HvStatus.InvalidParameter);
    message(1, 1, 3);
    rig.memory.writeU32(0x8004, 1);
    expect(call(0x5cn, 0x8000n)).toBe(HvStatus.InvalidParameter);
    expect(call(0x5cn, message(0x0100_0001, 1, 3))).toBe(HvStatus.InvalidConnectionId); // ids have 24 bits
    expect([messages, events]).toEqual([[], []]);
  });

  const reps = (count: bigint, start = 0n): bigint => (count << 32n) | (start << 48n);

  it.each([
    ['a simple call with a rep count', 0x5dn | reps(1n), HvStatus.InvalidHypercallInput],
    ['a simple call with a start index', 0x5dn | reps(0n, 1n), HvStatus.InvalidHypercallInput],
    ['a simple call with a variable header', 0x5dn | (1n << 17n), HvStatus.InvalidHypercallInput],
    ['a rep call without reps', 0x3n, HvStatus.InvalidHypercallInput],
    ['a rep call that begins at its end', 0x3n | reps(4n, 4n), HvStatus.InvalidHypercallInput],
    ['a rep call that goes on', 0x3n | reps(4n, 3n), HvStatus.Success],
    ['a rep call whose list goes beyond its page', 0x3n | reps(510n), HvStatus.InvalidAlignment],
    ['a list of as much as a page holds', 0x3n | reps(509n), HvStatus.Success],
    ['a call that does not fit two registers as a fast one', 0x1_0002n, HvStatus.InvalidHypercallInput],
    ['a fast call with output', 0x1_8001n, HvStatus.InvalidHypercallInput],
    ['a reserved bit', 0x5dn | (1n << 60n), HvStatus.InvalidHypercallInput],
  ])('checks %s', (_name, control, status) => {
    rig.memory.fill(0x8000, 4096, 0);
    rig.memory.writeU32(0x8000, 0x2001);
    expect(call(control, 0x8000n, 0xa000n) % 0x1_0000).toBe(status);
  });

  it('reports the reps done only where they were done', () => {
    rig.memory.fill(0x8000, 4096, 0);
    expect(rig.vp().hypercall(0x3n | reps(4n, 1n), 0x8000n, 0n)).toBe(4n << 32n);
    expect(rig.vp().hypercall(0x3n | reps(4n), 0x8004n, 0n)).toBe(BigInt(HvStatus.InvalidAlignment));
  });

  it('checks the output block, and leaves it alone when anything is wrong', () => {
    rig.memory.writeU32(0x8000, 0xffff_ffff);
    expect(call(0x8001n, 0n, 0x8004n)).toBe(HvStatus.InvalidAlignment);
    expect(call(0x8001n, 0n, 1n << 40n)).toBe(HvStatus.InvalidAlignment);
    expect(rig.memory.readU32(0x8000)).toBe(0xffff_ffff);
  });

  it('interrupts no VTL but the first', () => {
    expect(call(0x1_000bn, 0x0010_0000_0040n, 1n)).toBe(HvStatus.Success); // "use target VTL" 0
    expect(call(0x1_000bn, 0x0011_0000_0040n, 1n)).toBe(HvStatus.InvalidParameter);
    expect(call(0x1_000bn, 0x0100_0000_0040n, 1n)).toBe(HvStatus.InvalidParameter);
    expect(rig.vp().takeInterrupt()).toBe(0x40);
  });

  it('has the calls of its age only', () => {
    const old = new PartitionRig('ws2012');
    enlighten(old.vp());
    expect(Number(old.vp().hypercall(0x1_000bn, 0x40n, 1n))).toBe(HvStatus.InvalidHypercallCode);
    expect(Number(old.vp().hypercall(0x13n, 0x8000n, 0n))).toBe(HvStatus.InvalidHypercallCode);
  });

  it('answers the query for extended calls with none', () => {
    rig.memory.writeU32(0x8000, 0xffff_ffff);
    expect(call(0x8001n, 0n, 0x8000n)).toBe(HvStatus.Success);
    expect(rig.memory.readU32(0x8000)).toBe(0);
    const old = new PartitionRig('ws2008');
    enlighten(old.vp());
    expect(Number(old.vp().hypercall(0x8001n, 0n, 0x8000n))).toBe(HvStatus.AccessDenied);
  });

  it('needs the privileges', () => {
    const poor = new PartitionRig({ ...profileOf('ws2022'), privilegesHigh: 0 });
    enlighten(poor.vp());
    expect(Number(poor.vp().hypercall(0x5cn, 0x8000n, 0n))).toBe(HvStatus.AccessDenied);
    expect(Number(poor.vp().hypercall(0x1_005dn, 0x2001n, 0n))).toBe(HvStatus.AccessDenied);
  });

  it('sends interrupts to sparse sets of VPs, and refuses malformed sets', () => {
    const wide = new PartitionRig('ws2022', 70);
    enlighten(wide.vp());
    const words = [0x51n, 0n, 0b11n, 1n << 5n, 1n << 1n]; // vector, format sparse, banks 0 and 1, VP 5, VP 65
    words.forEach((word, i) => wide.memory.write(0x8000 + i * 8, new Uint8Array(new BigUint64Array([word]).buffer)));
    expect(Number(wide.vp().hypercall(0x15n | (2n << 17n), 0x8000n, 0n))).toBe(0);
    expect([wide.vp(5).takeInterrupt(), wide.vp(65).takeInterrupt(), wide.vp(6).takeInterrupt()]).toEqual([
      0x51,
      0x51,
      null,
    ]);
    expect(Number(wide.vp().hypercall(0x15n | (1n << 17n), 0x8000n, 0n))).toBe(HvStatus.InvalidHypercallInput);
    expect(Number(wide.vp().hypercall(0x1_000bn, 15n, 1n))).toBe(HvStatus.InvalidParameter);
  });

  it('records each call with its status', () => {
    call(0x1_005dn, 0x9999n);
    const [record] = rig.trace.recent(1);
    expect([record?.kind, record?.operands]).toEqual([
      TraceKind.Hypercall,
      [0x5d, 0x1_005d, HvStatus.InvalidConnectionId, 0],
    ]);
  });

  it('survives random control words and parameters', () => {
    const random = new Random(7);
    const word = (): bigint => (BigInt(random.next()) << 32n) | BigInt(random.next());
    const known = new Set<number>(Object.values(HvStatus));
    for (let i = 0; i < 20_000; i++) {
      const control = i % 2 === 0 ? word() : BigInt(random.below(0x100)) | (BigInt(random.below(2)) << 16n);
      const status = Number((rig.vp().hypercall(control, word() >> BigInt(random.below(64)), word()) ?? -1n) & 0xffffn);
      if (!known.has(status)) expect.fail(`status ${status} for ${control.toString(16)}`);
    }
    expect(rig.trace.countBelow(TraceKind.Hypercall, 'vm-1')).toBe(20_000);
  });
});
