import { expect } from 'vitest';
import {
  bareMessage,
  encodeMessage,
  GPADL_CREATED,
  GPADL_TEARDOWN,
  MessageType,
  type OPEN_RESULT,
  RELID_MESSAGE,
} from '@engine/vmbus/protocol/messages';
import { VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TinyGuest } from './rig';

/** Numbers of `count` pages that follow each other. */
export const pages = (count: number, first = 0x1000): number[] => Array.from({ length: count }, (_, i) => first + i);

/** A machine with one channel, offered to a guest of single messages and not open. */
export class ChannelRig extends BusRig {
  readonly device = new EchoDevice();
  readonly guest: TinyGuest;

  constructor() {
    super({ vpCount: 2 });
    this.server.add(this.device);
    this.guest = new TinyGuest(this);
    this.offerAnew();
  }

  /** Contact, offers, and all messages about them taken. */
  offerAnew(): void {
    this.guest.contact(VmbusVersion.V5_3);
    this.guest.post(bareMessage(MessageType.RequestOffers));
    this.guest.take();
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.server.save().counters };
  }

  /** The status in the last message that has come. */
  lastStatus(layout: typeof OPEN_RESULT | typeof GPADL_CREATED): number | undefined {
    return layout.decode(this.guest.take().at(-1) ?? new Uint8Array(0))?.status;
  }

  shareRing(gpadl = 5, count = 8): void {
    this.guest.gpadl(1, gpadl, pages(count));
    expect(this.lastStatus(GPADL_CREATED)).toBe(0);
  }

  close(): void {
    this.guest.post(encodeMessage(MessageType.CloseChannel, RELID_MESSAGE, { relid: 1 }));
  }

  tearDown(gpadl: number): void {
    this.guest.post(encodeMessage(MessageType.GpadlTeardown, GPADL_TEARDOWN, { relid: 1, gpadl }));
  }
}
