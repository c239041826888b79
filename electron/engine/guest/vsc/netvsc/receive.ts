import type { FrameReceiver } from '../../../base/backends';
import { readU32 } from '../../../base/bytes';
import { PAGE_SIZE } from '../../../memory/guest-memory';
import { NvspStatus, RECEIVE_BUFFER_ID, rndisPacketComplete } from '../../../vmbus/protocol/nvsp';
import { decodeTransferRanges, PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import { ChecksumFound } from '../../../vmbus/protocol/packet-info';
import { decodeRndisPacket, RndisStatus, RndisType, tagFrame } from '../../../vmbus/protocol/rndis';
import type { NetvscLink } from './link';

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
    const transfer = decodeTransferRanges(packet);
    const size = (state.receive?.pages ?? 0) * PAGE_SIZE;
    if (!transfer || transfer.setId !== RECEIVE_BUFFER_ID) state.malformed++;
    for (const { offset, length } of transfer?.ranges ?? []) {
      if (state.receive && offset + length <= size) this.message(memory.read(state.receive.gpa + offset, length));
      else state.malformed++;
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

  private message(message: Uint8Array): void {
    const type = readU32(message, 0);
    if (type === RndisType.Packet) this.frame(message);
    else if (type === RndisType.IndicateStatus) this.indicated(readU32(message, 8));
    else this.answered(message);
  }

  private frame(message: Uint8Array): void {
    const { state } = this.link;
    const packet = decodeRndisPacket(message);
    if (!packet) {
      state.malformed++;
      return;
    }
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
