import { SenseOf } from '../../../base/scsi/sense';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import {
  NtStatus,
  VSTOR_PACKET,
  VMSCSI_REQUEST_OLD,
  VSTOR_BODY,
  VSTOR_SUB_CHANNELS,
  vstorPacket,
  VstorOp,
  vstorPacketSize,
  VstorVersion,
} from '../../../vmbus/protocol/vstor';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { executeSrb } from './execute-srb';
import { isLifeCycle, takeStep, type StorvspLimits } from './life-cycle';
import { PluggedUnits, type UnitPlace } from './plugged-units';
import { freshStorvspState, type SavedStorvsp, type WaitingCompletion } from './state';
import type { LogicalUnit } from './unit';

/** What a storage provider is made of. */
export interface StorvspOptions extends UnitPlace {
  readonly offer: OfferSpec;
  /** Newest protocol version of this host. */
  readonly maxVersion?: number;
  /** Most channels that a driver may have besides the primary one; 0 when absent. */
  readonly maxSubChannels?: number;
}

const SMALLEST_PACKET = vstorPacketSize(VstorVersion.V2_0);
const PACKET = VSTOR_PACKET.size;

/**
 * The storage provider of the parent partition: vstor packets over a VMBus channel, SCSI commands in them, and block stores behind. One for each
 * synthetic SCSI controller, and one for each disk of the emulated IDE controller that a driver may take over.
 * linux drivers/scsi/storvsc_drv.c is the other side of the same protocol.
 */
export class Storvsp implements VspDevice, Unit<SavedStorvsp> {
  readonly offer: OfferSpec;
  private state = freshStorvspState();
  private channel: HostChannel | null = null;
  private readonly units: PluggedUnits;
  private readonly limits: StorvspLimits;

  constructor({ offer, path, target, maxVersion = VstorVersion.V6_2, maxSubChannels = 0 }: StorvspOptions) {
    this.offer = offer;
    this.units = new PluggedUnits({ path, target });
    this.limits = { maxVersion, maxSubChannels };
  }

  /** True when a driver has gone through the whole beginning: requests are carried out. */
  get ready(): boolean {
    return this.state.phase === 'ready';
  }

  /** Negotiated version, 0 before. */
  get version(): number {
    return this.state.version;
  }

  /** Plugs a unit in. A driver that is at work is told to look (hot add). */
  plug(lun: number, unit: LogicalUnit): void {
    this.units.plug(lun, unit);
    this.unitsChanged();
  }

  /** Takes a unit out; what comes for it from now on finds nobody. False when there was none. */
  unplug(lun: number): boolean {
    const wasThere = this.units.unplug(lun);
    if (wasThere) this.unitsChanged();
    return wasThere;
  }

  private unitsChanged(): void {
    if (!this.ready) return;
    this.units.attendAll(SenseOf.reportedLunsChanged);
    this.state.enumerate = true;
    this.channel?.schedule();
  }

  attached(channel: HostChannel): void {
    if (channel.subChannelIndex === 0) this.channel = channel;
  }

  /** A sub-channel is used as it is: the beginning was gone through on the primary one. */
  opened(channel: HostChannel): boolean {
    if (channel.subChannelIndex > 0) return this.ready;
    this.begin();
    return true;
  }

  closed(channel: HostChannel): void {
    if (channel.subChannelIndex > 0) delete this.state.waiting[channel.subChannelIndex];
    else this.begin();
  }

  /** The driver is another, or none; what was counted stays counted. */
  private begin(): void {
    this.state = { ...freshStorvspState(), counters: this.state.counters };
  }

  signalled(channel: HostChannel): void {
    if (!this.flush(channel)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      this.handle(channel, packet);
      if (this.waitingOf(channel).length > 0) return; // in order: nothing more before these are out
    }
    if (channel.subChannelIndex === 0) this.notify(channel);
  }

  private waitingOf({ subChannelIndex }: HostChannel): WaitingCompletion[] {
    return (this.state.waiting[subChannelIndex] ??= []);
  }

  private handle(channel: HostChannel, packet: Packet): void {
    const payload = this.answer(channel, packet);
    if (!payload || !wantsCompletion(packet)) return;
    const { idLow, idHigh } = packet;
    this.waitingOf(channel).push({ idLow, idHigh, payload });
    this.flush(channel);
  }

  /** The completion of a packet; null for what is no vstor packet and cannot be answered as one. */
  private answer(channel: HostChannel, packet: Packet): Uint8Array | null {
    const { counters } = this.state;
    const isData = packet.type === PacketType.InBand || packet.type === PacketType.GpaDirect;
    if (!isData || packet.payload.length < SMALLEST_PACKET) {
      counters.malformed++;
      return null;
    }
    const answer = packet.payload.slice(0, packet.payload.length < PACKET ? SMALLEST_PACKET : PACKET);
    const operation = VSTOR_PACKET.fields.operation.get(answer, 0);
    const status = this.carryOut(operation, channel, packet, answer);
    VSTOR_PACKET.write(answer, 0, { operation: VstorOp.CompleteIo, flags: 0, status });
    return answer;
  }

  private carryOut(operation: number, channel: HostChannel, packet: Packet, answer: Uint8Array): number {
    const { counters, phase } = this.state;
    const isPrimary = channel.subChannelIndex === 0;
    if (isPrimary && isLifeCycle(operation)) return takeStep(operation, answer, this.state, this.limits);
    if (phase !== 'ready' || isLifeCycle(operation)) {
      counters.outOfPlace++;
      return NtStatus.InvalidDeviceState;
    }
    switch (operation) {
      case VstorOp.ExecuteSrb:
        return executeSrb(packet, answer, { channel, counters, units: this.units });
      case VstorOp.CreateSubChannels:
        return this.createSubChannels(channel, answer);
      case VstorOp.ResetLun:
        return this.resetUnit(answer);
      case VstorOp.ResetBus:
      case VstorOp.ResetAdapter:
        return this.resetAll();
      default:
        counters.unsupported++;
        return NtStatus.NotSupported;
    }
  }

  /** Offers as many more channels as were asked for: once, from the primary one, and no more than the host has. */
  private createSubChannels(channel: HostChannel, answer: Uint8Array): number {
    const { state, limits } = this;
    const count = VSTOR_SUB_CHANNELS.decode(answer, VSTOR_BODY)?.count ?? 0;
    if (channel.subChannelIndex > 0 || state.subChannels > 0 || state.version < VstorVersion.V5_1) {
      state.counters.outOfPlace++;
      return NtStatus.InvalidDeviceState;
    }
    if (count > limits.maxSubChannels) return NtStatus.InvalidParameter;
    while (state.subChannels < count && channel.offerSubChannel()) state.subChannels++;
    return NtStatus.Success;
  }

  /** Requests are carried out one after the other, so nothing is outstanding when a reset's turn comes. */
  private resetAll(): number {
    this.state.counters.resets++;
    this.units.attendAll(SenseOf.reset);
    return NtStatus.Success;
  }

  private resetUnit(answer: Uint8Array): number {
    const address = VMSCSI_REQUEST_OLD.decode(answer, VSTOR_BODY);
    const unit = address && this.units.unitAt(address);
    if (!unit) return NtStatus.InvalidParameter;
    this.state.counters.resets++;
    unit.attend(SenseOf.reset);
    return NtStatus.Success;
  }

  /** Sends the completions that wait, in order. False while one still has to wait. */
  private flush(channel: HostChannel): boolean {
    const waiting = this.waitingOf(channel);
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!channel.complete(next, next.payload)) return false;
      waiting.shift();
    }
    return true;
  }

  /** Tells the driver to look for its units: a packet that nobody asked for has transaction id 0. */
  private notify(channel: HostChannel): void {
    const { state } = this;
    if (!state.enumerate) return;
    const payload = vstorPacket(VstorOp.EnumerateBus, vstorPacketSize(state.version));
    if (!channel.send({ type: PacketType.InBand, idLow: 0, payload })) return;
    state.enumerate = false;
    state.counters.enumerations++;
  }

  reset(): void {
    this.state = freshStorvspState();
    this.units.reset();
  }

  save(): SavedStorvsp {
    return clonePlain({ ...this.state, units: this.units.save() });
  }

  /** Units must have been plugged in before. One that the state does not know was added meanwhile: the driver is told. */
  restore(saved: SavedStorvsp): void {
    const { units, ...state } = clonePlain(saved);
    this.state = state;
    if (!this.units.restore(units)) this.unitsChanged();
  }

  inspect(): InspectNode {
    const { phase, version, waiting, subChannels, counters } = this.state;
    return {
      phase,
      version: `${version >> 8}.${version & 0xff}`,
      subChannels,
      waiting: Object.values(waiting).reduce((sum, { length }) => sum + length, 0),
      units: this.units.inspect(),
      counters: { ...counters },
    };
  }
}
