import type { Partition } from '../../hypervisor/partition';
import { TraceKind } from '../../trace/kinds';
import {
  bareMessage,
  encodeMessage,
  GPADL_BODY,
  GPADL_CREATED,
  GPADL_HEADER,
  GPADL_TEARDOWN,
  GPADL_TORNDOWN,
  INITIATE_CONTACT,
  MessageType,
  messageTypeOf,
  MODIFY_CHANNEL,
  MODIFY_CHANNEL_RESPONSE,
  OPEN_CHANNEL,
  OPEN_RESULT,
  RELID_MESSAGE,
  TL_CONNECT_REQUEST,
  TL_CONNECT_RESULT,
  VmbusStatus,
  type InitiateContact,
} from '../protocol/messages';
import { VmbusVersion } from '../protocol/versions';
import type { VspDevice } from './device';
import type { ChannelTable } from './channel-table';
import { contactTarget, judgeContact, versionResponse } from './contact';
import type { GpadlProgress, Gpadls } from './gpadls';
import type { VmbusServerState } from './state';

/** What the messages act on. */
export interface ControlHost {
  readonly partition: Partition;
  readonly actor: number;
  readonly maxVersion: number;
  readonly gpadls: Gpadls;
  readonly table: ChannelTable;
  state(): VmbusServerState;
  send(message: Uint8Array): void;
  /** Sends a message past the connection, to another VP and source. */
  sendElsewhere(vp: number, sint: number, message: Uint8Array): void;
  sendOffers(): void;
  /** A primary channel was closed: takes its sub-channels away. */
  dropSubChannels(device: VspDevice): void;
  disconnect(): void;
  /** The page that the guest names, or null when it is none. */
  monitorPageAt(gpa: bigint): number | null;
}

/** Messages that older versions do not have. microsoft/openvmm vm/devices/vmbus/vmbus_core/src/protocol.rs, vmbus_messages. */
const SINCE: Readonly<Record<number, number>> = {
  [MessageType.TlConnectRequest]: VmbusVersion.V4_0,
  [MessageType.ModifyChannel]: VmbusVersion.V4_1,
};

/** Answers to the guest's channel messages. What is malformed or out of place is counted and otherwise ignored. */
export class ControlMessages {
  private readonly handlers: Readonly<Record<number, (message: Uint8Array) => void>> = {
    [MessageType.RequestOffers]: () => this.requestOffers(),
    [MessageType.OpenChannel]: (message) => this.openChannel(message),
    [MessageType.CloseChannel]: (message) => this.closeChannel(message),
    [MessageType.GpadlHeader]: (message) => this.gpadlHeader(message),
    [MessageType.GpadlBody]: (message) => this.gpadlBody(message),
    [MessageType.GpadlTeardown]: (message) => this.gpadlTeardown(message),
    [MessageType.RelidReleased]: (message) => this.relidReleased(message),
    [MessageType.Unload]: () => this.unload(),
    [MessageType.TlConnectRequest]: (message) => this.tlConnect(message),
    [MessageType.ModifyChannel]: (message) => this.modifyChannel(message),
  };

  constructor(private readonly host: ControlHost) {}

  handle(message: Uint8Array): void {
    const type = messageTypeOf(message);
    const { counters, connected, version } = this.host.state();
    this.host.partition.trace.record(this.host.actor, TraceKind.VmbusFromGuest, type, message.length);
    if (type === MessageType.InitiateContact) return this.initiateContact(message);
    const handler = this.handlers[type];
    if (!handler) counters.malformed++;
    else if (!connected || version < (SINCE[type] ?? 0)) counters.outOfPlace++;
    else handler(message);
  }

  /** A second contact begins all anew. */
  private initiateContact(message: Uint8Array): void {
    const contact = INITIATE_CONTACT.decode(message);
    if (!contact) return this.malformed();
    const verdict = judgeContact(contact, this.host.maxVersion);
    if (verdict === 'unheard') return this.outOfPlace();
    const answer = versionResponse(contact.version, verdict);
    const { vp, sint } = contactTarget(contact);
    if (verdict === 'refused-elsewhere') return this.host.sendElsewhere(vp, sint, answer);
    this.host.disconnect();
    const state = this.host.state();
    state.targetVp = vp < this.host.partition.processors.length ? vp : 0;
    if (verdict === 'accepted') {
      state.connected = true;
      state.version = contact.version;
      state.interruptPage = this.interruptPage(contact);
      state.monitorPage = this.host.monitorPageAt(contact.monitorPage2);
    }
    this.host.send(answer);
  }

  private interruptPage({ version, interruptPage }: InitiateContact): number | null {
    if (version >= VmbusVersion.V2_4 || interruptPage >= 1n << 52n) return null;
    const page = Number(interruptPage);
    return this.host.partition.memory.isRam(page, 4096) ? page : null;
  }

  private requestOffers(): void {
    if (this.host.state().offersRequested) return this.outOfPlace();
    this.host.sendOffers();
  }

  private openChannel(message: Uint8Array): void {
    const request = OPEN_CHANNEL.decode(message);
    if (!request) return this.malformed();
    const { counters } = this.host.state();
    const entry = this.host.table.find(request.relid);
    const { relid, openId } = request;
    if (!entry) counters.unknownChannel++;
    const status = entry && this.host.table.open(entry, request) ? VmbusStatus.Success : VmbusStatus.Unsuccessful;
    if (status !== VmbusStatus.Success) counters.refusedOpens++;
    this.host.partition.trace.record(this.host.actor, TraceKind.ChannelOpen, relid, status);
    this.host.send(encodeMessage(MessageType.OpenChannelResult, OPEN_RESULT, { relid, openId, status }));
  }

  /**
   * There is no answer to this one; teardowns that waited for it are answered now. The sub-channels of a primary channel are rescinded
   * with it: linux drivers/hv/channel_mgmt.c, vmbus_onoffer_rescind.
   */
  private closeChannel(message: Uint8Array): void {
    const request = RELID_MESSAGE.decode(message);
    if (!request) return this.malformed();
    const entry = this.host.table.find(request.relid);
    const isKnown = this.host.state().channels.some(({ relid }) => relid === request.relid);
    if (!isKnown) return this.unknownChannel();
    if (entry && !this.host.table.close(entry)) this.outOfPlace();
    this.answerTeardowns(request.relid);
    if (entry?.subChannelIndex === 0) this.host.dropSubChannels(entry.device);
  }

  private answerTeardowns(relid: number): void {
    const waiting = this.host.state().gpadls.filter((gpadl) => gpadl.relid === relid && gpadl.teardownWanted);
    for (const { id } of waiting) this.tearDown(id);
  }

  private gpadlHeader(message: Uint8Array): void {
    const header = GPADL_HEADER.decode(message);
    if (!header) return this.malformed();
    const isKnown = this.host
      .state()
      .channels.some(({ relid, phase }) => relid === header.relid && phase !== 'rescinded');
    const progress = isKnown ? this.host.gpadls.begin(header, message.subarray(GPADL_HEADER.size)) : 'bad';
    if (!isKnown) this.unknownChannel();
    this.answerGpadl(header.relid, header.gpadl, progress);
  }

  private gpadlBody(message: Uint8Array): void {
    const body = GPADL_BODY.decode(message);
    if (!body) return this.malformed();
    const relid = this.host.gpadls.find(body.gpadl)?.relid ?? 0;
    this.answerGpadl(relid, body.gpadl, this.host.gpadls.add(body.gpadl, message.subarray(GPADL_BODY.size)));
  }

  private answerGpadl(relid: number, gpadl: number, progress: GpadlProgress): void {
    const { counters } = this.host.state();
    if (progress === 'unknown') counters.unknownGpadl++;
    if (progress === 'bad') counters.badGpadl++;
    if (progress === 'partial' || progress === 'unknown') return;
    const status = progress === 'complete' ? VmbusStatus.Success : VmbusStatus.Unsuccessful;
    this.host.send(encodeMessage(MessageType.GpadlCreated, GPADL_CREATED, { relid, gpadl, status }));
  }

  /** While a ring in it is open its pages are in use: the answer waits for the close. */
  private gpadlTeardown(message: Uint8Array): void {
    const request = GPADL_TEARDOWN.decode(message);
    if (!request) return this.malformed();
    const gpadl = this.host.gpadls.find(request.gpadl);
    if (!gpadl || gpadl.relid !== request.relid) return void this.host.state().counters.unknownGpadl++;
    const isRing = this.host
      .state()
      .channels.some(
        ({ phase, relid, ringGpadl }) => phase === 'open' && relid === gpadl.relid && ringGpadl === gpadl.id,
      );
    if (isRing) gpadl.teardownWanted = true;
    else this.tearDown(gpadl.id);
  }

  private tearDown(gpadl: number): void {
    this.host.gpadls.remove(gpadl);
    this.host.send(encodeMessage(MessageType.GpadlTorndown, GPADL_TORNDOWN, { gpadl }));
  }

  /**
   * The guest is done with a rescinded channel: its id may be used again. One that is still there is not offered again before the guest
   * connects anew.
   */
  private relidReleased(message: Uint8Array): void {
    const request = RELID_MESSAGE.decode(message);
    if (!request) return this.malformed();
    const channel = this.host.state().channels.find(({ relid }) => relid === request.relid);
    if (!channel) return this.unknownChannel();
    if (channel.phase === 'open' || !channel.offered) return this.outOfPlace();
    this.host.gpadls.removeOf(request.relid);
    if (channel.phase === 'rescinded') this.host.table.forget(channel);
    else channel.offered = false;
  }

  /** The first version has no answer to it. */
  private unload(): void {
    const isAnswered = this.host.state().version >= VmbusVersion.V1_1;
    this.host.disconnect();
    if (isAnswered) this.host.send(bareMessage(MessageType.UnloadResponse));
  }

  /** There is no service behind Hyper-V sockets here: connections are refused, and from 4.1 on the guest is told. */
  private tlConnect(message: Uint8Array): void {
    const request = TL_CONNECT_REQUEST.decode(message);
    if (!request) return this.malformed();
    if (this.host.state().version < VmbusVersion.V4_1) return;
    const status = VmbusStatus.ConnectionRefused;
    this.host.send(encodeMessage(MessageType.TlConnectResult, TL_CONNECT_RESULT, { ...request, status }));
  }

  /** From 5.3 on the change is acknowledged. */
  private modifyChannel(message: Uint8Array): void {
    const request = MODIFY_CHANNEL.decode(message);
    if (!request) return this.malformed();
    const { relid, targetVp } = request;
    const entry = this.host.table.find(relid);
    const isGood = entry?.state.phase === 'open' && targetVp < this.host.partition.processors.length;
    if (entry && isGood) entry.state.targetVp = targetVp;
    else this.outOfPlace();
    if (this.host.state().version < VmbusVersion.V5_3) return;
    const status = isGood ? VmbusStatus.Success : VmbusStatus.Unsuccessful;
    this.host.send(encodeMessage(MessageType.ModifyChannelResponse, MODIFY_CHANNEL_RESPONSE, { relid, status }));
  }

  private malformed(): void {
    this.host.state().counters.malformed++;
  }

  private outOfPlace(): void {
    this.host.state().counters.outOfPlace++;
  }

  private unknownChannel(): void {
    this.host.state().counters.unknownChannel++;
  }
}
