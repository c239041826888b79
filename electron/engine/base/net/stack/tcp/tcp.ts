import { ipv4Text, type Ipv4Address } from '../../address';
import { sequenceDifference, TcpFlag, type TcpSegment } from '../../tcp';
import { clonePlain, type InspectNode, type Unit } from '../../../unit';
import { append, take } from './byte-queue';
import { hearSyn, isOpening, newConnection, receiveWindow, TCP_WINDOW, type TcpEnds } from './connection';
import { Conversation } from './conversation';
import { newTcp, SEQUENCE_STEP, type TcpConnection, type TcpOptions, type TcpState } from './tcp-types';

/**
 * The transmission control protocol of a host (RFC 9293): active and passive opening, sliding windows, round-trip times
 * (RFC 6298), congestion control (RFC 5681, 6582); neither window scaling nor selective acknowledgments. It has no clock of its
 * own: the owner asks `nextDue` after each call and calls `runDue` when that time has come.
 */
export class Tcp implements Unit<TcpState> {
  private readonly conversation: Conversation;

  /** @param state what it works on: of its own, or a part of its owner's state */
  constructor(
    private readonly options: TcpOptions,
    private state: TcpState = newTcp(),
  ) {
    const { policy } = options;
    this.conversation = new Conversation({
      policy,
      now: () => options.now(),
      send: (segment, local, remote, segmentSize) => options.send(segment, local, remote, segmentSize),
      largest: (remote) => options.largest?.(remote) ?? 0,
      changed: (connection) => this.changed(connection),
    });
  }

  private changed(connection: TcpConnection): void {
    this.options.changed?.(connection);
    const isOver = connection.phase === 'closed' && (connection.isReleased || connection.isOffered);
    if (isOver) this.state.connections = this.state.connections.filter((one) => one !== connection);
  }

  // --- what programs use

  /** Opens a port for peers. */
  listen(port: number): void {
    if (!this.state.listening.includes(port)) this.state.listening.push(port);
  }

  /** Closes the port; connections that were made through it stay. */
  unlisten(port: number): void {
    this.state.listening = this.state.listening.filter((one) => one !== port);
  }

  /** Takes a connection that a peer has opened to `port`: its id, or null when there is none. */
  take(port: number): number | null {
    const found = this.state.connections.find((one) => one.isOffered && one.localPort === port && !isOpening(one));
    if (!found) return null;
    found.isOffered = false;
    return found.id;
  }

  /** Begins to open a connection. Its id; what becomes of it shows in `find`. */
  open(ends: TcpEnds): number {
    const made = this.make(ends);
    this.conversation.output(made);
    return made.id;
  }

  private make(ends: TcpEnds): TcpConnection {
    const { state, options } = this;
    const made = newConnection(state.nextId++, ends, state.nextSequence, options.policy, options.now());
    state.nextSequence = (state.nextSequence + SEQUENCE_STEP) >>> 0;
    state.connections.push(made);
    return made;
  }

  /** True while a connection uses the local port. */
  isUsed(port: number): boolean {
    return this.state.connections.some(({ localPort }) => localPort === port);
  }

  /** The connection while it exists, for reading. */
  find(id: number): Readonly<TcpConnection> | null {
    return this.connection(id) ?? null;
  }

  private connection(id: number): TcpConnection | undefined {
    return this.state.connections.find((one) => one.id === id);
  }

  /** Bytes that `write` would take now. */
  room(id: number): number {
    const connection = this.connection(id);
    const isOpen = connection && !connection.isEnding && connection.phase !== 'closed';
    return isOpen ? Math.max(0, TCP_WINDOW - connection.outgoing.length) : 0;
  }

  /** Gives bytes to be sent; the number of those that were taken. */
  write(id: number, bytes: Uint8Array): number {
    const connection = this.connection(id);
    const taken = bytes.subarray(0, this.room(id));
    if (!connection || taken.length === 0) return 0;
    append(connection.outgoing, taken);
    this.conversation.output(connection);
    return taken.length;
  }

  /** Takes up to `most` bytes that have come. */
  read(id: number, most = Infinity): Uint8Array {
    const connection = this.connection(id);
    if (!connection) return NOTHING;
    const bytes = take(connection.incoming, most);
    if (bytes.length > 0) this.tellRoom(connection);
    return bytes;
  }

  /** The peer hears of room when it is worth a segment (RFC 9293, 3.8.6.2.2). */
  private tellRoom(connection: TcpConnection): void {
    const edge = (connection.receiveNext + receiveWindow(connection)) >>> 0;
    const isWorthIt = sequenceDifference(edge, connection.advertised) >= TCP_WINDOW / 2;
    const isReceiving = ['established', 'finWait1', 'finWait2'].includes(connection.phase);
    if (isReceiving && isWorthIt) this.conversation.tell(connection);
  }

  /** No more bytes of ours: a FIN follows the last one. The program goes on reading. */
  end(id: number): void {
    const connection = this.connection(id);
    if (!connection || connection.isEnding || connection.phase === 'closed') return;
    connection.isEnding = true;
    this.conversation.output(connection);
  }

  /** Ends the connection and lets go of it: it is gone when it is over. What was not read, or comes now, resets it. */
  release(id: number): void {
    const connection = this.connection(id);
    if (!connection) return;
    connection.isReleased = true;
    if (connection.phase === 'closed') this.changed(connection);
    else if (connection.phase === 'synSent' || connection.incoming.length > 0) this.conversation.abort(connection);
    else this.end(id);
  }

  /** Ends the connection at once; the peer hears of it. */
  abort(id: number): void {
    const connection = this.connection(id);
    if (!connection) return;
    connection.isReleased = true;
    this.conversation.abort(connection);
  }

  // --- what comes from the wire

  /** False when there is neither a connection nor an open port for the segment: the caller resets the sender. */
  receive(segment: TcpSegment, local: Ipv4Address, remote: Ipv4Address): boolean {
    const known = this.known(segment, remote);
    if (known) this.conversation.arrived(known, segment);
    else if (!this.admit(segment, local, remote)) {
      this.state.refused++;
      return false;
    }
    return true;
  }

  private known({ sourcePort, destinationPort }: TcpSegment, remote: Ipv4Address): TcpConnection | undefined {
    const isSame = (one: TcpConnection): boolean =>
      one.remotePort === sourcePort && one.localPort === destinationPort && one.remote === remote;
    return this.state.connections.find((one) => isSame(one) && one.phase !== 'closed');
  }

  private admit(syn: TcpSegment, local: Ipv4Address, remote: Ipv4Address): boolean {
    const isSyn = (syn.flags & (TcpFlag.Syn | TcpFlag.Ack | TcpFlag.Rst)) === TcpFlag.Syn;
    const { listening, connections } = this.state;
    if (!isSyn || !listening.includes(syn.destinationPort) || connections.length >= this.options.most) return false;
    const made = this.make({ local, localPort: syn.destinationPort, remote, remotePort: syn.sourcePort });
    Object.assign(made, { phase: 'synReceived', isOffered: true });
    hearSyn(made, syn, this.options.policy);
    this.conversation.output(made);
    return true;
  }

  /** Nobody on the way answers for `remote`: connections that are being opened to it fail (RFC 1122, 4.2.3.9). */
  unreachable(remote: Ipv4Address): void {
    const opening = this.state.connections.filter((one) => one.remote === remote && one.phase === 'synSent');
    for (const one of opening) this.conversation.finish(one, 'unreachable');
  }

  // --- time

  /** When `runDue` must be called, or null. */
  nextDue(): number | null {
    let next: number | null = null;
    for (const connection of this.state.connections) {
      const due = this.due(connection);
      if (due !== null && (next === null || due < next)) next = due;
    }
    return next;
  }

  private due(connection: TcpConnection): number | null {
    const { idleLimit } = this.options;
    if (connection.phase === 'closed') return null;
    const due = this.conversation.due(connection);
    return idleLimit === null ? due : Math.min(due ?? Infinity, connection.lastHeard + idleLimit);
  }

  /** Does what is due; does nothing when nothing is. */
  runDue(): void {
    const now = this.options.now();
    const { idleLimit } = this.options;
    for (const connection of [...this.state.connections]) {
      if ((this.due(connection) ?? Infinity) > now) continue;
      if (idleLimit !== null && now - connection.lastHeard >= idleLimit)
        this.conversation.finish(connection, 'timeout');
      else this.conversation.runDue(connection);
    }
  }

  reset(): void {
    this.state = newTcp();
  }

  save(): TcpState {
    return clonePlain(this.state);
  }

  restore(saved: TcpState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return inspectTcp(this.state);
  }
}

/** A TCP for reading by people. */
export function inspectTcp({ connections, listening, refused }: TcpState): InspectNode {
  return { listening: [...listening], refused, connections: connections.map(inspectConnection) };
}

const NOTHING = new Uint8Array(0);

function inspectConnection(one: TcpConnection): InspectNode {
  return {
    local: `${ipv4Text(one.local)}:${one.localPort}`,
    remote: `${ipv4Text(one.remote)}:${one.remotePort}`,
    phase: one.phase,
    waiting: { out: one.outgoing.length, in: one.incoming.length, later: one.later.length },
    window: { peer: one.peerWindow, congestion: one.congestionWindow, threshold: one.slowStartThreshold },
    roundTrip: one.smoothed === null ? null : Math.round(one.smoothed),
    ...one.counters,
  };
}
