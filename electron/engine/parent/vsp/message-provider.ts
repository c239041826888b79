import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { OfferSpec } from '../../vmbus/protocol/offer';
import { PacketType, wantsCompletion, type OutgoingPacket, type Packet } from '../../vmbus/protocol/packet';
import type { VspDevice } from '../../vmbus/server/device';
import type { HostChannel } from '../../vmbus/server/host-channel';

/** What the frame keeps in the state of each provider that exchanges messages. */
export interface ProviderState {
  /** `open` until both sides agree on a version; what comes after that is the provider's own. */
  phase: string;
  /** Packets that wait for room in the ring, in order. */
  waiting: OutgoingPacket[];
  counters: MessageCounters;
}

export interface MessageCounters {
  /** Messages that do not hold together, or that nobody knows. */
  malformed: number;
}

/** What a provider whose versions are single numbers counts besides. */
export interface VersionCounters extends MessageCounters {
  refusedVersions: number;
  /** Messages that have no place in the present phase. */
  outOfPlace: number;
}

/** What one provider does with its channel. */
export interface MessageService<S extends ProviderState> {
  readonly offer: OfferSpec;
  /** As in `VspDevice`. */
  readonly isPrivate?: boolean;
  /** The state after power-on, channel closed. At a reset `before` is what was: for what outlives that. */
  fresh(before?: S): S;
  /** The state after the opening and closing of the channel: a fresh one, with what outlives that from the one before. */
  kept?(fresh: S, before: S): S;
  /** The guest has opened the channel. */
  opened?(): void;
  /** The guest's end is gone. */
  closed?(): void;
  /** One message of the guest. False: it does not hold together, which is counted. */
  received(payload: Uint8Array): boolean;
  /** Nothing waits any more. */
  drained?(): void;
  /** The machine begins anew. */
  reset?(): void;
  /** It goes on from a saved state. */
  restored?(): void;
  /** The state for reading by people; phase and waiting packets are added. */
  describe(state: S): Readonly<Record<string, InspectNode>>;
}

/** A packet with data of the host's own. */
export function inBand(payload: Uint8Array, idLow = 0): OutgoingPacket {
  return { type: PacketType.InBand, idLow, payload };
}

/**
 * The host's end of a channel on which a provider and its driver exchange messages in order: screen, keyboard, mouse,
 * integration components and dynamic memory. It opens and closes, reads what comes and completes it, keeps what finds no room,
 * and is the provider's state. While something waits nothing more is read: a guest that does not read is not answered.
 */
export class MessageProvider<S extends ProviderState> implements VspDevice, Unit<S> {
  private channel: HostChannel | null = null;
  private current: S;

  constructor(private readonly service: MessageService<S>) {
    this.current = service.fresh();
  }

  get offer(): OfferSpec {
    return this.service.offer;
  }

  get isPrivate(): boolean {
    return this.service.isPrivate ?? false;
  }

  /** Everything about the provider that a guest (or a person) can change; another object after opening, closing and restore. */
  get state(): S {
    return this.current;
  }

  attached(channel: HostChannel): void {
    this.channel = channel;
  }

  opened(): boolean {
    this.begin('open');
    this.service.opened?.();
    return true;
  }

  closed(): void {
    this.begin('closed');
    this.service.closed?.();
  }

  private begin(phase: 'open' | 'closed'): void {
    const { service, current } = this;
    const fresh = service.fresh(current);
    this.current = { ...(service.kept?.(fresh, current) ?? fresh), phase };
  }

  /** A message for the guest: it goes with the run of the channel that is on, or with the next. */
  queue(packet: OutgoingPacket): void {
    this.current.waiting.push(packet);
  }

  /** Asks for a run, as if the guest had signalled: something outside has happened. */
  schedule(): void {
    this.channel?.schedule();
  }

  /** Sends a message at once, if nothing waits before it and the ring has room; else a copy of it waits. */
  post(packet: OutgoingPacket): void {
    const { waiting } = this.current;
    if (waiting.length > 0 || !this.channel?.send(packet)) this.queue({ ...packet, payload: packet.payload.slice() });
    else this.service.drained?.();
  }

  signalled(channel: HostChannel): void {
    if (!this.flush(channel)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      if (packet.type !== PacketType.InBand) continue; // completions of what was sent: nothing waits for them
      this.handle(packet);
      if (!this.flush(channel)) return;
    }
  }

  private handle(packet: Packet): void {
    const { idLow, idHigh } = packet;
    if (wantsCompletion(packet))
      this.current.waiting.push({ type: PacketType.Completion, idLow, idHigh, payload: new Uint8Array(0) });
    if (!this.service.received(packet.payload)) this.current.counters.malformed++;
  }

  /** Sends what waits as far as the ring has room. True when nothing waits any more. */
  private flush(channel: HostChannel): boolean {
    const { waiting } = this.current;
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!channel.send(next)) return false;
      waiting.shift();
      if (waiting.length === 0) this.service.drained?.();
    }
    return true;
  }

  reset(): void {
    this.current = this.service.fresh(this.current);
    this.service.reset?.();
  }

  save(): S {
    return clonePlain(this.current);
  }

  restore(saved: S): void {
    this.current = clonePlain(saved);
    this.service.restored?.();
  }

  inspect(): InspectNode {
    const { phase, waiting, counters } = this.current;
    return { phase, ...this.service.describe(this.current), waiting: waiting.length, counters: { ...counters } };
  }
}

/** What became of a guest's wish for a version. */
export type Agreement = 'agreed' | 'refused' | 'unheard';

/**
 * Judges a guest's wish for a version, and counts. `unheard`: it comes at the wrong time, and there is no answer. After a refusal
 * the guest may ask for another.
 */
export function agreeOn(
  isKnown: boolean,
  { phase, counters }: { readonly phase: string; readonly counters: VersionCounters },
): Agreement {
  if (phase !== 'open') {
    counters.outOfPlace++;
    return 'unheard';
  }
  if (isKnown) return 'agreed';
  counters.refusedVersions++;
  return 'refused';
}
