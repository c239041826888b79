import { guidText } from '../protocol/guid';
import {
  bareMessage,
  GPADL_CREATED,
  GPADL_TORNDOWN,
  MessageType,
  messageTypeOf,
  OFFER_CHANNEL,
  OPEN_RESULT,
  RELID_MESSAGE,
  VERSION_RESPONSE,
  VmbusStatus,
} from '../protocol/messages';
import { usesMessageConnection } from '../protocol/versions';
import type { ClientChannels } from './client-channels';
import type { ChannelDriver, ClientOffer, VmbusListener } from './driver';
import type { VmbusClientState } from './state';

/** What the host's messages act on. */
export interface ClientMessagesHost {
  readonly listener: VmbusListener;
  readonly channels: ClientChannels;
  state(): VmbusClientState;
  driver(relid: number): ChannelDriver | undefined;
  post(message: Uint8Array): void;
  tryNextVersion(): void;
  finishRescind(offer: ClientOffer): void;
  stopped(): void;
}

/** What the guest does with each message of the host. Messages that it does not expect are ignored. */
export class ClientMessages {
  private readonly handlers: Readonly<Record<number, (message: Uint8Array) => void>> = {
    [MessageType.VersionResponse]: (message) => this.versionResponse(message),
    [MessageType.OfferChannel]: (message) => this.offer(message),
    [MessageType.AllOffersDelivered]: () => this.host.listener.offersDelivered(),
    [MessageType.RescindChannelOffer]: (message) => this.rescind(message),
    [MessageType.OpenChannelResult]: (message) => this.openResult(message),
    [MessageType.GpadlCreated]: (message) => this.gpadlCreated(message),
    [MessageType.GpadlTorndown]: (message) => this.gpadlTorndown(message),
    [MessageType.UnloadResponse]: () => this.unloaded(),
  };

  constructor(private readonly host: ClientMessagesHost) {}

  /** Until the host has answered this system's first message, what comes was meant for one that ran here before. */
  handle(message: Uint8Array): void {
    const type = messageTypeOf(message);
    if (this.host.state().phase === 'contacting' && type !== MessageType.VersionResponse) return;
    this.handlers[type]?.(message);
  }

  private versionResponse(message: Uint8Array): void {
    const response = VERSION_RESPONSE.decode(message);
    const state = this.host.state();
    if (!response || state.phase !== 'contacting') return;
    if (response.supported === 0 || response.connectionState !== 0) return this.host.tryNextVersion();
    state.phase = 'connected';
    if (usesMessageConnection(state.version)) state.messageConnection = response.messageConnection;
    this.host.listener.connected(state.version);
    this.host.post(bareMessage(MessageType.RequestOffers));
  }

  private offer(message: Uint8Array): void {
    const decoded = OFFER_CHANNEL.decode(message);
    if (!decoded) return;
    const { relid, subChannelIndex, connectionId, flags, mmioMegabytes, userDefined } = decoded;
    const offer: ClientOffer = {
      relid,
      subChannelIndex,
      connectionId,
      flags,
      mmioMegabytes,
      userDefined,
      interfaceType: guidText(decoded.interfaceType),
      instance: guidText(decoded.instance),
      dedicatedInterrupt: (decoded.dedicatedInterrupt & 1) !== 0,
      monitorId: (decoded.monitorAllocated & 1) !== 0 ? decoded.monitorId : null,
    };
    const { offers } = this.host.state();
    offers.push(offer);
    if (offer.subChannelIndex === 0) return this.host.listener.offered(offer);
    const isPrimary = (one: ClientOffer): boolean => one.subChannelIndex === 0 && isSameDevice(one, offer);
    this.host.driver(offers.find(isPrimary)?.relid ?? 0)?.subChannelOffered?.(offer);
  }

  private rescind(message: Uint8Array): void {
    const relid = RELID_MESSAGE.decode(message)?.relid;
    const offer = this.host.state().offers.find((candidate) => candidate.relid === relid);
    if (offer) this.host.finishRescind(offer);
  }

  private openResult(message: Uint8Array): void {
    const result = OPEN_RESULT.decode(message);
    const channel = this.host.state().channels.find(({ relid }) => relid === result?.relid);
    if (!result || channel?.phase !== 'opening') return;
    if (result.status === VmbusStatus.Success) channel.phase = 'open';
    else this.host.channels.takeRingBack(channel);
    this.host.driver(result.relid)?.opened(result.status);
  }

  /** A ring's: the opening goes on. A buffer's: its driver hears of it. */
  private gpadlCreated(message: Uint8Array): void {
    const created = GPADL_CREATED.decode(message);
    if (!created) return;
    const { relid, gpadl, status } = created;
    const ring = this.host
      .state()
      .channels.find((channel) => channel.ringGpadl === gpadl && channel.phase === 'sharing');
    if (!ring) return this.host.driver(relid)?.gpadlCreated(gpadl, status);
    if (status === VmbusStatus.Success) return this.host.channels.requestOpening(ring);
    this.host.channels.remove(ring);
    this.host.driver(relid)?.opened(status);
  }

  private gpadlTorndown(message: Uint8Array): void {
    const gpadl = GPADL_TORNDOWN.decode(message)?.gpadl;
    const state = this.host.state();
    const ring = state.channels.find((channel) => channel.ringGpadl === gpadl && channel.phase === 'closing');
    if (ring) {
      this.host.channels.remove(ring);
      return this.host.driver(ring.relid)?.closed();
    }
    const buffer = state.gpadls.find(({ id }) => id === gpadl);
    if (!buffer) return;
    state.gpadls = state.gpadls.filter((other) => other !== buffer);
    this.host.driver(buffer.relid)?.gpadlTornDown(buffer.id);
  }

  /** The host has let go of everything. */
  unloaded(): void {
    const state = this.host.state();
    if (state.phase !== 'unloading') return;
    state.phase = 'unloaded';
    this.host.stopped();
    this.host.listener.unloaded();
  }
}

/** True for channels of one device. linux drivers/hv/channel_mgmt.c, vmbus_process_offer. */
function isSameDevice(a: ClientOffer, b: ClientOffer): boolean {
  return a.interfaceType === b.interfaceType && a.instance === b.instance;
}
