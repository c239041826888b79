import type { InspectNode } from '../../../base/unit';
import {
  decodeIc,
  decodeNegotiate,
  encodeIc,
  encodeNegotiate,
  IcFlag,
  IcType,
  icVersionText,
  type IcVersion,
  type IcVersions,
} from '../../../vmbus/protocol/ic';
import { inBand, MessageProvider, type MessageCounters, type ProviderState } from '../message-provider';
import { icOffer, icTypeOf, type IcComponent } from './components';
import { NEWEST_IC_PROFILE } from './versions';

/** How far a component's channel is. */
export type IcPhase = 'closed' | 'open' | 'negotiating' | 'ready' | 'refused';

/** Saved state of a component; `own` is what it remembers besides its channel. */
export interface IcState<Own> extends ProviderState {
  phase: IcPhase;
  framework: IcVersion;
  message: IcVersion;
  transaction: number;
  counters: MessageCounters;
  own: Own;
}

/** One component: what it remembers, and what it does with the guest's answers. */
export interface IcService<Own extends object> {
  readonly component: IcComponent;
  /** The newest that there are, unless a host is older. */
  readonly versions?: IcVersions;
  /** What it remembers after power-on; at a reset `before` is what it did until then. */
  fresh(before?: Own): Own;
  /** Both sides agree: requests may be sent. */
  ready?(version: IcVersion): void;
  /** The guest's answer to a request. */
  answered(status: number, body: Uint8Array): void;
  /** The guest's end is gone. */
  closed?(): void;
  /** The machine begins anew. */
  reset?(): void;
  /** What it remembers, for reading by people. */
  describe(own: Own): Readonly<Record<string, InspectNode>>;
}

const WAITING_LIMIT = 16;

/**
 * The host's end of an integration component: framing, negotiation, requests and answers. The host speaks first and asks; the
 * guest only answers. linux drivers/hv/channel_mgmt.c, vmbus_prep_negotiate_resp, is the other side.
 */
export class IcChannel<Own extends object> {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<Own>>;
  private readonly type: number;
  private readonly versions: IcVersions;

  constructor(private readonly service: IcService<Own>) {
    const { component } = service;
    this.type = icTypeOf(component);
    this.versions = service.versions ?? NEWEST_IC_PROFILE[component];
    this.device = new MessageProvider<IcState<Own>>({
      offer: icOffer(component),
      isPrivate: true,
      fresh: (before) => fresh(service.fresh(before?.own)),
      kept: (state, { own }) => ({ ...state, own }),
      opened: () => this.negotiate(),
      closed: () => service.closed?.(),
      received: (payload) => this.received(payload),
      reset: () => service.reset?.(),
      describe: (state) => this.describe(state),
    });
  }

  private get state(): IcState<Own> {
    return this.device.state;
  }

  /** What the component remembers. */
  get own(): Own {
    return this.state.own;
  }

  get ready(): boolean {
    return this.state.phase === 'ready';
  }

  /** Version of the messages that was agreed. */
  get version(): IcVersion {
    return this.state.message;
  }

  private negotiate(): void {
    this.state.phase = 'negotiating';
    this.device.queue(this.question(IcType.Negotiate, encodeNegotiate(this.versions)));
    this.device.schedule();
  }

  private received(payload: Uint8Array): boolean {
    const message = decodeIc(payload);
    if (!message || (message.header.flags & IcFlag.Response) === 0) return false;
    const { header, body } = message;
    if (header.type === IcType.Negotiate && this.state.phase === 'negotiating') this.negotiated(body);
    else if (header.type === this.type && this.ready) this.service.answered(header.status, body);
    else return false;
    return true;
  }

  /** The guest names one version of each, or none: then it cannot work with this host. */
  private negotiated(body: Uint8Array): void {
    const chosen = decodeNegotiate(body);
    const [framework] = chosen?.framework ?? [];
    const [message] = chosen?.message ?? [];
    const { versions } = this;
    const isOffered = (list: readonly IcVersion[], version: IcVersion): boolean =>
      list.some(({ major, minor }) => major === version.major && minor === version.minor);
    if (!framework || !message || !isOffered(versions.framework, framework) || !isOffered(versions.message, message)) {
      this.state.phase = 'refused';
      return;
    }
    Object.assign(this.state, { phase: 'ready', framework, message });
    this.service.ready?.(message);
  }

  /** Sends a request. False when the guest's component is not there, or does not keep up. */
  request(body: Uint8Array): boolean {
    if (!this.ready || this.state.waiting.length >= WAITING_LIMIT) return false;
    this.device.post(this.question(this.type, body));
    return true;
  }

  private question(type: number, body: Uint8Array) {
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
    return inBand(encodeIc(header, body), state.transaction);
  }

  private describe({ framework, message, own }: IcState<Own>): Readonly<Record<string, InspectNode>> {
    const versions = { framework: icVersionText(framework), message: icVersionText(message) };
    return { ...versions, ...this.service.describe(own) };
  }
}

function fresh<Own>(own: Own): IcState<Own> {
  const none = { major: 0, minor: 0 };
  const counters = { malformed: 0 };
  return { phase: 'closed', framework: none, message: none, transaction: 0, waiting: [], counters, own };
}
