import { describe, expect, it } from 'vitest';
import { EngineClock } from '@engine/clock/clock';
import { CostMeter, COST } from '@engine/trace/cost';
import { Trace } from '@engine/trace/trace';
import { TraceKind } from '@engine/trace/kinds';

function fill(capacity: number, events: number, change = -1): Trace {
  const clock = new EngineClock();
  const trace = new Trace(clock, capacity);
  const vm = trace.actor('vm-1/vp-0');
  for (let i = 0; i < events; i++) {
    clock.advanceBy(3);
    trace.cause = trace.record(vm, TraceKind.PortWrite, i === change ? 0xbad : 0x80, 1, i);
    trace.cause = 0;
  }
  return trace;
}

describe('trace', () => {
  it('keeps the latest records with time, number, cause and operands', () => {
    const clock = new EngineClock();
    const trace = new Trace(clock, 4);
    const actor = trace.actor('nic');
    clock.advanceTo(0x1_0000_0002);
    trace.cause = 9;
    for (let i = 0; i < 6; i++) trace.record(actor, TraceKind.FrameForwarded, i, 2, 3, 0xffff_ffff);
    const records = trace.recent();
    expect(records.map(({ number }) => number)).toEqual([3, 4, 5, 6]);
    expect(records[3]).toEqual({
      time: 0x1_0000_0002,
      number: 6,
      cause: 9,
      actor,
      kind: TraceKind.FrameForwarded,
      operands: [5, 2, 3, 0xffff_ffff],
    });
  });

  it('gives equal digests for equal runs and different ones for one changed operand, also when the ring has lost it', () => {
    expect(fill(64, 1000).digest()).toBe(fill(64, 1000).digest());
    expect(fill(64, 1000, 3).digest()).not.toBe(fill(64, 1000).digest());
    expect(fill(64, 1000).digest()).toBe(fill(4096, 1000).digest()); // the size of the ring does not matter
  });

  it('digests what each machine did in its order, whichever of two was recorded first', () => {
    const record = (...names: string[]): string => {
      const trace = new Trace(new EngineClock(), 16);
      for (const name of ['vm-1/vp-0', 'vm-1/pic', 'vm-2/vp-0']) trace.actor(name);
      for (const name of names) trace.record(trace.actor(name), TraceKind.Halt);
      return trace.digest();
    };
    const digest = record('vm-1/vp-0', 'vm-1/pic', 'vm-2/vp-0');
    expect(record('vm-2/vp-0', 'vm-1/vp-0', 'vm-1/pic')).toBe(digest);
    expect(record('vm-1/pic', 'vm-1/vp-0', 'vm-2/vp-0')).not.toBe(digest);
    expect(record('vm-1/vp-0', 'vm-1/pic', 'vm-2/vp-0', 'vm-2/vp-0')).not.toBe(digest);
  });

  it('counts by actor and kind beyond the ring, and below a path', () => {
    const trace = fill(16, 500);
    const net = trace.actor('vm-1/net');
    trace.record(net, TraceKind.RingSignal);
    expect(trace.count(TraceKind.PortWrite)).toBe(500);
    expect(trace.count(TraceKind.PortWrite, net)).toBe(0);
    expect(trace.countBelow(TraceKind.RingSignal, 'vm-1')).toBe(1);
    expect(trace.countBelow(TraceKind.RingSignal, 'vm-10')).toBe(0);
  });

  it('has room for many actors', () => {
    const trace = fill(16, 1);
    const actors = Array.from({ length: 200 }, (_, i) => trace.actor(`a${i}`));
    for (const actor of actors) trace.record(actor, TraceKind.Halt);
    expect(trace.count(TraceKind.Halt)).toBe(200);
    expect(trace.actor('a7')).toBe(actors[7]);
  });
});

describe('cost meter', () => {
  it('adds what the table says', () => {
    const meter = new CostMeter();
    expect(meter.charge('exitWorker', 2)).toBe(2 * COST.exitWorker);
    meter.charge('hypercall');
    expect(meter.total).toBe(2 * COST.exitWorker + COST.hypercall);
    meter.reset();
    expect(meter.total).toBe(0);
  });
});
