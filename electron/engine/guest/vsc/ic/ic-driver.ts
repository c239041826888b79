import type { InspectNode } from '../../../base/unit';
import { clonePlain } from '../../../base/unit';
import type { VmbusClient } from '../../../vmbus/client/client';
import type { ChannelDriver } from '../../../vmbus/client/driver';
import {
  commonVersion,
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
import { PacketType, type Packet } from '../../../vmbus/protocol/packet';
import type { IcDriverState } from './state';

/** A component of the guest: what it can, and how it answers. */
export interface IcGuestService {
  readonly type: number;
  /** Newest first. */
  readonly versions: IcVersions;
  /** Answers a request: the body is the request's and may be changed in place. Returns the status. */
  request(body: Uint8Array, version: IcVersion): number;
  /** The answer is on its way: what it promised may be done. */
  replied?(body: Uint8Array, status: number): void;
}

export interface IcDriverOptions {
  readonly client: VmbusClient;
  readonly relid: number;
  readonly service: IcGuestService;
  /** Kept by the kernel with the device; `newIcDriver()` before the first start. */
  readonly state: IcDriverState;
  /** The version is agreed, the channel could not be opened, or the host took the device away. */
  readonly changed?: (phase: IcDriverState['phase']) => void;
}

/** Linux: three pages of data in each direction. drivers/hv/hv_util.c, HV_HYP_PAGE_SIZE * 3. */
const RING_PAGES = 4;

/** The guest's end of an integration component: answers what the host asks, in the framing of linux drivers/hv/hv_util.c. */
export class IcDriver implements ChannelDriver {
  constructor(private readonly options: IcDriverOptions) {
    options.client.attach(options.relid, this);
  }

  private get state(): IcDriverState {
    return this.options.state;
  }

  /** Opens the channel; the host then begins to negotiate. */
  start(): void {
    const { client, relid } = this.options;
    this.enter('opening');
    if (!client.openChannel(relid, { sendPages: RING_PAGES, receivePages: RING_PAGES })) this.enter('failed');
  }

  /** Closes it again. */
  stop(): void {
    this.options.client.closeChannel(this.options.relid);
  }

  opened(status: number): void {
    this.enter(status === 0 ? 'open' : 'failed');
  }

  packet(packet: Packet): void {
    const message = decodeIc(packet.payload);
    if (!message || (message.header.flags & IcFlag.Request) === 0) {
      this.state.malformed++;
      return;
    }
    if (message.header.type === IcType.Negotiate) this.negotiate(packet, message);
    else if (message.header.type === this.options.service.type) this.answer(packet, message);
    else this.state.malformed++;
  }

  /** Names the newest version of each that both have; none of either when one is missing. */
  private negotiate(packet: Packet, message: IcMessage): void {
    const offered = decodeNegotiate(message.body);
    const { versions } = this.options.service;
    const framework = offered && commonVersion(versions.framework, offered.framework);
    const version = offered && commonVersion(versions.message, offered.message);
    const isAgreed = framework && version;
    const chosen = isAgreed ? { framework: [framework], message: [version] } : { framework: [], message: [] };
    Object.assign(this.state, { framework: isAgreed ? framework : null, message: isAgreed ? version : null });
    this.reply(packet, message, encodeNegotiate(chosen), 0);
    if (isAgreed) this.enter('ready');
  }

  private answer(packet: Packet, message: IcMessage): void {
    const version = this.state.message;
    if (!version) {
      this.state.malformed++;
      return;
    }
    const { service } = this.options;
    const status = service.request(message.body, version);
    this.state.answered++;
    this.reply(packet, message, message.body, status);
    service.replied?.(message.body, status);
  }

  private reply(packet: Packet, { header }: IcMessage, body: Uint8Array, status: number): void {
    const payload = encodeIc({ ...header, status, flags: IcFlag.Transaction | IcFlag.Response }, body);
    this.state.waiting.push({ idLow: packet.idLow, idHigh: packet.idHigh, payload });
    this.drained();
  }

  drained(): void {
    const { waiting } = this.state;
    const channel = this.options.client.channel(this.options.relid);
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!channel?.send({ type: PacketType.InBand, ...next })) return;
      waiting.shift();
    }
  }

  gpadlCreated(): void {
    // Components share nothing but their rings.
  }

  gpadlTornDown(): void {
    // As above.
  }

  closed(): void {
    this.enter('closed');
  }

  rescinded(): void {
    this.enter('removed');
  }

  private enter(phase: IcDriverState['phase']): void {
    this.state.phase = phase;
    if (phase === 'closed' || phase === 'removed') this.state.waiting = [];
    this.options.changed?.(phase);
  }

  save(): IcDriverState {
    return clonePlain(this.state);
  }

  inspect(): InspectNode {
    const { phase, message, answered, malformed } = this.state;
    return { phase, version: message && icVersionText(message), answered, malformed };
  }
}
