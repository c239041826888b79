import {
  NtStatus,
  SUPPORTS_MULTI_CHANNEL,
  VSTOR_BODY,
  VSTOR_PACKET,
  VSTOR_PROPERTIES,
  VSTOR_PROTOCOL_VERSION,
  VSTOR_SUB_CHANNELS,
  vstorPacket,
  VstorOp,
  VstorVersion,
} from '../../../vmbus/protocol/vstor';
import type { StorvscFailure, StorvscPhase, StorvscState } from './state';

export interface BringUpHost {
  /** Processors that channels can be aimed at. */
  processors(): number;
  /** Sends a packet in-band and asks for its completion. */
  send(payload: Uint8Array): void;
  up(): void;
  fail(reason: StorvscFailure): void;
}

/** Phases in which an answer is waited for. */
const ASKING: readonly StorvscPhase[] = ['beginning', 'negotiating', 'describing', 'ending', 'scaling'];

/** The beginning of a storage channel, one question after the other. storvsc_drv.c, storvsc_channel_init. */
export class BringUp {
  constructor(
    private readonly state: StorvscState,
    private readonly versions: readonly number[],
    private readonly host: BringUpHost,
  ) {}

  begin(): void {
    Object.assign(this.state, { phase: 'beginning', attempt: -1 });
    this.ask(VstorOp.BeginInitialization);
  }

  private ask(operation: number, body?: Uint8Array): void {
    this.host.send(vstorPacket(operation, VSTOR_PACKET.size, body));
  }

  private tryVersion(): void {
    const majorMinor = this.versions[++this.state.attempt];
    if (majorMinor === undefined) return this.host.fail('version');
    this.state.phase = 'negotiating';
    this.ask(VstorOp.QueryProtocolVersion, VSTOR_PROTOCOL_VERSION.encode({ majorMinor, revision: 0 }));
  }

  /** True while a question is out. */
  get isAsking(): boolean {
    return ASKING.includes(this.state.phase);
  }

  /** The provider's answer to the latest question. */
  answered(payload: Uint8Array): void {
    const { state } = this;
    const answer = VSTOR_PACKET.decode(payload);
    const status = answer?.operation === VstorOp.CompleteIo ? answer.status : NtStatus.InvalidParameter;
    if (state.phase === 'negotiating') return this.negotiated(status);
    if (state.phase === 'scaling') return this.scaled(status);
    if (status !== NtStatus.Success) return this.host.fail('refused');
    if (state.phase === 'beginning') this.tryVersion();
    else if (state.phase === 'describing') this.described(payload);
    else if (state.phase === 'ending') this.scale();
  }

  private negotiated(status: number): void {
    if (status !== NtStatus.Success) return this.tryVersion();
    this.state.version = this.versions[this.state.attempt] ?? 0;
    this.state.phase = 'describing';
    this.ask(VstorOp.QueryProperties);
  }

  private described(payload: Uint8Array): void {
    const { state } = this;
    const told = VSTOR_PROPERTIES.decode(payload, VSTOR_BODY);
    if (!told) return this.host.fail('refused');
    const hasMore = state.version >= VstorVersion.V5_1 && (told.flags & SUPPORTS_MULTI_CHANNEL) !== 0;
    Object.assign(state, { maxTransfer: told.maxTransferBytes, maxChannels: hasMore ? told.maxChannels : 0 });
    state.phase = 'ending';
    this.ask(VstorOp.EndInitialization);
  }

  /** A channel for each processor besides the one that the primary channel interrupts: storvsc_drv.c, handle_multichannel_storage. */
  private scale(): void {
    const { state } = this;
    state.wanted = Math.min(this.host.processors() - 1, state.maxChannels);
    if (state.wanted === 0) return this.up();
    state.phase = 'scaling';
    this.ask(VstorOp.CreateSubChannels, VSTOR_SUB_CHANNELS.encode({ count: state.wanted }));
  }

  /** Refused, the driver goes on with what it has. */
  private scaled(status: number): void {
    if (status !== NtStatus.Success) this.state.wanted = 0;
    this.up();
  }

  private up(): void {
    this.state.phase = 'up';
    this.host.up();
  }
}
