import { readBe32 } from '../../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { Alarm, Clock, Nanoseconds } from '../../clock/clock';
import type { Trace } from '../../trace/trace';
import { emptyEgress, enqueue, takeNext, wireTime, type EgressState } from '../../vswitch/egress';
import { GIGABIT } from '../../vswitch/port-settings';

export interface HostCardState {
  egress: EgressState;
  sent: number;
  /** Frames for a destination that had too many waiting. */
  lost: number;
}

/** Frames that may wait for one destination. */
const QUEUE_FRAMES = 512;
const LONGEST = 1518;

/**
 * The network card of a physical machine on the LAN: frames leave at the rate of its line, and destinations that have frames waiting take
 * turns by bytes, as with Linux's fair queueing disciplines (sch_fq, sch_fq_codel).
 */
export class HostCard implements Unit<HostCardState> {
  private state: HostCardState = newCard();
  private readonly alarm: Alarm;

  constructor(
    private readonly clock: Clock,
    private readonly trace: Trace,
    alarmName: string,
    private readonly output: (frame: Uint8Array) => void,
  ) {
    this.alarm = clock.alarm(alarmName, () => this.run());
  }

  /** The frame belongs to the card from now on. */
  push(frame: Uint8Array): void {
    const now = this.clock.now();
    const item = { frame, ready: now, cause: this.trace.cause };
    const destination = readBe32(frame, 2); // the last four bytes tell stations of a lab apart
    if (!enqueue(this.state.egress, destination, item, QUEUE_FRAMES)) this.state.lost++;
    else if (this.alarm.due === null) this.alarm.set(Math.max(now, this.state.egress.busyUntil));
  }

  private run(): void {
    const now: Nanoseconds = this.clock.now();
    const { egress } = this.state;
    const next = takeNext(egress, now, LONGEST);
    if (!next) return;
    const before = this.trace.cause;
    this.trace.cause = next.item.cause;
    egress.busyUntil = now + wireTime(next.item.frame.length, GIGABIT);
    delete egress.shares[next.from]; // destinations come and go without end
    this.state.sent++;
    this.output(next.item.frame);
    this.trace.cause = before;
    if (egress.flows.length > 0) this.alarm.set(egress.busyUntil);
  }

  reset(): void {
    this.state = newCard();
    this.alarm.cancel();
  }

  /** The alarm is in the clock's state, not in this one. */
  save(): HostCardState {
    return clonePlain(this.state);
  }

  restore(saved: HostCardState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { egress, sent, lost } = this.state;
    const queues = egress.flows.map(({ from, frames }) => ({ to: from.toString(16), frames: frames.length }));
    return { sent, lost, queues };
  }
}

function newCard(): HostCardState {
  return { egress: emptyEgress(), sent: 0, lost: 0 };
}
