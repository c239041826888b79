import type { Ipv4Address } from '../../base/net/address';
import { decodeTftp, encodeTftp, TftpError, TFTP_PORT, type TftpPacket } from '../../base/net/tftp';
import type { UdpDatagram } from '../../base/net/udp';
import { SECOND } from '../../clock/clock';

/** A file that a boot ROM is fetching. Plain. */
export interface TftpDownloadState {
  server: Ipv4Address;
  file: string;
  /** The server's port for this transfer; 0 before it has answered. */
  serverPort: number;
  blockSize: number;
  /** The next block that is wanted. */
  block: number;
  bytes: Uint8Array;
  until: number;
  tries: number;
  outcome: TftpOutcome;
}

export type TftpOutcome = 'fetching' | 'done' | 'openTimeout' | 'readTimeout' | 'notFound' | 'refused' | 'tooLarge';

const CLIENT_PORT = 2070;
const BLOCK = 1456; // what boot ROMs ask for
const DEFAULT_BLOCK = 512;
const PATIENCE = 4 * SECOND; // PXE 2.1, 4.3.2.4: the ROM's own choice
const TRIES = 4;
const LARGEST = 0x7_0000; // a boot program must fit into base memory

export function newTftpDownload(server: Ipv4Address, file: string): TftpDownloadState {
  const nothing = new Uint8Array(0);
  return {
    server,
    file,
    serverPort: 0,
    blockSize: DEFAULT_BLOCK,
    block: 1,
    bytes: nothing,
    until: 0,
    tries: 0,
    outcome: 'fetching',
  };
}

/** The TFTP of a boot ROM (RFC 1350, 2348): one file, one block after the other, each asked for until it comes. */
export class TftpDownload {
  /** @param send hands a datagram to the network */
  constructor(
    private readonly state: TftpDownloadState,
    private readonly now: () => number,
    private readonly send: (datagram: UdpDatagram, server: Ipv4Address) => void,
  ) {}

  /** Begins, or asks again for what has not come in time. */
  poll(): TftpOutcome {
    const { state } = this;
    if (state.outcome !== 'fetching' || this.now() < state.until) return state.outcome;
    if (state.tries >= TRIES) state.outcome = state.serverPort === 0 ? 'openTimeout' : 'readTimeout';
    else this.ask();
    return state.outcome;
  }

  private ask(): void {
    const { state } = this;
    state.tries++;
    state.until = this.now() + PATIENCE;
    if (state.serverPort !== 0) return this.put({ kind: 'ack', block: (state.block - 1) & 0xffff }, state.serverPort);
    const options = { tsize: '0', blksize: String(BLOCK) };
    this.put({ kind: 'read', file: state.file, mode: 'octet', options }, TFTP_PORT);
  }

  private put(packet: TftpPacket, destinationPort: number): void {
    this.send({ sourcePort: CLIENT_PORT, destinationPort, payload: encodeTftp(packet) }, this.state.server);
  }

  /** A datagram has come. True when it was for this transfer. */
  receive({ destinationPort, sourcePort, payload }: UdpDatagram, source: Ipv4Address): boolean {
    const { state } = this;
    if (destinationPort !== CLIENT_PORT || source !== state.server || state.outcome !== 'fetching') return false;
    if (state.serverPort !== 0 && sourcePort !== state.serverPort) return true; // another transfer's
    const packet = decodeTftp(payload);
    if (packet?.kind === 'error') state.outcome = packet.code === TftpError.NotFound ? 'notFound' : 'refused';
    if (packet?.kind !== 'optionAck' && packet?.kind !== 'data') return true;
    state.serverPort = sourcePort;
    state.until = this.now(); // what comes next is asked for at once
    if (packet.kind === 'optionAck') state.blockSize = Number(packet.options['blksize'] ?? DEFAULT_BLOCK);
    else this.take(packet.block, packet.data);
    return true;
  }

  private take(block: number, data: Uint8Array): void {
    const { state } = this;
    if (block === (state.block & 0xffff)) {
      const bytes = new Uint8Array(state.bytes.length + data.length);
      bytes.set(state.bytes);
      bytes.set(data, state.bytes.length);
      Object.assign(state, { bytes, block: state.block + 1, tries: 0 });
      if (bytes.length > LARGEST) state.outcome = 'tooLarge';
      else if (data.length < state.blockSize) this.finish();
    }
  }

  /** The last block is acknowledged; nothing more is asked for. */
  private finish(): void {
    this.ask();
    this.state.outcome = 'done';
  }
}
