import type { Ipv4Address } from '../../address';
import { sequenceDifference, TcpFlag, type TcpSegment } from '../../tcp';
import { acknowledge } from './acknowledging';
import { hearSyn, isAllAcknowledged, isOpening, receiveWindow, segmentAt } from './connection';
import { accept, takeFin, type Urgency } from './receiving';
import { armTimer, firstAgain, nextSegment, timedOut } from './sending';
import type { TcpConnection, TcpFailure, TcpPhase, TcpPolicy } from './tcp-types';

/** What conversations need of the host around them. */
export interface ConversationHost {
  readonly policy: TcpPolicy;
  now(): number;
  /** @param segmentSize the segment is larger than this and to be cut; 0: it is one as it is */
  send(segment: TcpSegment, local: Ipv4Address, remote: Ipv4Address, segmentSize: number): void;
  /** Bytes of data that may be sent in one piece; 0: no more than a segment. */
  largest(remote: Ipv4Address): number;
  /** The program may want to read, write, or note the end. */
  changed(connection: TcpConnection): void;
}

const RECEIVING: readonly TcpPhase[] = ['established', 'finWait1', 'finWait2'];
const AFTER_FIN: Readonly<Partial<Record<TcpPhase, TcpPhase>>> = {
  established: 'closeWait',
  finWait1: 'closing',
  finWait2: 'timeWait',
};
const AFTER_OWN_FIN: Readonly<Partial<Record<TcpPhase, TcpPhase>>> = {
  finWait1: 'finWait2',
  closing: 'timeWait',
  lastAck: 'closed',
};

/** What one connection does when a segment comes, a program acts, or time passes: RFC 9293, section 3.10. No state of its own. */
export class Conversation {
  constructor(private readonly host: ConversationHost) {}

  /** Sends what may be sent. */
  output(connection: TcpConnection, isProbe = false): void {
    const now = this.host.now();
    const largest = connection.outgoing.length > connection.segmentSize ? this.host.largest(connection.remote) : 0;
    const after = (probes: boolean): TcpSegment | null => nextSegment(connection, now, probes, largest);
    for (let next = after(isProbe); next; next = after(false)) this.transmit(connection, next);
    armTimer(connection, now);
  }

  private transmit({ local, remote, segmentSize }: TcpConnection, segment: TcpSegment): void {
    this.host.send(segment, local, remote, segment.payload.length > segmentSize ? segmentSize : 0);
  }

  /** Says where we are. */
  tell(connection: TcpConnection): void {
    this.transmit(connection, segmentAt(connection, connection.sendNext, TcpFlag.Ack));
  }

  /** Tells the peer that the connection is no more. */
  abort(connection: TcpConnection): void {
    if (connection.phase !== 'closed' && connection.phase !== 'synSent')
      this.transmit(connection, segmentAt(connection, connection.sendNext, TcpFlag.Rst | TcpFlag.Ack));
    this.finish(connection, null);
  }

  /** The connection is over; `failure` says why if it ought not to be. */
  finish(connection: TcpConnection, failure: TcpFailure | null): void {
    connection.failure = failure;
    this.enter(connection, 'closed');
    this.host.changed(connection);
  }

  private enter(connection: TcpConnection, phase: TcpPhase): void {
    connection.phase = phase;
    if (phase === 'closed') Object.assign(connection, { retransmitAt: null, acknowledgeAt: null, endsAt: null });
    else if (phase === 'timeWait') connection.endsAt = this.host.now() + this.host.policy.timeWait;
  }

  // --- what comes

  arrived(connection: TcpConnection, segment: TcpSegment): void {
    connection.counters.receivedSegments++;
    connection.lastHeard = this.host.now();
    if (connection.phase === 'synSent') this.answered(connection, segment);
    else if (segment.flags & TcpFlag.Rst) this.wasReset(connection, segment);
    else if (segment.flags & TcpFlag.Syn) this.repeatWhereWeAre(connection, segment);
    else if (segment.flags & TcpFlag.Ack) this.continued(connection, segment);
  }

  /** Section 3.10.7.3: the answer to our SYN. */
  private answered(connection: TcpConnection, segment: TcpSegment): void {
    const { flags, acknowledgment } = segment;
    const isOurs = (flags & TcpFlag.Ack) !== 0 && acknowledgment === connection.sendMaximum;
    if (flags & TcpFlag.Rst) {
      if (isOurs) this.finish(connection, 'refused');
      return;
    }
    if (!isOurs || !(flags & TcpFlag.Syn)) return; // of an older connection
    const { policy } = this.host;
    acknowledge(connection, segment, policy, this.host.now());
    hearSyn(connection, segment, policy);
    this.enter(connection, 'established');
    this.host.changed(connection);
    connection.unanswered = 2;
    this.settle(connection);
  }

  private wasReset(connection: TcpConnection, { sequence }: TcpSegment): void {
    if (sequence === connection.receiveNext) this.finish(connection, 'reset');
    else if (this.isInWindow(connection, sequence)) this.tell(connection); // RFC 5961, 3.2
  }

  private isInWindow(connection: TcpConnection, sequence: number): boolean {
    const distance = sequenceDifference(sequence, connection.receiveNext);
    return distance >= 0 && distance <= receiveWindow(connection);
  }

  /** The answer to a SYN on a connection: again our own while it is being opened, else a challenge (RFC 5961, section 4). */
  private repeatWhereWeAre(connection: TcpConnection, { sequence }: TcpSegment): void {
    const isSame = connection.phase === 'synReceived' && (sequence + 1) >>> 0 === connection.receiveNext;
    if (!isSame) return this.tell(connection);
    connection.sendNext = connection.unacknowledged;
    this.output(connection);
  }

  /** Section 3.10.7.4. */
  private continued(connection: TcpConnection, segment: TcpSegment): void {
    if (sequenceDifference(segment.sequence, connection.receiveNext) > receiveWindow(connection))
      return this.tell(connection);
    const result = acknowledge(connection, segment, this.host.policy, this.host.now());
    if (result === 'impossible') return this.tell(connection);
    this.moveOn(connection);
    if (result === 'repeat') this.repeatFirst(connection);
    const urgency = this.take(connection, segment);
    if (urgency === 'now') connection.unanswered = 2;
    else if (urgency === 'soon') connection.acknowledgeAt ??= this.host.now() + this.host.policy.acknowledgeAfter;
    this.host.changed(connection);
    this.settle(connection);
  }

  /** What follows from everything of ours being acknowledged. */
  private moveOn(connection: TcpConnection): void {
    if (connection.phase === 'synReceived' && isAllAcknowledged(connection)) this.enter(connection, 'established');
    const next = AFTER_OWN_FIN[connection.phase];
    const isFinThere = connection.outgoing.length === 0 && isAllAcknowledged(connection);
    if (!next || !isFinThere) return;
    this.enter(connection, next);
    if (next === 'finWait2' && connection.isReleased) connection.endsAt = this.host.now() + this.host.policy.timeWait; // nobody waits for the peer's end
  }

  private repeatFirst(connection: TcpConnection): void {
    const segment = firstAgain(connection);
    if (segment) this.transmit(connection, segment);
  }

  private take(connection: TcpConnection, segment: TcpSegment): Urgency {
    const hasContent = segment.payload.length > 0 || (segment.flags & TcpFlag.Fin) !== 0;
    if (!RECEIVING.includes(connection.phase)) return hasContent ? 'now' : 'none';
    if (connection.isReleased && segment.payload.length > 0) {
      this.abort(connection); // nobody will read it (RFC 9293, 3.6.1)
      return 'none';
    }
    const urgency = accept(connection, segment);
    if (!takeFin(connection)) return urgency;
    this.enter(connection, AFTER_FIN[connection.phase] ?? connection.phase);
    return 'now';
  }

  /** Sends what may be sent, and an acknowledgment when one is owed and nothing carried it. */
  private settle(connection: TcpConnection): void {
    if (connection.phase === 'closed') return;
    this.output(connection);
    if (connection.unanswered >= 2) this.tell(connection);
  }

  // --- time

  /** When `runDue` has something to do, or null. */
  due({ retransmitAt, acknowledgeAt, endsAt }: TcpConnection): number | null {
    const due = Math.min(retransmitAt ?? Infinity, acknowledgeAt ?? Infinity, endsAt ?? Infinity);
    return due === Infinity ? null : due;
  }

  runDue(connection: TcpConnection): void {
    const now = this.host.now();
    const { acknowledgeAt, endsAt, retransmitAt } = connection;
    if (endsAt !== null && endsAt <= now) return this.finish(connection, null);
    if (acknowledgeAt !== null && acknowledgeAt <= now) this.tell(connection);
    if (retransmitAt === null || retransmitAt > now) return;
    const isSilent = now - connection.lastHeard > connection.timeout; // not even an answer to a probe
    if (connection.triesLeft <= 0 && (isSilent || isOpening(connection))) return this.finish(connection, 'timeout');
    timedOut(connection);
    this.output(connection, true);
  }
}
