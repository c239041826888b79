import { PAGE_SIZE } from '../../../memory/guest-memory';
import {
  NdisCapability,
  NVSP_BUFFER,
  NVSP_INIT,
  NVSP_INIT_COMPLETE,
  NVSP_NDIS_CONFIG,
  NVSP_NDIS_VERSION,
  NVSP_RECEIVE_BUFFER_COMPLETE,
  NVSP_SEND_BUFFER_COMPLETE,
  type NvspReceiveBufferComplete,
  NvspStatus,
  NvspType,
  nvspTypeOf,
  NvspVersion,
  RECEIVE_BUFFER_ID,
} from '../../../vmbus/protocol/nvsp';
import type { Layout } from '../../../vmbus/protocol/layout';
import { readU32 } from '../../../base/bytes';
import { RNDIS_HEADER } from '../../../vmbus/protocol/rndis';
import type { NetvscLink } from './link';
import { applyAnswer, BRING_UP, requestMessage } from './requests';
import type { NetvscSettings } from './settings';
import type { NetvscFailure, NetvscState, SharedPages } from './state';

/** Id of the send buffer. linux drivers/net/hyperv/hyperv_net.h, NETVSC_SEND_BUFFER_ID. */
export const SEND_BUFFER_ID = 0;
const ETHERNET_HEADER = 14;
/** The least that a section of either buffer may hold. linux drivers/net/hyperv/hyperv_net.h, NETVSC_MTU_MIN. */
const SMALLEST_SECTION = 68;
const NDIS_6_1 = { major: 6, minor: 1 };
const NDIS_6_30 = { major: 6, minor: 30 };

/** What the bring-up tells. */
export interface BringUpHost {
  up(): void;
  fail(reason: NetvscFailure): void;
}

/**
 * From an open channel to a working adapter, one answer at a time: version, configuration, receive buffer, send buffer, RNDIS.
 * linux drivers/net/hyperv/netvsc.c, netvsc_connect_vsp.
 */
export class BringUp {
  constructor(
    private readonly link: NetvscLink,
    private readonly settings: NetvscSettings,
    private readonly host: BringUpHost,
  ) {}

  private get state(): NetvscState {
    return this.link.state;
  }

  /** The channel is open: offers the newest version first. */
  begin(): void {
    this.state.attempt = -1;
    this.tryNextVersion();
  }

  private tryNextVersion(): void {
    const version = this.settings.versions[++this.state.attempt];
    if (version === undefined) return this.host.fail('version');
    this.state.phase = 'negotiating';
    this.state.version = version;
    this.link.nvsp(NVSP_INIT, { type: NvspType.Init, minVersion: version, maxVersion: version }, true);
  }

  /** The provider's answer to a set-up message. */
  answered(payload: Uint8Array): void {
    const { phase } = this.state;
    const type = nvspTypeOf(payload);
    if (phase === 'negotiating' && type === NvspType.InitComplete) this.versionAnswered(payload);
    if (phase === 'receive-buffer' && type === NvspType.SendReceiveBufferComplete) this.receiveBufferAnswered(payload);
    if (phase === 'send-buffer' && type === NvspType.SendSendBufferComplete) this.sendBufferAnswered(payload);
  }

  private versionAnswered(payload: Uint8Array): void {
    const { state, link } = this;
    const answer = this.whole(NVSP_INIT_COMPLETE, payload);
    if (answer?.status !== NvspStatus.Success) return this.tryNextVersion();
    if (state.version >= NvspVersion.V2) {
      const config = {
        type: NvspType.SendNdisConfig,
        mtu: state.mtu + ETHERNET_HEADER,
        capabilities: NdisCapability.Ieee8021q,
      };
      link.nvsp(NVSP_NDIS_CONFIG, config, false);
    }
    const ndis = state.version <= NvspVersion.V4 ? NDIS_6_1 : NDIS_6_30;
    link.nvsp(NVSP_NDIS_VERSION, { type: NvspType.SendNdisVersion, ...ndis }, false);
    state.phase = 'sharing-receive';
    state.receive = this.share(this.settings.receiveBytes);
  }

  /** An answer's fields. One that is too short is counted, and counts as a refusal. */
  private whole<T extends object>(layout: Layout<T>, payload: Uint8Array): T | null {
    const answer = layout.decode(payload);
    if (!answer) this.state.malformed++;
    return answer;
  }

  private share(bytes: number): SharedPages | null {
    const { client, relid, pages: allocator } = this.link;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    const gpa = allocator.allocate(pages);
    if (gpa !== null) return { gpa, pages, gpadl: client.share(relid, gpa, pages * PAGE_SIZE) };
    this.host.fail('memory');
    return null;
  }

  /** The host has taken shared pages: the provider is told to use them. */
  shared(status: number): void {
    const { state, link } = this;
    const isWaiting = state.phase === 'sharing-receive' || state.phase === 'sharing-send';
    if (isWaiting && status !== 0) return this.host.fail('buffer');
    if (state.phase === 'sharing-receive' && state.receive) {
      state.phase = 'receive-buffer';
      const { gpadl } = state.receive;
      link.nvsp(NVSP_BUFFER, { type: NvspType.SendReceiveBuffer, gpadl, id: RECEIVE_BUFFER_ID }, true);
    } else if (state.phase === 'sharing-send' && state.send) {
      state.phase = 'send-buffer';
      const { gpadl } = state.send;
      link.nvsp(NVSP_BUFFER, { type: NvspType.SendSendBuffer, gpadl, id: SEND_BUFFER_ID }, true);
    }
  }

  private receiveBufferAnswered(payload: Uint8Array): void {
    const answer = this.whole(NVSP_RECEIVE_BUFFER_COMPLETE, payload);
    const bytes = (this.state.receive?.pages ?? 0) * PAGE_SIZE;
    if (answer?.status !== NvspStatus.Success || !isOneSection(answer, bytes)) return this.host.fail('buffer');
    this.state.phase = 'sharing-send';
    this.state.send = this.share(this.settings.sendBytes);
  }

  /** Sections may be larger than the buffer: there are none then, and every frame goes from pages of its own. */
  private sendBufferAnswered(payload: Uint8Array): void {
    const { state } = this;
    const answer = this.whole(NVSP_SEND_BUFFER_COMPLETE, payload);
    const isGood = answer?.status === NvspStatus.Success && answer.sectionSize >= SMALLEST_SECTION;
    if (!isGood) return this.host.fail('buffer');
    const control = this.link.pages.allocate(1);
    if (control === null) return this.host.fail('memory');
    const bytes = (state.send?.pages ?? 0) * PAGE_SIZE;
    Object.assign(state, { control, sectionSize: answer.sectionSize, phase: 'rndis', step: 0 });
    state.used = new Uint8Array(Math.floor(bytes / answer.sectionSize));
    this.request();
  }

  /** Sends the request of the present step; behind the last one the adapter is up. */
  private request(): void {
    const { state } = this;
    while ((BRING_UP[state.step]?.since ?? 0) > state.version) state.step++;
    const step = BRING_UP[state.step];
    if (!step) {
      state.phase = 'up';
      return this.host.up();
    }
    if (!this.link.control(requestMessage(step, ++state.requestId, state))) this.host.fail('rndis');
  }

  /** The adapter's answer to the request that is out; answers to anything else are ignored. */
  rndisAnswered(answer: Uint8Array): void {
    const { state } = this;
    const step = BRING_UP[state.step];
    if (state.phase !== 'rndis' || !step || readU32(answer, RNDIS_HEADER) !== state.requestId) return;
    if (!applyAnswer(step, answer, state)) return this.host.fail('rndis');
    state.step++;
    this.request();
  }
}

/** One section from the start of the buffer on, whose sub-allocations hold a frame each and lie in it. netvsc.c, netvsc_init_buf. */
function isOneSection(answer: NvspReceiveBufferComplete, bytes: number): boolean {
  const { sectionCount, offset, subAllocationSize, subAllocationCount } = answer;
  if (sectionCount !== 1 || offset !== 0 || subAllocationSize < SMALLEST_SECTION) return false;
  return subAllocationSize * subAllocationCount <= bytes;
}
