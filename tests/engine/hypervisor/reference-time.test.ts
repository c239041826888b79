import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { DEFAULT_PROCESSOR } from '@engine/hypervisor/profile';
import { TraceKind } from '@engine/trace/kinds';
import { readReferenceTime } from '@engine/vmbus/client/reference-clock';
import { PartitionRig } from './rig';

const PAGE = 0x7000;
const REFERENCE_TSC = 0x4000_0021;
const COUNT = 0x4000_0020;

/** A rig whose processor counts so fast. */
function rigAt(tscFrequency: number, invariantTsc = true): PartitionRig {
  return new PartitionRig('ws2022', 1, 'vm-1', undefined, {
    ...DEFAULT_PROCESSOR,
    tscFrequency,
    invariantTsc,
  });
}

const place = (rig: PartitionRig): void => void rig.vp().writeMsr(REFERENCE_TSC, BigInt(PAGE | 1));
const sequence = (rig: PartitionRig): number => rig.memory.readU32(PAGE);
const both = (rig: PartitionRig): (bigint | null)[] => [readReferenceTime(rig.vp(), PAGE), rig.vp().readMsr(COUNT)];

describe('the reference TSC page', () => {
  it.each([1_000_000_000, 2_100_000_000, 2_400_012_345, 2_800_000_000, 3_999_999_937])(
    'agrees with the counter at every instant at %d Hz',
    (frequency) => {
      const rig = rigAt(frequency);
      place(rig);
      expect(sequence(rig)).not.toBe(0);
      const random = new Random(frequency);
      for (let i = 0; i < 2_000; i++) {
        const step = i % 3 === 0 ? random.below(2 ** 31) * 1_000 : random.below(400);
        rig.clock.advanceBy(step);
        const [page, counter] = both(rig);
        if (page !== counter)
          expect.fail(`${String(page)} at ${rig.clock.now()} ns, the counter says ${String(counter)}`);
      }
      expect(rig.clock.now()).toBeGreaterThan(7 * 24 * 3600 * 1e9); // after days too
    },
  );

  it('is read without leaving the guest, the counter is not', () => {
    const rig = rigAt(2_800_000_000);
    place(rig);
    rig.clock.advanceTo(5_000_000_000);
    const before = rig.trace.countBelow(TraceKind.MsrRead, 'vm-1');
    rig.vp().takeSpentTime();
    expect(readReferenceTime(rig.vp(), PAGE)).toBe(50_000_000n);
    expect([rig.trace.countBelow(TraceKind.MsrRead, 'vm-1') - before, rig.vp().takeSpentTime()]).toEqual([0, 0]);
    expect(readReferenceTime(rig.vp(), null)).toBe(50_000_000n);
    expect(rig.trace.countBelow(TraceKind.MsrRead, 'vm-1') - before).toBe(1);
  });

  it('says "not valid" on a processor whose counter goes its own ways, and guests ask the counter', () => {
    const rig = rigAt(2_800_000_000, false);
    place(rig);
    rig.clock.advanceTo(1_000_000);
    expect([sequence(rig), readReferenceTime(rig.vp(), PAGE)]).toEqual([0, 10_000n]);
  });

  it('moves with its register and gives back what lay below', () => {
    const rig = rigAt(2_800_000_000);
    rig.memory.writeU32(PAGE, 0xdead_beef);
    place(rig);
    rig.vp().writeMsr(REFERENCE_TSC, 0x8001n);
    expect([rig.memory.readU32(PAGE), rig.memory.readU32(0x8000)]).toEqual([0xdead_beef, 1]);
    rig.partition.reset();
    expect(rig.memory.readU32(0x8000)).toBe(0);
  });

  it('does not exist on hosts that had none', () => {
    expect(new PartitionRig('ws2008').vp().writeMsr(REFERENCE_TSC, 0x7001n)).toBe(false);
    expect(new PartitionRig('ws2008r2').vp().writeMsr(REFERENCE_TSC, 0x7001n)).toBe(true);
  });

  function moved(from: PartitionRig, to: PartitionRig): PartitionRig {
    to.clock.restore(from.clock.save());
    to.memory.restore(from.memory.save());
    to.partition.restore(from.partition.save());
    return to;
  }

  it('stays as it is over save and restore on the same processor', () => {
    const rig = rigAt(2_800_000_000);
    place(rig);
    rig.clock.advanceTo(123_456_789);
    const other = moved(rig, rigAt(2_800_000_000));
    expect(other.partition.save()).toEqual(rig.partition.save());
    expect([...other.memory.read(PAGE, 24)]).toEqual([...rig.memory.read(PAGE, 24)]);
    expect(other.vp().readTsc()).toBe(rig.vp().readTsc());
  });

  it('changes its sequence on another processor; time and counter go on and never backwards', () => {
    let rig = rigAt(2_800_000_000);
    place(rig);
    const sequences = new Set([sequence(rig)]);
    for (const frequency of [2_100_000_000, 3_333_333_333, 1_000_000_000, 2_800_000_000]) {
      rig.clock.advanceBy(987_654_321);
      const [before, count] = [rig.vp().readTsc(), rig.vp().readMsr(COUNT)];
      rig = moved(rig, rigAt(frequency));
      sequences.add(sequence(rig));
      expect(rig.vp().readTsc()).toBeGreaterThanOrEqual(before);
      expect(rig.vp().readTsc() - before).toBeLessThan(1_000n); // no leap either
      expect(both(rig)).toEqual([count, count]);
      for (let i = 0; i < 500; i++) {
        rig.clock.advanceBy(1 + ((i * 37) % 211));
        const [page, counter] = both(rig);
        expect(page).toBe(counter);
      }
    }
    expect(sequences.size).toBe(5);
  });
});
