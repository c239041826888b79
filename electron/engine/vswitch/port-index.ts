import { macKey } from '../base/mac';
import type { SwitchPort } from './switch-port';

/**
 * The connected ports of a switch by name, number and pinned address. Wiring: what it knows follows from the ports and
 * their settings, so it is rebuilt and never saved.
 */
export class PortIndex {
  private readonly byName = new Map<string, SwitchPort>();
  private ordered: readonly SwitchPort[] = [];
  private byNumber = new Map<number, SwitchPort>();
  private pinned = new Map<number, SwitchPort>();

  /** In the order of their numbers: the order in which frames are flooded. */
  get all(): readonly SwitchPort[] {
    return this.ordered;
  }

  named(name: string): SwitchPort | null {
    return this.byName.get(name) ?? null;
  }

  numbered(number: number): SwitchPort | null {
    return this.byNumber.get(number) ?? null;
  }

  add(port: SwitchPort): void {
    this.byName.set(port.name, port);
    this.rebuild();
  }

  remove(port: SwitchPort): void {
    this.byName.delete(port.name);
    this.rebuild();
  }

  /** To be called when numbers or settings have changed. The lowest number keeps an address that several ports have. */
  rebuild(): void {
    this.ordered = [...this.byName.values()].sort((a, b) => a.number - b.number);
    this.byNumber = new Map(this.ordered.map((port) => [port.number, port]));
    this.pinned = new Map();
    for (const port of this.ordered) {
      const key = macKey(port.settings.mac);
      if (!port.isLearning && !this.pinned.has(key)) this.pinned.set(key, port);
    }
  }

  /** The port to which the address at `at` in `frame` is pinned, or null. */
  pinnedTo(frame: Uint8Array, at: number): SwitchPort | null {
    return this.pinned.get(macKey(frame, at)) ?? null;
  }

  /** Ports that may not use their own address because another port has it pinned, with that port. */
  conflicts(): { port: SwitchPort; owner: SwitchPort }[] {
    return this.ordered.flatMap((port) => {
      const owner = this.pinnedTo(port.settings.mac, 0);
      return !port.isLearning && owner && owner !== port ? [{ port, owner }] : [];
    });
  }
}
