import type { Clock } from '../clock/clock';
import type { Trace } from '../trace/trace';
import { filled, readyAt } from './bandwidth';
import type { SwitchPort } from './switch-port';
import type { ClassifiedFrame } from './vlan';

/** What holding frames back needs of its switch. */
export interface ShapingHost {
  readonly clock: Clock;
  readonly trace: Trace;
  /** Longest frame, and how many may wait for one sender. */
  readonly maximumFrame: number;
  readonly limit: number;
  forward(port: SwitchPort, classified: ClassifiedFrame): void;
}

/** Holds adapters to their maximum bandwidth: what is beyond it waits at their port until its token bucket has filled. */
export class Shaping {
  constructor(private readonly host: ShapingHost) {}

  /** Forwards a frame, at once or later. False when too many wait already. */
  pass(port: SwitchPort, classified: ClassifiedFrame): boolean {
    const { waiting } = port.state.shaper;
    if (waiting.length >= this.host.limit) return false;
    if (port.settings.bandwidth.maximum === 0 && waiting.length === 0) this.host.forward(port, classified);
    else {
      waiting.push({ classified, cause: this.host.trace.cause });
      if (waiting.length === 1) this.release(port);
    }
    return true;
  }

  /** Forwards what the sender's bucket has room for, and comes back for the rest. */
  release(port: SwitchPort): void {
    const { trace } = this.host;
    const { waiting } = port.state.shaper;
    const before = trace.cause;
    for (let next = waiting[0]; next && this.mayPass(port, next.classified.frame.length); next = waiting[0]) {
      waiting.shift();
      trace.cause = next.cause;
      this.host.forward(port, next.classified);
    }
    trace.cause = before;
  }

  private mayPass(port: SwitchPort, bytes: number): boolean {
    const { clock, maximumFrame } = this.host;
    const { shaper } = port.state;
    const { maximum } = port.settings.bandwidth;
    if (maximum === 0) return true;
    const bucket = (shaper.bucket = filled(shaper.bucket, maximum, maximumFrame, clock.now()));
    if (bucket.tokens >= bytes) {
      bucket.tokens -= bytes;
      return true;
    }
    port.shaping?.set(Math.max(readyAt(bucket, bytes, maximum), clock.now() + 1));
    return false;
  }
}
