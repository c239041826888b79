import type { Sense } from '../../../base/scsi/sense';
import type { InspectNode } from '../../../base/unit';
import type { LogicalUnit, UnitAddress, UnitState } from './unit';

/** Where the units of a provider are: all on one path and target, or (IDE) on a target of any path. */
export interface UnitPlace {
  readonly path: number | 'any';
  readonly target: number;
}

/** The logical units behind one storage channel, by LUN: what is plugged in, and what an address finds. */
export class PluggedUnits {
  private readonly byLun = new Map<number, LogicalUnit>();

  constructor(private readonly place: UnitPlace) {}

  plug(lun: number, unit: LogicalUnit): void {
    this.byLun.set(lun, unit);
  }

  /** False when there was none. */
  unplug(lun: number): boolean {
    return this.byLun.delete(lun);
  }

  /** The unit at an address, or null. */
  unitAt({ path, target, lun }: UnitAddress): LogicalUnit | null {
    return this.isHere(path, target) ? (this.byLun.get(lun) ?? null) : null;
  }

  /** LUNs of one target in rising order. */
  lunsOf(path: number, target: number): readonly number[] {
    return this.isHere(path, target) ? [...this.byLun.keys()].sort((a, b) => a - b) : [];
  }

  private isHere(path: number, target: number): boolean {
    return (this.place.path === 'any' || path === this.place.path) && target === this.place.target;
  }

  /** Each unit's next command but a few is told this. */
  attendAll(sense: Sense): void {
    for (const unit of this.byLun.values()) unit.attend(sense);
  }

  reset(): void {
    for (const unit of this.byLun.values()) unit.reset();
  }

  /** By LUN. */
  save(): Record<string, UnitState> {
    return Object.fromEntries([...this.byLun].map(([lun, unit]) => [String(lun), unit.save()]));
  }

  /**
   * Units must have been plugged in before; one that the state does not know begins anew.
   * @returns false when other units were here at the time of the state
   */
  restore(saved: Readonly<Record<string, UnitState>>): boolean {
    for (const [lun, unit] of this.byLun) {
      const before = saved[String(lun)];
      if (before) unit.restore(before);
      else unit.reset();
    }
    const now = [...this.byLun.keys()].map(String);
    return now.length === Object.keys(saved).length && now.every((lun) => lun in saved);
  }

  inspect(): { [lun: string]: InspectNode } {
    return Object.fromEntries([...this.byLun].map(([lun, unit]) => [String(lun), unit.inspect()]));
  }
}
