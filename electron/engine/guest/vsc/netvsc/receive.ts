import type { FrameReceiver } from '../../../base/backends';
import { readU32 } from '../../../base/bytes';
import { PAGE_SIZE } from '../../../memory/guest-memory';
import { NvspStatus, RECEIVE_BUFFER_ID, rndisPacketComplete } from '../../../vmbus/protocol/nvsp';
import { decodeTransferRanges, PacketType, wantsCompletion, type Packet } from '../../../vmbus/protocol/packet';
import { decodeRndisPacket, RndisStatus, RndisType, tagFrame } from '../../../vmbus/protocol/rndis';
import type { NetvscLink } from './link';

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
  transferred(packet: Packet): void {
    const { state, memory } = this.link;
    const transfer = decodeTransferRanges(packet);
    const size = (state.receive?.pages ?? 0) * PAGE_SIZE;
    if (!transfer || transfer.setId !== RECEIVE_BUFFER_ID) state.malformed++;
    for (const { offset, length } of transfer?.ranges ?? []) {
      if (state.receive && offset + length <= size) this.message(memory.read(state.receive.gpa + offset, length));
      else state.malformed++;
    }
    if (wantsCompletion(packet)) state.returns.push({ idLow: packet.idLow, idHigh: packet.idHigh });
    this.flush();
  }

  /** Sends the completions that wait, as far as there is room. */
  flush(): void {
    const { returns } = this.link.state;
    const payload = rndisPacketComplete(NvspStatus.Success);
    for (let next = returns[0]; next; next = returns[0]) {
      if (!this.link.send({ type: PacketType.Completion, idLow: next.idLow, idHigh: next.idHigh, payload })) return;
      returns.shift();
    }
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
    this.target?.receive(packet.vlan === null ? packet.frame : tagFrame(packet.frame, packet.vlan));
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
