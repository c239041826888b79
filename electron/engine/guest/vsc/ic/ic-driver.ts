import type { InspectNode } from '../../../base/unit';
import { clonePlain } from '../../../base/unit';
import {
  answerIc,
  commonVersion,
  decodeIc,
  decodeNegotiate,
  encodeIc,
  encodeNegotiate,
  IcFlag,
  IcStatus,
  IcType,
  icVersionText,
  type IcMessage,
  type IcVersion,
  type IcVersions,
} from '../../../vmbus/protocol/ic';
import type { Packet } from '../../../vmbus/protocol/packet';
import { MessageDriver, type ChannelOptions } from '../message-driver';
import type { IcDriverState } from './state';

/** A component of the guest: what it can, and how it answers. */
export interface IcGuestService {
  readonly type: number;
  /** Newest first. */
  readonly versions: IcVersions;
  /** Answers a request: the body is the request's and may be changed in place. Returns the status; null: it takes time. */
  request(body: Uint8Array, version: IcVersion): number | null;
  /** The status of the request that took time; null as long as it does. */
  verdict?(): number | null;
  /** The answer is on its way: what it promised may be done. */
  replied?(body: Uint8Array, status: number): void;
}

export interface IcDriverOptions extends ChannelOptions<'ready'> {
  readonly service: IcGuestService;
  readonly state: IcDriverState;
  /** An answer takes time: `settle` is to be called until it has been given. */
  readonly later?: () => void;
}

/** The packet of a request: its bytes become those of the answer. */
type Request = Pick<Packet, 'idLow' | 'idHigh' | 'payload'>;

/** Linux: three pages of data in each direction. drivers/hv/hv_util.c, HV_HYP_PAGE_SIZE * 3. */
const RING_PAGES = 4;

/** The guest's end of an integration component: answers what the host asks, in the framing of linux drivers/hv/hv_util.c. */
export class IcDriver {
  /** To start it and to stop it; the host begins to negotiate when it is open. */
  readonly channel: MessageDriver<'ready'>;

  constructor(private readonly options: IcDriverOptions) {
    this.channel = new MessageDriver(options, {
      ringPages: RING_PAGES,
      opened: () => (options.state.open = null),
      received: (packet) => this.received(packet),
    });
  }

  private get state(): IcDriverState {
    return this.options.state;
  }

  private received(packet: Packet): boolean {
    const message = decodeIc(packet.payload);
    if (!message || (message.header.flags & IcFlag.Request) === 0) return false;
    if (message.header.type === IcType.Negotiate) return this.negotiate(packet, message);
    return message.header.type === this.options.service.type && this.answer(packet, message);
  }

  /** Names the newest version of each that both have; none of either when one is missing. */
  private negotiate(packet: Packet, message: IcMessage): boolean {
    const offered = decodeNegotiate(message.body);
    const { versions } = this.options.service;
    const framework = offered && commonVersion(versions.framework, offered.framework);
    const version = offered && commonVersion(versions.message, offered.message);
    const isAgreed = framework && version;
    const chosen = isAgreed ? { framework: [framework], message: [version] } : { framework: [], message: [] };
    Object.assign(this.state, { framework: isAgreed ? framework : null, message: isAgreed ? version : null });
    const flags = IcFlag.Transaction | IcFlag.Response;
    const payload = encodeIc({ ...message.header, status: 0, flags }, encodeNegotiate(chosen));
    this.channel.send({ idLow: packet.idLow, idHigh: packet.idHigh, payload });
    if (isAgreed) this.channel.enter('ready');
    return true;
  }

  private answer(packet: Packet, message: IcMessage): boolean {
    const version = this.state.message;
    if (!version) return false;
    const { service, later } = this.options;
    const status = service.request(message.body, version);
    if (status !== null) this.conclude(packet, message.body, status);
    else {
      this.state.open = { idLow: packet.idLow, idHigh: packet.idHigh, payload: packet.payload.slice() };
      later?.();
    }
    return true;
  }

  /** Gives the answer that takes time, if it is there. False as long as it is not. */
  settle(): boolean {
    const { open, phase } = this.state;
    const status = open && phase === 'ready' ? (this.options.service.verdict?.() ?? null) : IcStatus.Fail;
    if (status === null) return false;
    this.state.open = null;
    const message = open && decodeIc(open.payload);
    if (message && phase === 'ready') this.conclude(open, message.body, status);
    return true;
  }

  private conclude({ idLow, idHigh, payload }: Request, body: Uint8Array, status: number): void {
    this.state.answered++;
    answerIc(payload, status);
    this.channel.send({ idLow, idHigh, payload });
    this.options.service.replied?.(body, status);
  }

  save(): IcDriverState {
    return clonePlain(this.state);
  }

  inspect(): InspectNode {
    const { phase, message, answered, malformed } = this.state;
    return { phase, version: message && icVersionText(message), answered, malformed };
  }
}
