import type { Random } from '@engine/base/random';
import { readU32 } from '@engine/base/bytes';
import * as m from '@engine/vmbus/protocol/messages';
import { VMBUS_VERSIONS } from '@engine/vmbus/protocol/versions';
import type { VmbusServerState } from '@engine/vmbus/server/state';
import { BusRig, TinyGuest, type BusRigOptions } from '../../engine/vmbus/rig';
import { MirrorDevice } from '../lifecycle/devices';
import { chance, mutate, pick, word } from './mutate';
import type { Episode, Target } from './run';

const DEVICES = 3;
const LIMIT = 16 * 2 ** 20; // bytes that all GPADLs may name
/** What a host may say. */
const FROM_HOST: readonly number[] = [1, 2, 4, 6, 10, 12, 15, 17, 23, 24];

const relid = (random: Random): number => (chance(random, 80) ? 1 + random.below(DEVICES + 1) : word(random));
const gpadl = (random: Random): number => (chance(random, 90) ? 1 + random.below(6) : word(random));

/** Two pages that are memory, two that are none, or one alone. */
function monitorPages(random: Random): { monitorPage1: bigint; monitorPage2: bigint } {
  const page = (): bigint => BigInt(chance(random, 70) ? 0x60 + random.below(4) : word(random)) << 12n;
  return { monitorPage1: chance(random, 80) ? page() : 0n, monitorPage2: chance(random, 80) ? page() : 0n };
}

/** Messages of a guest by their encoders, with fields that are mostly plausible. */
const MESSAGES: readonly ((random: Random) => Uint8Array)[] = [
  () => m.bareMessage(m.MessageType.RequestOffers),
  (r) => m.encodeMessage(m.MessageType.CloseChannel, m.RELID_MESSAGE, { relid: relid(r) }),
  (r) => m.encodeMessage(m.MessageType.RelidReleased, m.RELID_MESSAGE, { relid: relid(r) }),
  (r) => m.encodeMessage(m.MessageType.GpadlTeardown, m.GPADL_TEARDOWN, { relid: relid(r), gpadl: gpadl(r) }),
  (r) => m.encodeMessage(m.MessageType.ModifyChannel, m.MODIFY_CHANNEL, { relid: relid(r), targetVp: r.below(3) }),
  (r) =>
    m.encodeMessage(m.MessageType.OpenChannel, m.OPEN_CHANNEL, {
      relid: relid(r),
      openId: r.next(),
      ringGpadl: gpadl(r),
      targetVp: chance(r, 90) ? r.below(2) : word(r),
      downstreamPage: chance(r, 90) ? r.below(9) : word(r),
      userData: r.bytes(120),
    }),
  (r) =>
    m.encodeMessage(m.MessageType.InitiateContact, m.INITIATE_CONTACT, {
      version: chance(r, 90) ? (pick(r, VMBUS_VERSIONS) ?? 0) : word(r),
      targetVp: r.below(3),
      interruptPage: BigInt(chance(r, 50) ? 2 : word(r)),
      ...monitorPages(r),
    }),
  (r) =>
    m.encodeMessage(m.MessageType.TlConnectRequest, m.TL_CONNECT_REQUEST, {
      endpoint: r.bytes(16),
      service: r.bytes(16),
    }),
];

/** What holds in a server whatever it was told: null, or what does not. */
function broken({ gpadls, channels }: VmbusServerState): string | null {
  if (new Set(gpadls.map(({ id }) => id)).size !== gpadls.length) return 'two GPADLs have one id';
  if (new Set(channels.map((channel) => channel.relid)).size !== channels.length) return 'two channels have one id';
  const bytes = gpadls.reduce((sum, { ranges }) => sum + ranges.length, 0);
  if ((bytes / 8) * 4096 > LIMIT) return 'more memory is shared than the host allows';
  const rings = channels.filter(({ phase }) => phase === 'open').map(({ ringGpadl }) => ringGpadl);
  if (rings.some((id) => !gpadls.some((gpadl) => gpadl.id === id))) return 'the ring of an open channel is gone';
  return null;
}

class MessageEpisode implements Episode {
  private readonly rig: BusRig;
  private readonly devices: readonly MirrorDevice[];
  private guest: TinyGuest;
  private wrong: string | null = null;

  constructor(
    options: BusRigOptions,
    private readonly random: Random,
    private readonly share: number,
  ) {
    this.rig = new BusRig(options);
    this.devices = Array.from({ length: DEVICES }, (_, i) => new MirrorDevice(i));
    for (const device of this.devices) this.rig.server.add(device);
    this.guest = new TinyGuest(this.rig);
    this.guest.contact(0x5_0003);
    this.guest.post(m.bareMessage(m.MessageType.RequestOffers));
    this.guest.take();
  }

  step(): void {
    const { random, rig } = this;
    const roll = random.below(100);
    if (roll < this.share) this.shareMemory();
    else if (roll < 85) this.say();
    else if (roll < 92) this.hear();
    else if (roll < 94) this.scribble();
    else if (roll < 95) this.plug();
    else if (roll < 97) rig.vp().hypercall(0x1_005dn, BigInt(0x2000 + relid(random)), 0n);
    else rig.clock.advanceBy(random.below(1_000_000));
  }

  private say(): void {
    const { random, guest } = this;
    const message = pick(random, MESSAGES)?.(random) ?? new Uint8Array(0);
    const isWild = chance(random, 25);
    const bytes = (isWild ? mutate(random, message) : message).subarray(0, 240);
    guest.post(bytes, chance(random, 95) ? 1 : word(random));
  }

  /** A list of pages: whole and sound mostly, else with too few or too many, scattered, doubled, outside, or as overlays. */
  private shareMemory(): void {
    const { random, guest } = this;
    const count = chance(random, 80) ? 1 + random.below(16) : random.below(600);
    const first = pick(random, [0x100, 0x200, 0x100, 0, 0x3ff8, 0x4000]) ?? 0;
    const pfns = Array.from({ length: count }, (_, i) => (chance(random, 97) ? first + i : word(random)));
    const bytes = chance(random, 90) ? count * 4096 : word(random);
    guest.gpadl(relid(random), gpadl(random), pfns, bytes, chance(random, 90) ? 0 : word(random) & 0x1fff);
  }

  /** Bits and rubbish in the monitor pages. */
  private scribble(): void {
    const { random, rig } = this;
    rig.memory.write(0x6_0000 + random.below(0x3f00), random.bytes(1 + random.below(64)));
  }

  /** The host offers one more channel of a device, or takes a device away and puts it back. */
  private plug(): void {
    const { random, rig } = this;
    const device = pick(random, this.devices);
    if (!device) return;
    if (chance(random, 50)) return void rig.server.addSubChannel(device);
    rig.server.remove(device);
    rig.server.add(device);
  }

  private hear(): void {
    for (const message of this.guest.take()) {
      if (!FROM_HOST.includes(readU32(message, 0))) this.wrong = `the host said ${readU32(message, 0)}`;
    }
    this.wrong ??= broken(this.rig.server.save());
  }

  finish(): string | null {
    const { rig } = this;
    this.hear();
    if (this.wrong) return this.wrong;
    rig.clock.advanceBy(10_000_000);
    rig.partition.reset();
    rig.server.reset();
    const { gpadls, channels, outbox } = rig.server.save();
    if (gpadls.length + outbox.length > 0 || channels.length !== DEVICES) return 'a reset leaves something behind';
    if (channels.some(({ phase, offered }) => phase !== 'closed' || offered)) return 'a reset leaves a channel open';
    if (rig.time.save().armed.length > 0) return 'a reset leaves something armed';
    this.guest = new TinyGuest(rig);
    this.guest.contact(0x5_0003);
    this.guest.post(m.bareMessage(m.MessageType.RequestOffers));
    return this.guest.types().join() === '15,1,1,1,4' ? null : 'after a reset the devices are not offered';
  }
}

/** Channel messages. */
export const MESSAGE_TARGET: Target = {
  name: 'messages',
  begin: (world, random) => new MessageEpisode({ world, name: 'victim', vpCount: 2, gpadlLimit: LIMIT }, random, 15),
};

/** Lists of pages. */
export const GPADLS: Target = {
  name: 'gpadls',
  begin: (world, random) => new MessageEpisode({ world, name: 'victim', vpCount: 2, gpadlLimit: LIMIT }, random, 60),
};
