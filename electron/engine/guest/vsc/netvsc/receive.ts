import type { FrameReceiver } from '../../../base/backends';
import { readU32 } from '../../../base/bytes';
import { PAGE_SIZE } from '../../../memory/guest-memory';
import { NvspStatus, NvspType, nvspTypeOf, RECEIVE_BUFFER_ID, rndisPacketComplete } from '../../../vmbus/protocol/nvsp';
import { decodeTransferRanges, PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import { ChecksumFound } from '../../../vmbus/protocol/packet-info';
import {
  decodeRndisPacket,
  RNDIS_COMPLETE,
  RNDIS_HEADER,
  RNDIS_INDICATE,
  RndisStatus,
  RndisType,
  tagFrame,
} from '../../../vmbus/protocol/rndis';
import type { NetvscLink } from './link';

/** What a device answers to the requests of this driver. */
const ANSWERS = new Set<number>([RndisType.InitializeComplete, RndisType.QueryComplete, RndisType.SetComplete]);
const GOOD = ChecksumFound.TcpGood | ChecksumFound.UdpGood | ChecksumFound.IpGood;
const BAD = ChecksumFound.TcpFailed | ChecksumFound.UdpFailed | ChecksumFound.IpFailed;

/** The receiving half of the driver: RNDIS messages in the receive buffer, whose pages go back when they have been read. */
export class Receiver {
  /** The protocol stack: wiring. */
  target: FrameReceiver | null = null;

  /** @param answered takes the answer to a control request */
  constructor(
    private readonly link: NetvscLink,
    private readonly answered: (message: Uint8Array) => void,
  ) {}

  /** A transfer-page packet: handles its messages and gives their pages back. */
  transferred(packet: Packet, relid: number): void {
    const { state } = this.link;
    const before = state.malformed;
    this.messages(packet);
    const status = state.malformed === before ? NvspStatus.Success : NvspStatus.Failure;
    const { idLow, idHigh } = packet;
    if (wantsCompletion(packet)) state.returns.push({ relid, idLow, idHigh, status });
    this.flush();
  }

  /** Reads each message of a packet; a range that leaves the receive buffer is not touched. */
  private messages(packet: Packet): void {
    const { state, memory } = this.link;
    const isRndis = nvspTypeOf(packet.payload) === NvspType.SendRndisPacket;
    const transfer = isRndis ? decodeTransferRanges(packet) : null;
    const size = (state.receive?.pages ?? 0) * PAGE_SIZE;
    if (transfer?.setId !== RECEIVE_BUFFER_ID) return this.damaged();
    for (const { offset, length } of transfer.ranges) {
      if (state.receive && offset + length <= size) this.message(memory.read(state.receive.gpa + offset, length));
      else this.damaged();
    }
  }

  /** Sends the completions that wait, as far as there is room, each by the channel of its packet. */
  flush(): void {
    const { state } = this.link;
    if (state.returns.length === 0) return;
    const full = new Set<number>();
    state.returns = state.returns.filter(({ relid, idLow, idHigh, status }) => {
      const payload = rndisPacketComplete(status);
      const isSent = !full.has(relid) && this.link.send({ type: PacketType.Completion, idLow, idHigh, payload }, relid);
      if (!isSent) full.add(relid);
      return !isSent && this.link.client.channel(relid) !== null;
    });
  }

  /** One RNDIS message. What a device does not send (a HALT, a RESET) is refused. rndis_filter.c, rndis_filter_receive. */
  private message(message: Uint8Array): void {
    const length = message.length < RNDIS_HEADER ? 0 : readU32(message, 4);
    const type = readU32(message, 0);
    if (length < RNDIS_HEADER || length > message.length) this.damaged();
    else if (type === RndisType.Packet) this.frame(message.subarray(0, length));
    else if (type === RndisType.IndicateStatus && length >= RNDIS_INDICATE.size) this.indicated(readU32(message, 8));
    else if (ANSWERS.has(type) && length >= RNDIS_COMPLETE.size) this.answered(message.subarray(0, length));
    else this.damaged();
  }

  private damaged(): void {
    this.link.state.malformed++;
  }

  private frame(message: Uint8Array): void {
    const { state } = this.link;
    const packet = decodeRndisPacket(message);
    if (!packet) return this.damaged();
    state.received++;
    this.judge(packet.info.checksum ?? 0);
    const { frame, info } = packet;
    this.target?.receive(info.vlan === null ? frame : tagFrame(frame, info.vlan));
  }

  /** What the adapter says of a frame's checksums. A frame with a wrong one goes up all the same: the stack looks for itself. */
  private judge(found: number): void {
    const { state } = this.link;
    if ((found & BAD) !== 0) state.failed++;
    else if ((found & GOOD) !== 0) state.verified++;
  }

  /** The cable was plugged in or pulled. */
  private indicated(status: number): void {
    const { state } = this.link;
    const isLink = status === RndisStatus.MediaConnect || status === RndisStatus.MediaDisconnect;
    if (!isLink || state.linkUp === (status === RndisStatus.MediaConnect)) return;
    state.linkUp = !state.linkUp;
    if (state.phase === 'up') this.target?.linkChanged(state.linkUp);
  }
}
