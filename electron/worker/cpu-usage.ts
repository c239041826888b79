const SECOND = 1_000_000_000;

/** CPU Usage of the list: the share of all the host's processors that a machine used over the last second of its time. */
export class CpuUsage {
  percent = 0;
  private since = 0;
  private spent = 0;

  constructor(private readonly logicalProcessors: number) {}

  /** Takes the partition's time and the nanoseconds charged so far. True when a second is over and the figure is new. */
  sample(now: number, spent: number): boolean {
    if (now < this.since + SECOND) return false;
    const share = (spent - this.spent) / (now - this.since) / this.logicalProcessors;
    this.percent = Math.min(100, Math.round(share * 100));
    this.since = now;
    this.spent = spent;
    return true;
  }
}
