/**
 * The time of the guest and of the machine around it, in milliseconds: as fast as the wall's, or a multiple of it while somebody waits
 * for something that the guest does only after minutes. It never goes back, and never jumps.
 */
export class Pace {
  private factor = 1;
  private begin = 0; // wall time at which this pace began
  private base = 0; // and the guest's then

  now(): number {
    return this.base + (performance.now() - this.begin) * this.factor;
  }

  /** From now on the guest's time goes `factor` times as fast as the wall's. */
  set(factor: number): void {
    this.base = this.now();
    this.begin = performance.now();
    this.factor = factor;
  }

  /** How long the wall takes for so much of the guest's time. */
  onWall(milliseconds: number): number {
    return milliseconds / this.factor;
  }
}
