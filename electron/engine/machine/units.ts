import type { InspectNode, Unit } from '../base/unit';

interface Entry {
  reset(): void;
  save(): unknown;
  restore(saved: unknown): void;
  inspect(): InspectNode;
}

/** Saved state of many units, by name. */
export type UnitStates = Record<string, unknown>;

/** The units of one machine by name: what resets together, is saved together, and is looked into together. */
export class UnitSet {
  private readonly entries = new Map<string, Entry>();

  /**
   * Adds a unit and hands it back; `keepOnReset` is for what a reset line does not reach (RAM). Throws when the name is taken: a
   * mistake in the wiring.
   */
  add<S, U extends Unit<S>>(name: string, unit: U & Unit<S>, options: { readonly keepOnReset?: boolean } = {}): U {
    if (this.entries.has(name)) throw new Error(`two units are called ${name}`);
    this.entries.set(name, {
      reset: () => void (options.keepOnReset || unit.reset()),
      save: () => unit.save(),
      restore: (saved) => unit.restore(saved as S), // the state that the unit of this name saved
      inspect: () => unit.inspect(),
    });
    return unit;
  }

  /** Takes a unit out: its device was removed while the machine ran. */
  remove(name: string): void {
    this.entries.delete(name);
  }

  reset(): void {
    for (const entry of this.entries.values()) entry.reset();
  }

  save(): UnitStates {
    return Object.fromEntries([...this.entries].map(([name, entry]) => [name, entry.save()]));
  }

  /** Restores in the order of adding. Throws when the state is of another set of units. */
  restore(saved: UnitStates): void {
    const names = [...this.entries.keys()];
    if (names.length !== Object.keys(saved).length || names.some((name) => !(name in saved))) {
      throw new Error('the saved state belongs to a machine that is built otherwise');
    }
    for (const [name, entry] of this.entries) entry.restore(saved[name]);
  }

  inspect(): { [key: string]: InspectNode } {
    return Object.fromEntries([...this.entries].map(([name, entry]) => [name, entry.inspect()]));
  }
}
