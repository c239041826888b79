import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import {
  decodeIc,
  decodeNegotiate,
  encodeIc,
  encodeNegotiate,
  IcFlag,
  IcType,
  icVersionText,
  type IcMessage,
  type IcVersion,
  type IcVersions,
} from '../../../vmbus/protocol/ic';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType } from '../../../vmbus/protocol/packet';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';

/** How far a component's channel is. */
export type IcPhase = 'closed' | 'opened' | 'negotiating' | 'ready' | 'refused';

/** Saved state. */
export interface IcChannelState {
  phase: IcPhase;
  framework: IcVersion;
  message: IcVersion;
  transaction: number;
  /** Requests that wait for room in the ring. */
  waiting: Uint8Array[];
  malformed: number;
}

/** One component: what it offers, and what it does with the guest's answers. */
export interface IcService {
  readonly type: number;
  readonly offer: OfferSpec;
  readonly versions: IcVersions;
  /** Both sides agree: requests may be sent. */
  ready(version: IcVersion): void;
  /** The guest's answer to a request. */
  answered(status: number, body: Uint8Array): void;
  /** The guest has closed the channel. */
  closed(): void;
}

const WAITING_LIMIT = 16;

/**
 * The host's end of an integration component: framing, negotiation, requests and answers. The host speaks first and asks; the
 * guest only answers. linux drivers/hv/channel_mgmt.c, vmbus_prep_negotiate_resp, is the other side.
 */
export class IcChannel implements VspDevice, Unit<IcChannelState> {
  private state: IcChannelState = fresh();
  private channel: HostChannel | null = null;

  constructor(private readonly service: IcService) {}

  get offer(): OfferSpec {
    return this.service.offer;
  }

  get ready(): boolean {
    return this.state.phase === 'ready';
  }

  /** Version of the messages that was agreed. */
  get version(): IcVersion {
    return this.state.message;
  }

  attached(channel: HostChannel): void {
    this.channel = channel;
  }

  opened(channel: HostChannel): boolean {
    this.state = fresh();
    this.state.phase = 'opened';
    channel.schedule();
    return true;
  }

  closed(): void {
    this.state = fresh();
    this.service.closed();
  }

  signalled(channel: HostChannel): void {
    if (this.state.phase === 'opened') this.negotiate();
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      const message = decodeIc(packet.payload);
      if (message && (message.header.flags & IcFlag.Response) !== 0) this.handle(message);
      else this.state.malformed++;
    }
    this.flush(channel);
  }

  private negotiate(): void {
    this.state.phase = 'negotiating';
    this.post(IcType.Negotiate, encodeNegotiate(this.service.versions));
  }

  private handle({ header, body }: IcMessage): void {
    if (header.type === IcType.Negotiate && this.state.phase === 'negotiating') this.negotiated(body);
    else if (header.type === this.service.type && this.ready) this.service.answered(header.status, body);
    else this.state.malformed++;
  }

  /** The guest names one version of each, or none: then it cannot work with this host. */
  private negotiated(body: Uint8Array): void {
    const chosen = decodeNegotiate(body);
    const [framework] = chosen?.framework ?? [];
    const [message] = chosen?.message ?? [];
    const { versions } = this.service;
    const isOffered = (list: readonly IcVersion[], version: IcVersion): boolean =>
      list.some(({ major, minor }) => major === version.major && minor === version.minor);
    if (!framework || !message || !isOffered(versions.framework, framework) || !isOffered(versions.message, message)) {
      this.state.phase = 'refused';
      return;
    }
    Object.assign(this.state, { phase: 'ready', framework, message });
    this.service.ready(message);
  }

  /** Sends a request. False when the guest's component is not there, or does not keep up. */
  request(body: Uint8Array): boolean {
    if (!this.ready || this.state.waiting.length >= WAITING_LIMIT) return false;
    this.post(this.service.type, body);
    return true;
  }

  private post(type: number, body: Uint8Array): void {
    const { state } = this;
    state.transaction = (state.transaction + 1) & 0xff;
    const header = {
      frameworkMajor: state.framework.major,
      frameworkMinor: state.framework.minor,
      type,
      messageMajor: state.message.major,
      messageMinor: state.message.minor,
      status: 0,
      transaction: state.transaction,
      flags: IcFlag.Transaction | IcFlag.Request,
    };
    state.waiting.push(encodeIc(header, body));
    if (this.channel) this.flush(this.channel);
  }

  private flush(channel: HostChannel): void {
    const { waiting } = this.state;
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!channel.send({ type: PacketType.InBand, idLow: this.state.transaction, payload: next })) return;
      waiting.shift();
    }
  }

  reset(): void {
    this.state = fresh();
  }

  save(): IcChannelState {
    return clonePlain(this.state);
  }

  restore(saved: IcChannelState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { phase, framework, message, malformed } = this.state;
    return { phase, framework: icVersionText(framework), message: icVersionText(message), malformed };
  }
}

function fresh(): IcChannelState {
  const framework = { major: 0, minor: 0 };
  return { phase: 'closed', framework, message: framework, transaction: 0, waiting: [], malformed: 0 };
}
