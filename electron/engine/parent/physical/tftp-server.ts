import { ipv4Text, type Ipv4Address } from '../../base/net/address';
import { decodeTftp, encodeTftp, TftpError, TFTP_PORT, type TftpOptions, type TftpPacket } from '../../base/net/tftp';
import type { UdpDatagram } from '../../base/net/udp';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { LanHost } from './lan-host';

/** A file on its way to a client. */
export interface TftpTransfer {
  readonly client: Ipv4Address;
  readonly clientPort: number;
  /** Our transfer identifier: the port that this transfer has for itself (RFC 1350, section 4). */
  readonly port: number;
  readonly file: string;
  readonly blockSize: number;
}

export interface TftpServerState {
  transfers: TftpTransfer[];
  nextPort: number;
  completed: number;
  refused: number;
}

const DEFAULT_BLOCK = 512;
const [SMALLEST_BLOCK, LARGEST_BLOCK] = [8, 65_464]; // RFC 2348
const LARGEST_UNFRAGMENTED = 1468;
const FIRST_PORT = 49_152;
const MOST_TRANSFERS = 16; // the oldest is forgotten then: its client has gone

/**
 * A boot server's TFTP (RFC 1350, with the options of RFC 2348 and 2349): hands out files, takes none. The client keeps the time: what it
 * does not get it asks for again, and is answered again.
 */
export class TftpServer implements Unit<TftpServerState> {
  private state = fresh();

  /** @param files by the name under which they can be had */
  constructor(
    private readonly host: LanHost,
    private readonly files: Readonly<Record<string, Uint8Array>>,
  ) {
    host.serveUdp(TFTP_PORT, (datagram, { source }) => this.requested(datagram, source));
    for (let i = 0; i < MOST_TRANSFERS; i++)
      host.serveUdp(FIRST_PORT + i, (datagram, { source }) => this.acknowledged(datagram, source));
  }

  private requested(datagram: UdpDatagram, client: Ipv4Address): void {
    const packet = decodeTftp(datagram.payload);
    if (packet?.kind === 'write') return this.refuse(datagram, client, TftpError.AccessViolation, 'Access violation');
    if (packet?.kind !== 'read') return;
    const bytes = Object.hasOwn(this.files, packet.file) ? this.files[packet.file] : undefined;
    if (!bytes) return this.refuse(datagram, client, TftpError.NotFound, 'File not found');
    const options = accepted(packet.options, bytes.length);
    const transfer = this.begin(client, datagram.sourcePort, packet.file, Number(options['blksize'] ?? DEFAULT_BLOCK));
    if (Object.keys(options).length > 0) this.send(transfer, { kind: 'optionAck', options });
    else this.sendBlock(transfer, 1);
  }

  /** The same client with the same port asks again: its transfer begins anew. */
  private begin(client: Ipv4Address, clientPort: number, file: string, blockSize: number): TftpTransfer {
    const { state } = this;
    const isSame = (one: TftpTransfer): boolean => one.client === client && one.clientPort === clientPort;
    const known = state.transfers.find(isSame);
    const port = known?.port ?? FIRST_PORT + state.nextPort;
    if (!known) state.nextPort = (state.nextPort + 1) % MOST_TRANSFERS;
    const transfer = { client, clientPort, port, file, blockSize };
    state.transfers = [...state.transfers.filter((one) => one.port !== port), transfer];
    return transfer;
  }

  private acknowledged(datagram: UdpDatagram, client: Ipv4Address): void {
    const { destinationPort: port, sourcePort } = datagram;
    const transfer = this.state.transfers.find((one) => one.port === port);
    const isKnown = transfer?.client === client && transfer.clientPort === sourcePort;
    if (!transfer || !isKnown) return this.refuse(datagram, client, TftpError.UnknownTransfer, 'Unknown transfer ID');
    const packet = decodeTftp(datagram.payload);
    if (packet?.kind === 'error') this.end(transfer);
    else if (packet?.kind === 'ack' && !this.sendBlock(transfer, packet.block + 1)) {
      this.state.completed++;
      this.end(transfer);
    }
  }

  private end(transfer: TftpTransfer): void {
    this.state.transfers = this.state.transfers.filter((one) => one !== transfer);
  }

  /** Sends block `number`, counted from 1. False when there is none: the one before was the last, shorter than a block. */
  private sendBlock(transfer: TftpTransfer, number: number): boolean {
    const { blockSize } = transfer;
    const bytes = this.files[transfer.file] ?? new Uint8Array(0);
    const start = (number - 1) * blockSize;
    if (start > bytes.length) return false;
    this.send(transfer, { kind: 'data', block: number, data: bytes.subarray(start, start + blockSize) });
    return true;
  }

  private send({ client, clientPort, port }: TftpTransfer, packet: TftpPacket): void {
    this.host.ip.sendUdp({ sourcePort: port, destinationPort: clientPort, payload: encodeTftp(packet) }, client);
  }

  private refuse(
    { sourcePort, destinationPort }: UdpDatagram,
    client: Ipv4Address,
    code: number,
    message: string,
  ): void {
    this.state.refused++;
    const payload = encodeTftp({ kind: 'error', code, message });
    this.host.ip.sendUdp({ sourcePort: destinationPort, destinationPort: sourcePort, payload }, client);
  }

  reset(): void {
    this.state = fresh();
  }

  save(): TftpServerState {
    return clonePlain(this.state);
  }

  restore(saved: TftpServerState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { transfers, completed, refused } = this.state;
    const underWay = transfers.map(({ client, file, blockSize }) => ({ client: ipv4Text(client), file, blockSize }));
    return { files: Object.keys(this.files), completed, refused, underWay };
  }
}

/** The options that the server takes up, with its own values; blocks are made to fit into a frame. */
function accepted(wanted: TftpOptions, length: number): Record<string, string> {
  const block = Number(wanted['blksize'] ?? NaN);
  const options: Record<string, string> = {};
  if (block >= SMALLEST_BLOCK && block <= LARGEST_BLOCK)
    options['blksize'] = String(Math.min(block, LARGEST_UNFRAGMENTED));
  if (wanted['tsize'] !== undefined) options['tsize'] = String(length);
  return options;
}

function fresh(): TftpServerState {
  return { transfers: [], nextPort: 0, completed: 0, refused: 0 };
}
