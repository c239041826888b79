import {
  NtStatus,
  VSTOR_BODY,
  VSTOR_PACKET,
  VSTOR_PROPERTIES,
  VSTOR_PROTOCOL_VERSION,
  vstorPacket,
  VstorOp,
} from '../../../vmbus/protocol/vstor';
import type { StorvscFailure, StorvscState } from './state';

export interface BringUpHost {
  /** Sends a packet in-band and asks for its completion. */
  send(payload: Uint8Array): void;
  up(): void;
  fail(reason: StorvscFailure): void;
}

/** The beginning of a storage channel, one question after the other. storvsc_drv.c, storvsc_channel_init. */
export class BringUp {
  constructor(
    private readonly state: StorvscState,
    private readonly versions: readonly number[],
    private readonly host: BringUpHost,
  ) {}

  begin(): void {
    this.state.phase = 'beginning';
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

  /** The provider's answer to the latest question. */
  answered(payload: Uint8Array): void {
    const { state } = this;
    const status = VSTOR_PACKET.decode(payload)?.status ?? NtStatus.InvalidParameter;
    if (state.phase === 'negotiating') return this.negotiated(status);
    if (status !== NtStatus.Success) return this.host.fail('refused');
    if (state.phase === 'beginning') return this.tryVersion();
    if (state.phase === 'describing') return this.described(payload);
    if (state.phase !== 'ending') return;
    state.phase = 'up';
    this.host.up();
  }

  private negotiated(status: number): void {
    if (status !== NtStatus.Success) return this.tryVersion();
    this.state.version = this.versions[this.state.attempt] ?? 0;
    this.state.phase = 'describing';
    this.ask(VstorOp.QueryProperties);
  }

  private described(payload: Uint8Array): void {
    this.state.maxTransfer = VSTOR_PROPERTIES.decode(payload, VSTOR_BODY)?.maxTransferBytes ?? 0;
    this.state.phase = 'ending';
    this.ask(VstorOp.EndInitialization);
  }
}
