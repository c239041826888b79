import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';

/** A driver whose device needs nothing from it: bridges, timers, ports that nobody opens. */
export class PassiveDriver implements Driver {
  constructor(private readonly context: DriverContext) {}

  start(): void {
    this.context.started(Problem.none);
  }

  interrupt(): boolean {
    return false;
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    // Nothing moves.
  }
}
