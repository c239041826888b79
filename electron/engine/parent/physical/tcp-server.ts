import { ipv4Text, type Ipv4Address } from '../../base/net/address';
import { TcpFlag, type TcpSegment } from '../../base/net/tcp';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { MILLISECOND, SECOND, type Nanoseconds } from '../../clock/clock';
import {
  accept,
  acknowledge,
  isAllAcknowledged,
  nextSegment,
  openConnection,
  receiveWindow,
  segmentOf,
  type TcpConnection,
  type TcpService,
} from './tcp-connection';

export interface TcpServerState {
  connections: TcpConnection[];
  nextSequence: number;
}

/** First wait before something is sent again; doubles each time (RFC 6298, with the shorter floor that Linux uses). */
const RETRANSMIT_AFTER = 200 * MILLISECOND;
const RETRANSMIT_TRIES = 8;
/** A connection of which nothing is heard for this time is given up. */
const IDLE_LIMIT = 600 * SECOND;
const MOST_CONNECTIONS = 64;
/** Initial sequence numbers of successive connections lie far apart, and are the same in every run. */
const SEQUENCE_STEP = 0x0100_0193;

/** The TCP of a host that only answers: passive opening, sliding window, going back to what was lost (RFC 9293). */
export class TcpServer implements Unit<TcpServerState> {
  private state: TcpServerState = { connections: [], nextSequence: SEQUENCE_STEP };
  private readonly services = new Map<number, TcpService>(); // wiring

  constructor(
    private readonly now: () => Nanoseconds,
    private readonly send: (remote: Ipv4Address, segment: TcpSegment) => void,
  ) {}

  /** Opens a port. */
  listen(port: number, service: TcpService): void {
    this.services.set(port, service);
  }

  /** False when there is neither a connection nor a service for the segment: the caller resets the sender. */
  receive(segment: TcpSegment, remote: Ipv4Address): boolean {
    const known = this.find(segment, remote);
    if (known) {
      this.continue(known, segment);
      return true;
    }
    const service = this.services.get(segment.destinationPort);
    const isOpening = (segment.flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst)) === TcpFlag.Syn;
    if (!service || !isOpening || this.state.connections.length >= MOST_CONNECTIONS) return false;
    const connection = openConnection(segment, remote, service, this.state.nextSequence, this.now());
    this.state.nextSequence = (this.state.nextSequence + SEQUENCE_STEP) >>> 0;
    this.state.connections.push(connection);
    this.output(connection);
    return true;
  }

  private find(segment: TcpSegment, remote: Ipv4Address): TcpConnection | undefined {
    const isSame = (one: TcpConnection): boolean =>
      one.remote === remote && one.remotePort === segment.sourcePort && one.localPort === segment.destinationPort;
    return this.state.connections.find(isSame);
  }

  private continue(connection: TcpConnection, segment: TcpSegment): void {
    if (segment.flags & TcpFlag.Rst) {
      if (segment.sequence === connection.receiveNext) this.forget(connection);
      return;
    }
    connection.lastHeard = this.now();
    if (segment.flags & TcpFlag.Syn) return this.repeatWhereWeAre(connection);
    if (!(segment.flags & TcpFlag.Ack)) return;
    const before = receiveWindow(connection);
    const result = acknowledge(connection, segment);
    if (result === 'finished') return this.forget(connection);
    if (result === 'impossible') return this.tell(connection);
    const isReopened = before < connection.segmentSize && receiveWindow(connection) >= connection.segmentSize;
    const mustTell = accept(connection, segment) || isReopened;
    if (!this.output(connection) && mustTell) this.tell(connection);
  }

  /** The answer to a SYN on a connection: again our own while it is being opened, else RFC 5961's challenge. */
  private repeatWhereWeAre(connection: TcpConnection): void {
    if (!connection.isOpening) return this.tell(connection);
    connection.sendNext = connection.unacknowledged;
    this.output(connection);
  }

  /** Sends what may be sent. True when something was: it carries the acknowledgment too. */
  private output(connection: TcpConnection, isProbe = false): boolean {
    let count = 0;
    for (let next = nextSegment(connection, isProbe); next; next = nextSegment(connection)) {
      this.send(connection.remote, next);
      count++;
    }
    const isWaiting = !isAllAcknowledged(connection) || connection.buffer.length > 0;
    if (!isWaiting) connection.retransmitAt = null;
    else connection.retransmitAt ??= this.now() + RETRANSMIT_AFTER * 2 ** connection.tries;
    return count > 0;
  }

  private tell(connection: TcpConnection): void {
    this.send(connection.remote, segmentOf(connection, TcpFlag.Ack));
  }

  private forget(connection: TcpConnection): void {
    this.state.connections = this.state.connections.filter((one) => one !== connection);
  }

  /** When `runDue` must be called, or null. */
  nextDue(): Nanoseconds | null {
    const dues = this.state.connections.map((one) =>
      Math.min(one.retransmitAt ?? Infinity, one.lastHeard + IDLE_LIMIT),
    );
    return dues.length > 0 ? Math.min(...dues) : null;
  }

  /** Sends again what was not acknowledged in time, and gives up connections that are dead. */
  runDue(): void {
    const now = this.now();
    for (const connection of [...this.state.connections]) {
      const isLate = connection.retransmitAt !== null && connection.retransmitAt <= now;
      if (now - connection.lastHeard >= IDLE_LIMIT || (isLate && connection.tries >= RETRANSMIT_TRIES)) {
        this.forget(connection);
      } else if (isLate) this.sendAgain(connection);
    }
  }

  private sendAgain(connection: TcpConnection): void {
    connection.tries++;
    connection.duplicateAcks = 0;
    connection.sendNext = connection.unacknowledged;
    connection.retransmitAt = null;
    this.output(connection, true);
  }

  reset(): void {
    this.state = { connections: [], nextSequence: SEQUENCE_STEP };
  }

  save(): TcpServerState {
    return clonePlain(this.state);
  }

  restore(saved: TcpServerState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const connections = this.state.connections.map((one) => ({
      remote: `${ipv4Text(one.remote)}:${one.remotePort}`,
      port: one.localPort,
      service: one.service,
      buffered: one.buffer.length,
      tries: one.tries,
    }));
    return { listening: [...this.services.keys()], connections };
  }
}
