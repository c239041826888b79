import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { OfferSpec } from '@engine/vmbus/protocol/offer';
import { PacketType } from '@engine/vmbus/protocol/packet';
import type { ChannelDriver } from '@engine/vmbus/client/driver';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';
import type { TestPages } from '../../engine/vmbus/rig';

/** A provider without state of its own: sends back what comes in, on whatever channel, and drops what finds no room. */
export class MirrorDevice implements VspDevice {
  readonly offer: OfferSpec;
  /** All channels that it was ever given and that are not gone. */
  readonly channels = new Set<HostChannel>();
  refuses = false;

  constructor(readonly number: number) {
    const instance = `11112222-3333-4444-5555-${String(number).padStart(12, '0')}`;
    const monitorLatency = number % 2 === 1 ? 1000 : undefined; // every other one is signalled through the monitor page
    this.offer = { name: `mirror-${number}`, interfaceType: DeviceClass.Heartbeat, instance, monitorLatency };
  }

  attached(channel: HostChannel): void {
    this.channels.add(channel);
  }

  opened(): boolean {
    return !this.refuses;
  }

  closed(): void {
    // nothing is kept between two signals
  }

  signalled(channel: HostChannel): void {
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      const { idLow, idHigh, payload } = packet;
      channel.send({ type: PacketType.InBand, idLow, idHigh, payload });
    }
  }
}

/** Pages that a driver shares with its provider. */
export interface SharedBuffer {
  readonly gpadl: number;
  readonly gpa: number;
  readonly pages: number;
}

/** A driver that only keeps account of what it was told and of the pages that it shares. */
export class MirrorDriver implements ChannelDriver {
  packets = 0;
  readonly buffers: SharedBuffer[] = [];

  constructor(private readonly pages: TestPages) {}

  opened(): void {
    // the client knows
  }

  gpadlCreated(gpadl: number, status: number): void {
    if (status !== 0) this.release(gpadl);
  }

  gpadlTornDown(gpadl: number): void {
    this.release(gpadl);
  }

  packet(): void {
    this.packets++;
  }

  drained(): void {
    // nothing waits for room
  }

  closed(): void {
    // buffers outlive the ring
  }

  rescinded(): void {
    for (const { gpadl } of [...this.buffers]) this.release(gpadl);
  }

  private release(gpadl: number): void {
    const index = this.buffers.findIndex((buffer) => buffer.gpadl === gpadl);
    const [buffer] = index < 0 ? [] : this.buffers.splice(index, 1);
    if (buffer) this.pages.release(buffer.gpa, buffer.pages);
  }
}
