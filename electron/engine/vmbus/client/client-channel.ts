import { PAGE_SIZE, type GuestMemory } from '../../memory/guest-memory';
import { PageView } from '../page-view';
import type { OutgoingPacket, Packet } from '../protocol/packet';
import { RingConsumer } from '../ring/consumer';
import { RingProducer } from '../ring/producer';
import { FEATURE_PENDING_SEND_SIZE, RingBuffer, RingControl } from '../ring/ring-buffer';

/** Where a channel's rings lie: send ring first, then receive ring, each with its control page. */
export interface RingPlace {
  readonly gpa: number;
  readonly sendPages: number;
  readonly receivePages: number;
}

/** Times that a drain begins again for packets that came in while it ended. */
const DRAIN_LIMIT = 16;

/** The guest's end of an open channel. Wiring over rings in memory: made anew whenever it is asked for after a restore. */
export class ClientChannel {
  private readonly outgoing: RingProducer;
  private readonly incoming: RingConsumer;

  /** @param signal tells the host that its ring has something, or has room */
  constructor(
    memory: GuestMemory,
    place: RingPlace,
    private readonly signal: () => void,
  ) {
    const pages = place.sendPages + place.receivePages;
    const view = PageView.contiguous(memory, place.gpa, pages * PAGE_SIZE);
    this.outgoing = new RingProducer(new RingBuffer(view, 0, place.sendPages));
    this.incoming = new RingConsumer(new RingBuffer(view, place.sendPages * PAGE_SIZE, place.receivePages));
  }

  /** Makes both rings empty and says that this guest heeds the other side's wish for room. */
  initialise(): void {
    for (const { ring } of [this.outgoing, this.incoming]) {
      ring.clear();
      ring.setControl(RingControl.FeatureBits, FEATURE_PENDING_SEND_SIZE);
    }
  }

  /** False when the ring has no room: `drained` of the driver is the time to try again. */
  send(packet: OutgoingPacket): boolean {
    const result = this.outgoing.write(packet);
    if (result === 'signal') this.signal();
    return result === 'signal' || result === 'written';
  }

  /** Hands every waiting packet to `each`, unsignalled meanwhile, and gives the space back. */
  drain(each: (packet: Packet) => void): void {
    for (let round = 0; round < DRAIN_LIMIT; round++) {
      this.incoming.mask();
      for (let packet = this.incoming.next(); packet; packet = this.incoming.next()) each(packet);
      if (this.incoming.commit()) this.signal();
      if (!this.incoming.unmask()) return;
    }
  }

  /** Indices and sizes of both rings. */
  describe(): { out: ReturnType<RingBuffer['describe']>; in: ReturnType<RingBuffer['describe']> } {
    return { out: this.outgoing.ring.describe(), in: this.incoming.ring.describe() };
  }
}
