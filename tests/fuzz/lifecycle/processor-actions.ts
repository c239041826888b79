import type { Random } from '@engine/base/random';
import { readReferenceTime } from '@engine/vmbus/client/reference-clock';
import type { Action } from './actions';
import type { LifeMachine } from './machine';

/** Where a guest lays the hypervisor's pages, one of the places no memory. */
const CLOCK_PLACES = [0x20_0000, 0x20_1000, 0x20_2000, 0x4000_0000] as const;
const ASSIST_PLACES = [0x30_0000, 0x30_1000, 0x4000_0000] as const;
const WAKE_VECTOR = 0x31;
const REFERENCE_TSC = 0x4000_0021;
const ASSIST = 0x4000_0073;
const EOI = 0x4000_0070;
const COUNT = 0x4000_0020;

/** Ticks in a second of the processors that the machine may be moved between. */
export const FREQUENCIES = [2_800_000_000, 2_400_000_000, 1_000_000_000, 3_333_333_333] as const;

/** A register's value that places a page at one of `places`, or takes it away. */
function placing(random: Random, places: readonly number[]): bigint {
  const page = places[random.below(places.length)] ?? 0;
  return BigInt(page | (random.below(4) === 0 ? 0 : 1));
}

/** Time out of the reference TSC page, where it lies in memory, is the counter's. */
export const readTime: Action = (machine) => {
  const { rig } = machine;
  const page = Number((rig.vp().readMsr(REFERENCE_TSC) ?? 0n) & ~0xfffn);
  const isThere = ((rig.vp().readMsr(REFERENCE_TSC) ?? 0n) & 1n) === 1n && rig.memory.isRam(page, 4096);
  if (!isThere) return null;
  const [time, count] = [readReferenceTime(rig.vp(), page), rig.vp().readMsr(COUNT)];
  return time === count ? null : `the reference TSC page says ${String(time)}, the counter ${String(count)}`;
};

export const placeClock: Action = (machine, random) => {
  machine.rig.vp().writeMsr(REFERENCE_TSC, placing(random, CLOCK_PLACES));
  return readTime(machine, random);
};

/** The second processor's, which no kernel uses. */
export const placeAssist: Action = (machine, random) => {
  machine.rig.vp(1).writeMsr(ASSIST, placing(random, ASSIST_PLACES));
  return null;
};

/** Interrupts of the second processor, ended by whatever way its guest knows: all that were requested are delivered. */
export const interrupt: Action = (machine, random) => {
  const vp = machine.rig.vp(1);
  const vectors = Array.from({ length: 1 + random.below(3) }, () => 0x30 + random.below(8) * 0x11);
  for (const vector of vectors) vp.requestInterrupt(vector);
  const taken = new Set<number>();
  for (let i = 0; i < 8; i++) {
    const vector = vp.takeInterrupt();
    if (vector !== null) taken.add(vector);
    endAsGuest(machine, random);
  }
  const lost = vectors.filter((vector) => !taken.has(vector));
  return lost.length === 0 ? null : `interrupts are lost: ${lost.map((vector) => vector.toString(16)).join(' ')}`;
};

/** Clears the word of the assist page where it says that no end is needed, else (or all the same) tells the APIC. */
function endAsGuest({ rig }: LifeMachine, random: Random): void {
  const register = rig.vp(1).readMsr(ASSIST) ?? 0n;
  const page = Number(register & ~0xfffn);
  const isSpared = (register & 1n) === 1n && rig.memory.isRam(page, 4) && (rig.memory.readU32(page) & 1) === 1;
  if (isSpared) rig.memory.writeU32(page, 0);
  if (!isSpared || random.below(8) === 0) rig.vp(1).writeMsr(EOI, 0n);
}

/** The processors have nothing to do for a while: the monitor page is not looked at meanwhile. */
export const halt: Action = (machine, random) => {
  const { rig } = machine;
  rig.vp(1).halt();
  rig.vp().halt();
  machine.advance(random.below(400));
  rig.vp().requestInterrupt(WAKE_VECTOR);
  machine.advance(2); // the kernel takes it
  rig.vp().endOfInterrupt();
  return rig.vp().halted ? 'an interrupt does not wake a processor' : null;
};

/** Saved here, restored on a host with another processor. */
export const migrate: Action = (machine, random) => {
  const before = machine.rig.vp().readMsr(COUNT);
  const ticks = machine.rig.vp().readTsc();
  machine.moveTo(FREQUENCIES[random.below(FREQUENCIES.length)] ?? FREQUENCIES[0]);
  if (machine.rig.vp().readMsr(COUNT) !== before) return 'reference time leaps with a migration';
  if (machine.rig.vp().readTsc() < ticks) return 'the time stamp counter goes backwards with a migration';
  return readTime(machine, random);
};

/** A channel's interrupts on another processor. */
export const moveChannel: Action = (machine, random) => {
  const channels = machine.client.save().channels.filter(({ phase }) => phase === 'open');
  const channel = channels[random.below(Math.max(channels.length, 1))];
  if (channel) machine.client.moveChannel(channel.relid, random.below(3));
  return null;
};
