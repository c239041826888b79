import { readU32 } from '@engine/base/bytes';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { Layout } from '@engine/vmbus/protocol/layout';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid } from '@engine/vmbus/protocol/oid';
import {
  COMPLETION_REQUESTED,
  decodeTransferRanges,
  encodePageRanges,
  PacketType,
  type Packet,
} from '@engine/vmbus/protocol/packet';
import { RNDIS_INITIALIZE, RNDIS_REQUEST, RndisType } from '@engine/vmbus/protocol/rndis';
import { BusRig, HandDriver, TestKernel } from '../vmbus/rig';
import { MAC, MS, TestPort } from './rig';

const { NvspStatus, NvspType } = nvsp;

export const RECEIVE_BYTES = 0x8000; // 18 sub-allocations of 1,728 bytes
export const SEND_BYTES = 0x7000; // 4 sections of 6,144 bytes, and some more

/** The status in an NVSP completion. */
export const statusOf = (packets: readonly Packet[]): number => readU32(packets[0]?.payload ?? new Uint8Array(8), 4);

/** NVSP's announcement of RNDIS bytes. */
export function rndisPacket(channel: number, section: number, size: number): Uint8Array {
  const fields = { type: NvspType.SendRndisPacket, channel, section, size };
  return nvsp.nvspMessage(nvsp.NVSP_RNDIS_PACKET, fields, nvsp.NvspVersion.V6_1);
}

/** The bytes of a query or set. */
export function rndisRequest(type: number, oid: number, info: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(28 + info.length);
  const [length, infoLength] = [bytes.length, info.length];
  RNDIS_REQUEST.write(bytes, 0, { type, length, requestId: 9, oid, infoLength, infoOffset: 20 });
  bytes.set(info, 28);
  return bytes;
}

/** A machine with one network adapter, whose driver's NVSP and RNDIS messages are the test's own. */
export class NetvspRig extends BusRig {
  readonly port = new TestPort();
  readonly netvsp: Netvsp;
  readonly kernel: TestKernel;
  readonly driver = new HandDriver();
  readonly receiveGpa: number;
  readonly sendGpa: number;

  constructor() {
    super();
    this.netvsp = new Netvsp({
      name: 'netvsp-0',
      instance: '00000000-0000-0000-0000-000000000001',
      mac: MAC,
      port: this.port,
      friendlyName: 'Red',
    });
    this.server.add(this.netvsp);
    this.kernel = new TestKernel(this);
    this.kernel.bind(DeviceClass.Network, () => this.driver);
    this.kernel.client.connect();
    this.wait();
    this.open();
    this.receiveGpa = this.kernel.pages.allocate(RECEIVE_BYTES / 4096);
    this.sendGpa = this.kernel.pages.allocate(SEND_BYTES / 4096);
  }

  wait(): void {
    this.clock.advanceBy(MS);
  }

  open(): void {
    this.kernel.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    this.wait();
  }

  /** A frame for the guest, which has time to come. */
  give(bytes: Uint8Array): void {
    this.port.give(bytes);
    this.wait();
  }

  /** Sends a packet and lets time go on; what came back. */
  send(packet: { type: number; payload: Uint8Array; ranges?: Uint8Array }): Packet[] {
    this.kernel.client.channel(1)?.send({ ...packet, flags: COMPLETION_REQUESTED, idLow: 77, idHigh: 0x1234 });
    this.wait();
    return this.driver.take();
  }

  inBand(payload: Uint8Array): Packet[] {
    return this.send({ type: PacketType.InBand, payload });
  }

  message<T extends object>(layout: Layout<T>, fields: T): Packet[] {
    return this.inBand(nvsp.nvspMessage(layout, fields, nvsp.NvspVersion.V6_1));
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.netvsp.save().counters };
  }

  /** Negotiates a version; the status. */
  init(version: number = nvsp.NvspVersion.V6_1): number {
    const [answer] = this.message(nvsp.NVSP_INIT, { type: NvspType.Init, minVersion: version, maxVersion: version });
    return nvsp.NVSP_INIT_COMPLETE.decode(answer?.payload ?? new Uint8Array(0))?.status ?? -1;
  }

  shareBuffers(): Packet[] {
    const gpadl = this.kernel.client.share(1, this.receiveGpa, RECEIVE_BYTES);
    const sections = this.kernel.client.share(1, this.sendGpa, SEND_BYTES);
    const { SendReceiveBuffer, SendSendBuffer } = NvspType;
    return [
      ...this.message(nvsp.NVSP_BUFFER, { type: SendReceiveBuffer, gpadl, id: nvsp.RECEIVE_BUFFER_ID }),
      ...this.message(nvsp.NVSP_BUFFER, { type: SendSendBuffer, gpadl: sections, id: 0 }),
    ];
  }

  revokeReceiveBuffer(): void {
    this.message(nvsp.NVSP_REVOKE, { type: NvspType.RevokeReceiveBuffer, id: nvsp.RECEIVE_BUFFER_ID });
  }

  /** Sends RNDIS bytes by page ranges; the packets that come back. */
  rndis(bytes: Uint8Array, channel: number = nvsp.RndisChannel.Control): Packet[] {
    this.memory.write(0x20_0000, bytes);
    const payload = rndisPacket(channel, nvsp.NO_SECTION, 0);
    return this.send({ type: PacketType.GpaDirect, payload, ranges: encodePageRanges(0x20_0000, bytes.length) });
  }

  /** The RNDIS messages in transfer-page packets, which are returned. */
  messages(packets: readonly Packet[]): Uint8Array[] {
    return packets.flatMap((packet) => {
      const transfer = packet.type === PacketType.TransferPages ? decodeTransferRanges(packet) : null;
      if (!transfer) return [];
      const payload = nvsp.rndisPacketComplete(NvspStatus.Success);
      const { idLow, idHigh } = packet;
      this.kernel.client.channel(1)?.send({ type: PacketType.Completion, idLow, idHigh, payload });
      return transfer.ranges.map(({ offset, length }) => this.memory.read(this.receiveGpa + offset, length));
    });
  }

  /** A query or set; the answer. */
  request(type: number, oid: number, info: Uint8Array = new Uint8Array(0)): Uint8Array {
    return this.messages(this.rndis(rndisRequest(type, oid, info)))[0] ?? new Uint8Array(0);
  }

  query(oid: number): { status: number; info: Uint8Array } {
    const answer = this.request(RndisType.Query, oid);
    const start = 8 + readU32(answer, 20);
    return { status: readU32(answer, 12), info: answer.slice(start, start + readU32(answer, 16)) };
  }

  set(oid: number, info: Uint8Array): number {
    return readU32(this.request(RndisType.Set, oid, info), 12);
  }

  /** Everything a driver does before its first frame. */
  bringUp(filter = 0x0d): this {
    this.init();
    this.shareBuffers();
    const fields = { type: RndisType.Initialize, length: 24, requestId: 1, major: 1, minor: 0, maxTransfer: 0x4000 };
    this.messages(this.rndis(RNDIS_INITIALIZE.encode(fields)));
    this.set(Oid.CurrentPacketFilter, new Uint8Array([filter, 0, 0, 0]));
    return this;
  }
}
