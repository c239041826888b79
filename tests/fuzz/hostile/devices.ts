import type { Random } from '@engine/base/random';
import { VmbusClient } from '@engine/vmbus/client/client';
import type { ChannelDriver, ClientOffer } from '@engine/vmbus/client/driver';
import { encodePageRanges, encodeTransferRanges, PacketType } from '@engine/vmbus/protocol/packet';
import { versionsUpTo, VmbusVersion } from '@engine/vmbus/protocol/versions';
import type { World } from '../../engine/hypervisor/rig';
import { TestPages } from '../../engine/vmbus/rig';
import { chance, mutate, pick, word } from './mutate';
import type { Episode, Target } from './run';
import { PREAMBLES } from './preambles';
import { GPADL, MEMORY, TEMPLATES } from './templates';
import type { Victim } from './victims';

const MILLISECOND = 1_000_000;
const VECTOR = 0xf3;
const BUFFERS = 3; // shared on each channel
const BUFFER_PAGES = 12;
/** Where packets' pages lie, beside what the pages' allocator gives out. */
const SCRATCH = 0x80_0000;

/** A driver that listens and keeps nothing. */
const DEAF: ChannelDriver = {
  opened: () => undefined,
  gpadlCreated: () => undefined,
  gpadlTornDown: () => undefined,
  packet: () => undefined,
  drained: () => undefined,
  closed: () => undefined,
  rescinded: () => undefined,
};

/** On the victim's processor is no operating system but a guest that opens each channel and sends what it should not. */
class DeviceEpisode implements Episode {
  private client: VmbusClient;
  private offers: ClientOffer[] = [];
  private first = 0; // channels offered at the start

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly victim: Victim,
    /** Classes that are attacked; none means all. */
    private readonly classes: readonly string[],
  ) {
    this.client = this.newClient();
    this.boot();
    this.first = this.offers.length;
    if (this.victims().length === 0) throw new Error(`the machine offers none of ${classes.join(', ')}`);
  }

  private newClient(): VmbusClient {
    const [processor] = this.victim.partition.processors;
    if (!processor) throw new Error('a machine has a processor');
    const nothing = (): void => undefined;
    const client = new VmbusClient({
      processor,
      pages: new TestPages(),
      osId: 1n << 48n,
      vector: VECTOR,
      versions: versionsUpTo(VmbusVersion.V5_3),
      listener: {
        connected: nothing,
        failed: nothing,
        offersDelivered: nothing,
        unloaded: nothing,
        rescinded: nothing,
        offered: (offer) => {
          this.offers.push(offer);
          client.attach(offer.relid, DEAF);
        },
      },
    });
    return client;
  }

  private advance(nanoseconds: number): void {
    const [processor] = this.victim.partition.processors;
    this.world.clock.advanceBy(nanoseconds);
    for (let vector = processor?.takeInterrupt(); vector; vector = processor?.takeInterrupt()) {
      if (vector === VECTOR) this.client.interrupt();
      else processor?.endOfInterrupt();
    }
  }

  private settle(): void {
    for (let i = 0; i < 20; i++) this.advance(MILLISECOND / 4);
  }

  private boot(): void {
    this.offers = [];
    this.client.connect();
    this.settle();
    for (const { relid } of this.victims()) this.openAndShare(relid);
    this.settle();
    for (const offer of this.victims()) this.bringUp(offer);
  }

  /** Says what a driver says first, mostly: else nothing that comes after it would get far. */
  private bringUp({ relid, interfaceType }: ClientOffer): void {
    if (chance(this.random, 20)) return;
    for (const { payload, pointedAt } of PREAMBLES[interfaceType] ?? []) {
      if (pointedAt) this.victim.partition.memory.write(SCRATCH, pointedAt);
      const ranges = pointedAt && encodePageRanges(SCRATCH, pointedAt.length);
      const type = ranges ? PacketType.GpaDirect : PacketType.InBand;
      this.client
        .channel(relid)
        ?.send({ type, ranges, flags: 1, idLow: 1, payload: this.withGpadl(relid, payload.slice()) });
      this.advance(MILLISECOND / 10);
    }
  }

  private victims(): ClientOffer[] {
    const { classes } = this;
    return classes.length === 0 ? this.offers : this.offers.filter((offer) => classes.includes(offer.interfaceType));
  }

  private openAndShare(relid: number): void {
    this.client.openChannel(relid, { sendPages: 5, receivePages: 5 });
    for (let i = 0; i < BUFFERS; i++) this.client.share(relid, SCRATCH + i * BUFFER_PAGES * 4096, BUFFER_PAGES * 4096);
  }

  step(): void {
    const { random } = this;
    const roll = random.below(100);
    const offer = pick(random, this.victims());
    if (!offer) return;
    if (roll < 70) this.send(offer);
    else if (roll < 76) this.fillMemory();
    else if (roll < 90) this.advance(this.pause());
    else if (roll < 97) this.victim.act(random);
    else this.reopen(offer);
  }

  /** Mostly short; now and then as long as hosts take to look again at what a guest reports. */
  private pause(): number {
    return chance(this.random, 5) ? 1_100 * MILLISECOND : this.random.below(MILLISECOND);
  }

  private send({ relid, interfaceType }: ClientOffer): void {
    const { random } = this;
    const template = pick(random, TEMPLATES[interfaceType] ?? []) ?? ((r: Random) => r.bytes(r.below(300)));
    const payload = this.withGpadl(relid, mutate(random, template(random), chance(random, 40) ? 0 : 3));
    const form = pick(random, [this.inBand, this.inBand, this.direct, this.transfer])?.call(this) ?? this.inBand();
    const flags = chance(random, 80) ? 1 : random.below(4);
    const idLow = chance(random, 70) ? random.below(16) : word(random);
    this.client.channel(relid)?.send({ ...form, flags, idLow, idHigh: random.below(2), payload });
  }

  /** The ids that templates name are those of this channel's buffers. */
  private withGpadl(relid: number, bytes: Uint8Array): Uint8Array {
    const own = this.client.save().gpadls.filter((gpadl) => gpadl.relid === relid);
    for (let at = 0; at + 4 <= Math.min(bytes.length, 16); at += 4) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const index = view.getUint32(at, true) - GPADL;
      if (index >= 0 && index < BUFFERS) view.setUint32(at, own[index]?.id ?? 0, true);
    }
    return bytes;
  }

  private inBand(): { type: number; ranges?: Uint8Array } {
    return { type: chance(this.random, 85) ? PacketType.InBand : this.random.below(16) };
  }

  private direct(): { type: number; ranges?: Uint8Array } {
    const { random } = this;
    const ranges = encodePageRanges(SCRATCH + random.below(0x4000), 1 + random.below(0x4000));
    const spoiled = chance(random, 25) ? mutate(random, ranges, 2) : ranges;
    return { type: PacketType.GpaDirect, ranges: spoiled.subarray(0, spoiled.length & ~7) };
  }

  private transfer(): { type: number; ranges?: Uint8Array } {
    const ranges = encodeTransferRanges(0xcafe, [{ offset: word(this.random), length: this.random.below(4096) }]);
    return { type: chance(this.random, 50) ? PacketType.TransferPages : PacketType.Completion, ranges };
  }

  private fillMemory(): void {
    const { random, victim } = this;
    const bytes = mutate(random, pick(random, MEMORY)?.(random) ?? new Uint8Array(0), 2);
    victim.partition.memory.write(SCRATCH + random.below(16) * 1024, bytes);
  }

  private reopen(offer: ClientOffer): void {
    this.client.closeChannel(offer.relid);
    this.advance(MILLISECOND);
    this.openAndShare(offer.relid);
    this.advance(MILLISECOND);
    this.bringUp(offer);
  }

  finish(): string | null {
    this.settle();
    this.victim.check();
    this.client.unload();
    this.settle();
    this.client = this.newClient();
    this.boot();
    this.victim.check();
    return this.offers.length === this.first ? null : `${this.offers.length} devices are offered, not ${this.first}`;
  }
}

/** The devices of a victim; `classes` are those that are attacked. */
export function deviceTarget(name: string, make: (world: World) => Victim, classes: readonly string[]): Target {
  return { name, begin: (world, random) => new DeviceEpisode(world, random, make(world), classes) };
}
