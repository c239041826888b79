import { readU32 } from '@engine/base/bytes';
import { nvspAnswer } from '@engine/parent/vsp/netvsp/nvsp-setup';
import { rndisControl } from '@engine/parent/vsp/netvsp/rndis-control';
import { freshNetvspState } from '@engine/parent/vsp/netvsp/state';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import {
  NO_SECTION,
  NVSP_RNDIS_PACKET,
  NVSP_STATUS,
  nvspMessage,
  NvspStatus,
  NvspType,
  nvspTypeOf,
  NvspVersion,
  RECEIVE_BUFFER_ID,
  RndisChannel,
  rndisPacketComplete,
} from '@engine/vmbus/protocol/nvsp';
import type { OfferSpec } from '@engine/vmbus/protocol/offer';
import {
  COMPLETION_REQUESTED,
  encodeTransferRanges,
  PacketType,
  wantsCompletion,
  type Packet,
  type TransferRange,
} from '@engine/vmbus/protocol/packet';
import { decodeRndisPacket } from '@engine/vmbus/protocol/rndis';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';
import { MAC } from '../../parent/rig';

/** What a provider does otherwise than a good one: each is given the message of the guest and the good answer to it. */
export interface Script {
  /** Answer to a set-up message; null leaves it without one. */
  nvsp?(type: number, good: Uint8Array | null, message: Uint8Array): Uint8Array | null;
  /** Answer to a control request; null leaves it without one. */
  rndis?(message: Uint8Array, good: Uint8Array): Uint8Array | null;
  /** NVSP status of a frame, or the whole payload of its completion. */
  frame?(count: number): number | Uint8Array;
  opens?(subChannelIndex: number): boolean;
  queues?: number;
  /** Sub-channels that the answer promises and `offerLate` offers. */
  late?: number;
}

/** How a transfer-page packet departs from a good one. */
export interface Delivery {
  readonly ranges?: readonly TransferRange[];
  readonly setId?: number;
  /** Instead of the NVSP message of the packet. */
  readonly payload?: Uint8Array;
}

/** A network provider on a real channel that answers as a good one does, but for what its script says. */
export class ScriptedNetvsp implements VspDevice {
  readonly offer: OfferSpec = {
    name: 'netvsp-0',
    interfaceType: DeviceClass.Network,
    instance: 'aaaabbbb-0000-1111-2222-333344445555',
  };
  /** Types of the set-up messages that came. */
  readonly asked: number[] = [];
  readonly frames: Uint8Array[] = [];
  /** VLAN of each, as the packet information beside it says. */
  readonly vlans: (number | null)[] = [];
  /** Sections that the frames came in. */
  readonly sections: number[] = [];
  /** NVSP status of each receive completion. */
  readonly returned: number[] = [];
  state = freshNetvspState(MAC);
  private channel: HostChannel | null = null;
  private held = 0;
  private last: Packet | null = null;

  constructor(readonly script: Script = {}) {}

  attached(channel: HostChannel): void {
    this.channel ??= channel;
  }

  opened({ subChannelIndex }: HostChannel): boolean {
    if (subChannelIndex === 0) this.state = freshNetvspState(MAC);
    return this.script.opens?.(subChannelIndex) ?? true;
  }

  closed(): void {
    this.last = null;
  }

  signalled(channel: HostChannel): void {
    for (let packet = channel.receive(); packet; packet = channel.receive()) this.handle(channel, packet);
  }

  private handle(channel: HostChannel, packet: Packet): void {
    if (packet.type === PacketType.Completion) {
      this.returned.push(NVSP_STATUS.decode(packet.payload)?.status ?? -1);
      return;
    }
    const isRndis = nvspTypeOf(packet.payload) === NvspType.SendRndisPacket;
    const payload = isRndis ? this.rndis(channel, packet) : this.setUp(channel, packet);
    if (payload && wantsCompletion(packet)) channel.complete(packet, payload);
    this.last = { ...packet };
  }

  private setUp(channel: HostChannel, { payload }: Packet): Uint8Array | null {
    const type = nvspTypeOf(payload);
    this.asked.push(type);
    if (type === NvspType.Init) this.state.version = 0; // a script may have refused the one before
    const good = nvspAnswer(payload, {
      state: this.state,
      maxVersion: NvspVersion.V6_1,
      queues: this.script.queues ?? 1,
      bufferBytes: (id) => channel.gpadl(id)?.length ?? 0,
      offerSubChannel: () => (this.script.late ?? 0) > this.held++ || channel.offerSubChannel() !== null,
    });
    return this.script.nvsp ? this.script.nvsp(type, good, payload) : good;
  }

  offerLate(): void {
    for (let i = 0; i < (this.script.late ?? 0); i++) this.channel?.offerSubChannel();
  }

  private rndis(channel: HostChannel, packet: Packet): Uint8Array {
    const header = NVSP_RNDIS_PACKET.decode(packet.payload);
    const message = this.bytesOf(channel, packet);
    if (!header || header.channel === RndisChannel.Control) return this.control(message);
    this.sections.push(header.section);
    const decoded = decodeRndisPacket(message);
    this.frames.push(decoded?.frame.slice() ?? new Uint8Array(0));
    this.vlans.push(decoded?.info.vlan ?? null);
    const answer = this.script.frame?.(this.frames.length) ?? NvspStatus.Success;
    return typeof answer === 'number' ? rndisPacketComplete(answer) : answer;
  }

  private bytesOf(channel: HostChannel, packet: Packet): Uint8Array {
    const header = NVSP_RNDIS_PACKET.decode(packet.payload);
    if (!header || header.section === NO_SECTION) return channel.readGpaDirect(packet, 2 ** 20) ?? new Uint8Array(0);
    const view = (this.channel ?? channel).gpadl(this.state.sendBuffer?.gpadl ?? 0); // shared by the primary one
    return view?.read(header.section * 6144, header.size) ?? new Uint8Array(0);
  }

  private control(message: Uint8Array): Uint8Array {
    const facts = {
      permanentMac: MAC,
      friendlyName: 'Network Adapter',
      linkSpeed: 100_000_000,
      queues: this.script.queues ?? 1,
      linkUp: () => true,
    };
    const good = rndisControl(message, this.state, facts);
    if (!(good instanceof Uint8Array)) return rndisPacketComplete(NvspStatus.Success);
    const answer = this.script.rndis ? this.script.rndis(message, good) : good;
    if (answer) this.deliver(answer);
    return rndisPacketComplete(NvspStatus.Success);
  }

  /** Puts `message` into the guest's receive buffer and says so. */
  deliver(message: Uint8Array, delivery: Delivery = {}): void {
    const { ranges = [{ offset: 0, length: message.length }], setId = RECEIVE_BUFFER_ID } = delivery;
    this.channel?.gpadl(this.state.receiveBuffer?.gpadl ?? 0)?.write(0, message);
    const fields = { type: NvspType.SendRndisPacket, channel: RndisChannel.Data, section: NO_SECTION, size: 0 };
    this.channel?.send({
      type: PacketType.TransferPages,
      flags: COMPLETION_REQUESTED,
      idLow: 77,
      ranges: encodeTransferRanges(setId, ranges),
      payload: delivery.payload ?? nvspMessage(NVSP_RNDIS_PACKET, fields, this.state.version),
    });
  }

  /** Sends a packet of any kind. */
  say(type: number, payload: Uint8Array, idLow = 0): void {
    this.channel?.send({ type, idLow, payload });
  }

  /** Completes the guest's last packet once more. */
  again(payload: Uint8Array): void {
    if (this.last) this.channel?.complete(this.last, payload);
  }
}

/** OID of a QUERY or SET; 0 for the other requests. */
export const oidOf = (message: Uint8Array): number => ([4, 5].includes(readU32(message, 0)) ? readU32(message, 12) : 0);
