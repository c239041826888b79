import type { Packet } from '../protocol/packet';

/** A channel that the host offered, as the guest's bus driver lists it. */
export interface ClientOffer {
  readonly relid: number;
  /** Class and instance, GUID text in lower case. */
  readonly interfaceType: string;
  readonly instance: string;
  readonly subChannelIndex: number;
  readonly connectionId: number;
  /** True when the channel has its own event flag and connection (since Windows 8). */
  readonly dedicatedInterrupt: boolean;
  /** Bit of the monitor page that stands for a signal, or null. */
  readonly monitorId: number | null;
  readonly flags: number;
  readonly mmioMegabytes: number;
  readonly userDefined: Uint8Array;
}

/** Why there is no connection. */
export type ConnectFailure = 'no-hypervisor' | 'no-memory' | 'version-refused';

/** What the kernel hears from the bus. The calls come from inside `connect` and `interrupt`. */
export interface VmbusListener {
  connected(version: number): void;
  failed(reason: ConnectFailure): void;
  /** A device: the offer of its primary channel. */
  offered(offer: ClientOffer): void;
  /** All devices present at the time have been offered. */
  offersDelivered(): void;
  /** A device is gone; its channel is closed and its id given back. */
  rescinded(offer: ClientOffer): void;
  unloaded(): void;
}

/** The driver (VSC) of one channel. Attached by id: wiring, made anew after a restore. */
export interface ChannelDriver {
  /** The host's answer to `openChannel`: 0 is success. After a refusal `closed` follows when the ring has been freed. */
  opened(status: number): void;
  /** The host's answer to `share`. */
  gpadlCreated(gpadl: number, status: number): void;
  gpadlTornDown(gpadl: number): void;
  /** The host offers one more channel of this driver's device, after the driver has asked for it by the device's own protocol. */
  subChannelOffered?(offer: ClientOffer): void;
  /** One packet from the host. */
  packet(packet: Packet): void;
  /** All packets of this signal have been handed over, and there may be room to send what had to wait. */
  drained(): void;
  /** The channel is closed and its ring has been freed. */
  closed(): void;
  /** The host removed the device. Pages shared with it may be freed; nothing can be sent any more. */
  rescinded(): void;
}
