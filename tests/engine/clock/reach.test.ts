import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { EngineClock, type Reach } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';

/** A clock with partitions `a` and `b`, and what fires: its name, its own time and the engine's. */
function bench() {
  const clock = new EngineClock();
  const seen: string[] = [];
  const partition = (name: string): PartitionClock => {
    const made = new PartitionClock(clock, name);
    made.start();
    return made;
  };
  return { clock, seen, a: partition('a'), b: partition('b') };
}

/** An alarm that comes back every `period`. */
function ticks(bench1: ReturnType<typeof bench>, of: 'a' | 'b', period: number, reach: Reach): void {
  const { [of]: own, clock, seen } = bench1;
  const alarm = own.alarm(
    `tick-${period}`,
    () => {
      seen.push(`${of}@${own.now()}`);
      expect(own.now()).toBe(clock.now());
      alarm.set(own.now() + period);
    },
    { reach },
  );
  alarm.set(period);
}

describe('alarms whose effect stays inside their partition', () => {
  it('are run partition by partition until something is due that others may feel', () => {
    const lab = bench();
    ticks(lab, 'a', 10, 'partition');
    ticks(lab, 'b', 15, 'partition');
    ticks(lab, 'b', 32, 'host');
    lab.clock.advanceTo(45);
    expect(lab.seen).toEqual(['a@10', 'a@20', 'a@30', 'b@15', 'b@30', 'b@32', 'a@40', 'b@45']);
    expect(lab.clock.now()).toBe(45);
  });

  it('wait for their turn when alarms are run one by one', () => {
    const lab = bench();
    ticks(lab, 'a', 10, 'partition');
    ticks(lab, 'b', 15, 'partition');
    for (let i = 0; i < 5; i++) lab.clock.runNext();
    expect(lab.seen).toEqual(['a@10', 'b@15', 'a@20', 'b@30', 'a@30']); // b was armed for 30 before a was
    expect(lab.clock.nextDue()).toBe(40);
  });

  it('keep the order of equal times over the partition and what others may feel', () => {
    const lab = bench();
    const [first, second, third] = (['partition', 'host', 'partition'] as const).map((reach, i) =>
      lab.a.alarm(`x${i}`, () => lab.seen.push(`x${i}`), { reach }),
    );
    third?.set(5);
    second?.set(5);
    first?.set(5);
    lab.clock.advanceTo(5);
    expect(lab.seen).toEqual(['x2', 'x1', 'x0']);
  });

  it('hand that on to what they arm, and to nothing else', () => {
    const lab = bench();
    const answer = lab.a.alarm('answer', () => lab.seen.push(`answer@${lab.a.now()}`), { reach: 'inherited' });
    const question = lab.a.alarm('question', () => answer.set(lab.a.now() + 20), { reach: 'partition' });
    ticks(lab, 'b', 25, 'partition');
    question.set(10);
    lab.clock.advanceTo(49);
    expect(lab.seen).toEqual(['answer@30', 'b@25']); // inside: b did not have to be waited for
    lab.seen.length = 0;
    answer.set(60); // from outside
    lab.clock.advanceTo(80);
    expect(lab.seen).toEqual(['b@50', 'answer@60', 'b@75']);
  });

  it('are shared when they belong to no partition', () => {
    const lab = bench();
    lab.clock.alarm('lonely', () => lab.seen.push('lonely'), { reach: 'partition' }).set(20);
    ticks(lab, 'b', 15, 'partition');
    lab.clock.advanceTo(30);
    expect(lab.seen).toEqual(['b@15', 'lonely', 'b@30']);
  });

  it('can be armed anew, cancelled and forgotten while their partition runs', () => {
    const lab = bench();
    const other = lab.a.alarm('other', () => lab.seen.push('other'), { reach: 'partition' });
    const end = lab.a.alarm('end', () => lab.clock.release('a'), { reach: 'partition' });
    const first = lab.a.alarm(
      'first',
      () => {
        other.cancel();
        end.set(20);
      },
      { reach: 'partition' },
    );
    other.set(15);
    first.set(10);
    ticks(lab, 'a', 25, 'partition');
    ticks(lab, 'b', 30, 'partition');
    lab.clock.advanceTo(100);
    expect(lab.seen).toEqual(['b@30', 'b@60', 'b@90']);
    expect(lab.clock.names()).toEqual(['b/tick-30']);
  });

  it('leave the clock in order when one of them fails', () => {
    const lab = bench();
    lab.a
      .alarm(
        'bad',
        () => {
          throw new Error('broken');
        },
        { reach: 'partition' },
      )
      .set(10);
    ticks(lab, 'a', 20, 'partition');
    ticks(lab, 'b', 5, 'partition');
    expect(() => lab.clock.advanceTo(40)).toThrow('broken');
    lab.clock.advanceTo(40);
    const times = lab.seen.filter((text) => text.startsWith('b'));
    expect(times).toEqual(['b@5', 'b@10', 'b@15', 'b@20', 'b@25', 'b@30', 'b@35', 'b@40']);
    expect(lab.seen).toContain('a@40');
  });

  it('come to the same for each partition, however time passes', () => {
    const live = (pass: (clock: EngineClock) => void): string[][] => {
      const lab = bench();
      const random = new Random(3);
      for (const of of ['a', 'b'] as const)
        for (let i = 0; i < 12; i++)
          ticks(lab, of, 3 + random.below(400) + i * 400, random.below(3) === 0 ? 'host' : 'partition');
      pass(lab.clock);
      return ['a', 'b'].map((of) => lab.seen.filter((text) => text.startsWith(of)));
    };
    const strict = live((clock) => {
      while ((clock.nextDue() ?? Infinity) <= 20_000) clock.runNext();
    });
    expect(strict[0]?.length).toBeGreaterThan(100);
    expect(live((clock) => clock.advanceTo(20_000))).toEqual(strict);
    expect(live((clock) => [...Array(20_000).keys()].forEach((at) => clock.advanceTo(at + 1)))).toEqual(strict);
  });
});
