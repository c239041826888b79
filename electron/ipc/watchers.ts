/** Which window shows which machine's screen. A machine is told when the first begins to look and when the last one ceases. */
export class Watchers {
  private readonly shown = new Map<number, string>();

  constructor(private readonly changed: (vmId: string, isWatched: boolean) => void) {}

  get(windowId: number): string | undefined {
    return this.shown.get(windowId);
  }

  set(windowId: number, vmId: string): void {
    const before = this.shown.get(windowId);
    if (before === vmId) return;
    this.shown.set(windowId, vmId);
    if (before !== undefined) this.tell(before);
    this.tell(vmId);
  }

  delete(windowId: number): void {
    const before = this.shown.get(windowId);
    this.shown.delete(windowId);
    if (before !== undefined) this.tell(before);
  }

  private tell(vmId: string): void {
    this.changed(vmId, [...this.shown.values()].includes(vmId));
  }
}
