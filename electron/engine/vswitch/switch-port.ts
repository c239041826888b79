import type { FramePort, FrameReceiver } from '../base/backends';
import type { Disposable } from '../base/disposable';
import type { Alarm } from '../clock/clock';
import type { DropCounts } from './drop-reason';
import { emptyShaper, type Shaper } from './bandwidth';
import { emptyEgress, type EgressState } from './egress';
import { settingsOf, GIGABIT, type PortKind, type PortOptions, type PortSettings } from './port-settings';

/** Counters of a port, seen from the adapter that is connected to it. */
export interface PortCounters {
  sentFrames: number;
  sentBytes: number;
  receivedFrames: number;
  receivedBytes: number;
  /** Frames from the adapter that the switch refused, by reason. */
  droppedSending: DropCounts;
  /** Frames towards the adapter that were lost at the port, by reason. */
  droppedReceiving: DropCounts;
}

/** All that changes about a port. */
export interface PortState {
  /** Unique in the switch for its whole life: what the trace calls the port. */
  number: number;
  isUp: boolean;
  egress: EgressState;
  /** What the adapter has sent and the switch holds back. */
  shaper: Shaper;
  counters: PortCounters;
}

export function newPortState(number: number): PortState {
  return { number, isUp: true, egress: emptyEgress(), shaper: emptyShaper(), counters: noCounts() };
}

function noCounts(): PortCounters {
  const frames = { sentFrames: 0, sentBytes: 0, receivedFrames: 0, receivedBytes: 0 };
  return { ...frames, droppedSending: {}, droppedReceiving: {} };
}

/** The switch as its ports see it. */
export interface PortOwner {
  enter(port: SwitchPort, frame: Uint8Array): void;
  leave(port: SwitchPort): void;
  linkChanged(port: SwitchPort): void;
  settingsChanged(): void;
}

/** One port of a switch: the adapter's end of the cable. */
export class SwitchPort implements FramePort, Disposable {
  readonly name: string;
  readonly kind: PortKind;
  /** Bits a second, or null: as fast as memory. */
  readonly lineRate: number | null;
  /** @internal wiring: the switch's own alarm for this port */
  alarm: Alarm | null = null;
  /** @internal for what is held back on its way in */
  shaping: Alarm | null = null;
  /** @internal who is called with frames */
  receiver: FrameReceiver | null = null;
  /** @internal all changeable state; the switch saves it */
  state: PortState;
  private current: PortSettings;
  private isConnected = true;

  constructor(
    private readonly owner: PortOwner,
    options: PortOptions,
    number: number,
  ) {
    this.name = options.name;
    this.kind = options.kind;
    this.lineRate =
      options.lineRate ?? (options.kind === 'external' && options.lineRate === undefined ? GIGABIT : null);
    this.current = settingsOf(options);
    this.state = newPortState(number);
  }

  get number(): number {
    return this.state.number;
  }

  get settings(): PortSettings {
    return this.current;
  }

  /** Changes settings while the port is connected, as Settings does on a running machine. */
  configure(changes: Partial<PortSettings>): void {
    this.current = { ...this.current, ...changes };
    this.owner.settingsChanged();
  }

  get counters(): Readonly<PortCounters> {
    return this.state.counters;
  }

  /** Frames that wait at the port to be handed to the adapter. */
  get queuedFrames(): number {
    return this.state.egress.flows.reduce((sum, flow) => sum + flow.frames.length, 0);
  }

  /** The switch learns addresses behind the port, and floods unknown destinations to it. */
  get isLearning(): boolean {
    return this.kind === 'external' || this.current.allowMacSpoofing;
  }

  get linkUp(): boolean {
    return this.isConnected && this.state.isUp;
  }

  /** The adapter sends a frame into the switch. Never delivers anything before it returns. */
  send(frame: Uint8Array): void {
    if (this.isConnected) this.owner.enter(this, frame);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  /** Takes the link away or brings it back, as an unplugged cable does; what waits at the port is lost. */
  setLink(isUp: boolean): void {
    if (this.state.isUp === isUp) return;
    this.state.isUp = isUp;
    if (!this.isConnected) return;
    this.owner.linkChanged(this);
    this.receiver?.linkChanged(isUp);
  }

  /** Disconnects the adapter from the switch: it sees its link go. The port cannot be used again. */
  dispose(): void {
    if (!this.isConnected) return;
    const wasUp = this.linkUp;
    this.owner.leave(this);
    this.isConnected = false;
    if (wasUp) this.receiver?.linkChanged(false);
    this.receiver = null;
  }
}
