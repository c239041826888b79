import { writeU32 } from '@engine/base/bytes';
import { CallCode, HvStatus } from '@engine/hypervisor/hypercall';
import { Msr } from '@engine/hypervisor/msr';
import type { Random } from '@engine/base/random';
import { TraceKind } from '@engine/trace/kinds';
import { readReferenceTime } from '@engine/vmbus/client/reference-clock';
import { BusRig, TinyGuest } from '../../engine/vmbus/rig';
import { MirrorDevice } from '../lifecycle/devices';
import { chance, mutate, pick, word } from './mutate';
import type { Episode, Target } from './run';

const CODES = Object.values(CallCode);
const STATUSES: readonly number[] = Object.values(HvStatus);
const MSRS = Object.values(Msr).filter((msr) => msr !== Msr.Reset);
const RAM = 64 * 2 ** 20;
/** All that a result word may have: status, and reps completed. */
const RESULT_BITS = 0x0fff_0000_ffffn;

/** An address that is fine, nearly fine, at the end of a page or of RAM, in an overlay, or nowhere. */
function address(random: Random): bigint {
  const places = [0x9000, 0x9ff0, 0x1000, 0x2000, 0x3000, 0xa000, RAM - 256, RAM - 8, RAM, 0xffff_ffff_f000];
  const base = BigInt(pick(random, places) ?? 0);
  const offset = chance(random, 70) ? BigInt(random.below(64) * 8) : BigInt(random.below(4096));
  return chance(random, 5) ? BigInt(random.next()) << 32n : base + offset;
}

function control(random: Random): bigint {
  const code = chance(random, 85) ? (pick(random, CODES) ?? 0) : word(random) & 0xffff;
  let value = BigInt(code);
  if (chance(random, 40)) value |= 0x1_0000n;
  if (chance(random, 15)) value |= BigInt(random.below(1024)) << 17n;
  if (chance(random, 15)) value |= BigInt(random.below(4096)) << 32n;
  if (chance(random, 10)) value |= BigInt(random.below(4096)) << 48n;
  if (chance(random, 5)) value |= 1n << BigInt(random.below(64));
  return value;
}

function register(random: Random): bigint {
  if (chance(random, 50)) return address(random) | BigInt(random.below(2));
  return (BigInt(word(random)) << 32n) | BigInt(word(random));
}

class HypercallEpisode implements Episode {
  private readonly rig: BusRig;
  private readonly guest: TinyGuest;
  private wrong: string | null = null;

  constructor(
    world: ConstructorParameters<typeof BusRig>[0],
    private readonly random: Random,
  ) {
    this.rig = new BusRig(world);
    this.rig.server.add(new MirrorDevice(0));
    this.guest = new TinyGuest(this.rig);
  }

  step(): void {
    const { random, rig } = this;
    const roll = random.below(100);
    if (roll < 55) this.call();
    else if (roll < 75) rig.vp(random.below(2)).writeMsr(pick(random, MSRS) ?? 0, register(random));
    else if (roll < 85) rig.vp(random.below(2)).readMsr(chance(random, 80) ? (pick(random, MSRS) ?? 0) : word(random));
    else if (roll < 88) rig.vp().cpuid(word(random));
    else if (roll < 92) rig.memory.write(0x9000 + random.below(4096), random.bytes(64));
    else if (roll < 96) this.interrupt();
    else rig.clock.advanceBy(random.below(300_000));
  }

  /** An interrupt comes, is taken, or is ended in one way or the other; time is read. */
  private interrupt(): void {
    const { random, rig } = this;
    const vp = rig.vp(random.below(2));
    if (chance(random, 40)) vp.requestInterrupt(random.below(260), chance(random, 30));
    vp.takeInterrupt();
    if (chance(random, 50)) vp.endOfInterrupt();
    if (chance(random, 20)) readReferenceTime(vp, chance(random, 50) ? null : 0x9000);
  }

  private call(): void {
    const { random, rig } = this;
    this.prepare();
    const word64 = control(random);
    const input = chance(random, 60) ? address(random) : register(random);
    const result = rig.vp(random.below(2)).hypercall(word64, input, address(random));
    if (result === null) return; // no page: a real processor faults here
    const status = Number(result & 0xffffn);
    if ((result & ~RESULT_BITS) !== 0n || !STATUSES.includes(status))
      this.wrong = `call ${word64.toString(16)} answered ${result.toString(16)}`;
  }

  /** A parameter block that is nearly right for posting or signalling. */
  private prepare(): void {
    const { random, rig } = this;
    const block = new Uint8Array(256);
    writeU32(block, 0, pick(random, [1, 2, 4, 0x2001, 0x2002, 0, 3, word(random)]) ?? 0);
    writeU32(block, 8, chance(random, 80) ? 1 : word(random));
    writeU32(block, 12, chance(random, 80) ? random.below(241) : word(random));
    block.set(random.bytes(32), 16);
    rig.memory.write(0x9000, mutate(random, block, 2).subarray(0, 256));
  }

  finish(): string | null {
    if (this.wrong) return this.wrong;
    for (const vp of this.rig.partition.processors) {
      const traced = this.rig.trace.countBelow(TraceKind.MsrWrite, `victim/vp-${vp.index}`);
      if (vp.exits('msrWrite') > traced)
        return `${vp.exits('msrWrite')} writes of registers are counted, ${traced} were traced`;
    }
    this.rig.partition.reset();
    this.rig.server.reset();
    const guest = new TinyGuest(this.rig);
    guest.contact(0x5_0003);
    return guest.types().join() === '15' ? null : 'after a reset nobody answers a contact';
  }
}

/** Control words, parameter blocks and registers as they should not be. */
export const HYPERCALLS: Target = {
  name: 'hypercalls',
  begin: (world, random) => new HypercallEpisode({ world, name: 'victim', vpCount: 2 }, random),
};
