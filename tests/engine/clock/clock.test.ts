import { describe, expect, it } from 'vitest';
import { EngineClock } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';
import { Random } from '@engine/base/random';

describe('engine clock', () => {
  it('runs alarms in order of time, and equal times in order of arming', () => {
    const clock = new EngineClock();
    const seen: string[] = [];
    const alarms = ['a', 'b', 'c', 'd'].map((name) => clock.alarm(name, () => seen.push(`${name}@${clock.now()}`)));
    alarms[0]?.set(50);
    alarms[1]?.set(20);
    alarms[2]?.set(50);
    alarms[3]?.set(10);
    alarms[0]?.set(50); // armed anew: now after c
    clock.advanceTo(100);
    expect(seen).toEqual(['d@10', 'b@20', 'c@50', 'a@50']);
    expect(clock.now()).toBe(100);
  });

  it('never fires a cancelled alarm and never inside set', () => {
    const clock = new EngineClock();
    let fired = 0;
    const alarm = clock.alarm('x', () => fired++);
    clock.advanceTo(100);
    alarm.set(5); // the past: due now, at the next step
    expect(fired).toBe(0);
    expect(alarm.due).toBe(100);
    alarm.cancel();
    expect(clock.runNext()).toBe(false);
    expect(fired).toBe(0);
  });

  it('keeps the order of a sorted list under random arming and cancelling', () => {
    const random = new Random(7);
    const clock = new EngineClock();
    const fired: number[] = [];
    const alarms = Array.from({ length: 60 }, (_, i) => clock.alarm(`r${i}`, () => fired.push(clock.now())));
    for (let i = 0; i < 600; i++) {
      const alarm = alarms[random.below(60)];
      if (random.below(4) === 0) alarm?.cancel();
      else alarm?.set(random.below(10_000));
    }
    const expected = alarms.flatMap(({ due }) => (due === null ? [] : [due])).sort((a, b) => a - b);
    while (clock.runNext());
    expect(fired).toEqual(expected);
    expect(expected.length).toBeGreaterThan(20);
  });

  it('fires equal times in the order of the latest arming, whatever else comes and goes', () => {
    const random = new Random(11);
    const clock = new EngineClock();
    const fired: number[] = [];
    const alarms = Array.from({ length: 300 }, (_, i) => clock.alarm(`t${i}`, () => fired.push(i)));
    const armed = new Map<number, { due: number; order: number }>();
    for (let order = 0; order < 5000; order++) {
      const i = random.below(300);
      const due = random.below(40);
      if (random.below(5) === 0) {
        alarms[i]?.cancel();
        armed.delete(i);
      } else {
        alarms[i]?.set(due);
        armed.set(i, { due, order });
      }
    }
    const expected = [...armed].sort(([, a], [, b]) => a.due - b.due || a.order - b.order).map(([i]) => i);
    clock.advanceTo(40);
    expect(fired).toEqual(expected);
    expect(expected.length).toBeGreaterThan(200);
  });

  it('gives a name to the latest who asks: the earlier alarm cannot be armed any more', () => {
    const clock = new EngineClock();
    const seen: string[] = [];
    const earlier = clock.alarm('x', () => seen.push('earlier'));
    earlier.set(10);
    const later = clock.alarm('x', () => seen.push('later'));
    earlier.set(20);
    expect(earlier.due).toBeNull();
    later.set(30);
    earlier.dispose();
    clock.advanceTo(100);
    expect([seen, clock.names()]).toEqual([['later'], ['x']]);
  });

  it('is idle while only background alarms are armed', () => {
    const clock = new EngineClock();
    const heartbeat = clock.alarm('heartbeat', () => heartbeat.set(clock.now() + 10), { background: true });
    const work = clock.alarm('work', () => undefined);
    heartbeat.set(10);
    expect(clock.idle).toBe(true);
    work.set(15);
    expect(clock.idle).toBe(false);
    clock.advanceTo(15);
    expect(clock.idle).toBe(true);
  });

  it('continues equally from saved state', () => {
    const run = (cut: boolean): string[] => {
      const build = (log: string[]): EngineClock => {
        const clock = new EngineClock();
        const tick = clock.alarm('tick', () => {
          log.push(`tick ${clock.now()}`);
          tick.set(clock.now() + 7);
        });
        const once = clock.alarm('once', () => log.push(`once ${clock.now()}`));
        tick.set(0);
        once.set(21);
        return clock;
      };
      const log: string[] = [];
      let clock = build(log);
      clock.advanceTo(15);
      if (cut) {
        const saved = clock.save();
        clock = build(log);
        clock.restore(saved);
      }
      clock.advanceTo(40);
      return log;
    };
    expect(run(true)).toEqual(run(false));
    expect(run(true)).toContain('once 21');
  });

  it('forgets the alarms of a machine that is taken apart', () => {
    const clock = new EngineClock();
    let fired = 0;
    const gone = clock.alarm('vm-1/pit', () => fired++);
    const stays = clock.alarm('vm-10/pit', () => (fired += 100));
    gone.set(5);
    stays.set(5);
    clock.release('vm-1');
    gone.set(6);
    clock.advanceTo(10);
    expect(fired).toBe(100);
  });
});

describe('partition clock', () => {
  it('stands still while stopped, and alarms wait for it', () => {
    const host = new EngineClock();
    host.advanceTo(1000);
    const clock = new PartitionClock(host, 'vm');
    const fired: number[] = [];
    const alarm = clock.alarm('a', () => fired.push(clock.now()));
    alarm.set(50);
    host.advanceTo(2000);
    expect(fired).toEqual([]);
    clock.start();
    host.advanceTo(2030);
    expect(clock.now()).toBe(30);
    clock.stop();
    host.advanceTo(9000);
    expect(clock.now()).toBe(30);
    clock.start();
    host.advanceTo(9020);
    expect(fired).toEqual([50]);
    expect(alarm.due).toBeNull();
  });

  it('restores into another time and fires at the same partition time', () => {
    const host = new EngineClock();
    const fired: number[] = [];
    const make = (prefix: string): PartitionClock => {
      const clock = new PartitionClock(host, prefix);
      clock.alarm('a', () => fired.push(clock.now()));
      return clock;
    };
    const first = make('one');
    first.restore({ now: 0, armed: [{ name: 'a', due: 40 }] });
    first.start();
    host.advanceTo(10);
    const saved = first.save();
    first.stop();
    host.advanceTo(5000);
    const second = make('two');
    second.restore(saved);
    second.start();
    host.advanceTo(6000);
    expect(fired).toEqual([40]);
  });

  it('keeps the order of equal times over a restore, whoever asks for its alarm first', () => {
    const host = new EngineClock();
    const fired: string[] = [];
    const first = new PartitionClock(host, 'one');
    const [a, b] = ['a', 'b'].map((name) => first.alarm(name, () => fired.push(name)));
    b?.set(40);
    a?.set(40);
    const saved = first.save();
    const second = new PartitionClock(host, 'two');
    second.alarm('a', () => fired.push('a'));
    second.restore(saved);
    second.alarm('b', () => fired.push('b')); // a device that is wired when the clock has its state already
    expect(second.save()).toEqual(saved);
    second.start();
    host.advanceTo(100);
    expect(fired).toEqual(['b', 'a']);
  });

  it('forgets an alarm that is disposed of, and leaves its name to another', () => {
    const host = new EngineClock();
    const clock = new PartitionClock(host, 'one');
    clock.start();
    const fired: string[] = [];
    const old = clock.alarm('a', () => fired.push('old'));
    old.set(10);
    old.dispose();
    expect([clock.save().armed, host.nextDue(), host.names()]).toEqual([[], null, []]);
    const young = clock.alarm('a', () => fired.push('young'));
    young.set(20);
    old.dispose();
    host.advanceTo(30);
    expect([fired, host.names()]).toEqual([['young'], ['one/a']]);
  });
});
