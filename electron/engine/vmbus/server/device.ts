import type { OfferSpec } from '../protocol/offer';
import type { HostChannel } from './host-channel';

/**
 * A provider (VSP) as the server sees it. Everything that a guest can change lies in the provider's own plain state; the channel
 * is wiring, handed over by `attached`; the primary one is good for the machine's life, over resets and restores.
 */
export interface VspDevice {
  readonly offer: OfferSpec;
  /** True when what it does concerns its guest alone: no other machine, and nothing that machines share. */
  readonly isPrivate?: boolean;
  /**
   * The device has a channel, closed for now: its primary one when it is added to a server, and each sub-channel
   * (`channel.subChannelIndex` above 0) when that is added, and again when a machine with it is restored.
   */
  attached(channel: HostChannel): void;
  /** The guest has opened the channel. False refuses it. */
  opened(channel: HostChannel): boolean;
  /** The guest has closed it, or reset, or the device is being removed: buffers and rings of the guest are gone. */
  closed(channel: HostChannel): void;
  /**
   * Work: the guest has signalled (packets wait, or there is room again), or the device asked by `channel.schedule`. Runs in the
   * parent's time; what it costs is charged to `channel.meter`, and the next run comes no sooner than that much later.
   */
  signalled(channel: HostChannel): void;
}
