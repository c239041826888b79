import { BlockError, type BlockStore } from '../../base/block-store';
import type { InspectNode, Unit } from '../../base/unit';
import { TraceKind } from '../../trace/kinds';
import type { Trace } from '../../trace/trace';
import { floppyFormat, SECTOR_SIZE_CODE, type FloppyFormat } from '../../base/floppy-format';
import { ST1, ST2 } from './spec';

/** Where the head carriage stops. */
const LAST_CYLINDER = 82;

export interface FloppyDriveState {
  /** Where the heads stand. */
  cylinder: number;
  /** The disk change latch: set when the diskette goes, cleared by a step with one inside. */
  changed: boolean;
  /** Sector whose address field comes next under the head, 1 and up. */
  passing: number;
  hasDisk: boolean;
}

/** An address field as a command asks for it: cylinder, head, record, size code. */
export interface SectorId {
  readonly c: number;
  readonly h: number;
  readonly r: number;
  readonly n: number;
}

/** Why there is no such sector: bits for ST1 and ST2. */
export interface Miss {
  readonly st1: number;
  readonly st2: number;
}

/** Where a sector lies in the image. */
export interface Hit {
  readonly lba: number;
}

function powerOn(hasDisk: boolean): FloppyDriveState {
  return { cylinder: 0, changed: true, passing: 1, hasDisk };
}

/** A 3.5-inch drive with an image in it, or nothing. The image does not turn: what is asked for passes the head at once. */
export class FloppyDrive implements Unit<FloppyDriveState> {
  private state: FloppyDriveState;
  private format: FloppyFormat | null;
  private readonly actor: number;

  /** @param name actor in the trace. @param store null: empty; an image of no diskette's size is as unreadable as a blank. */
  constructor(
    name: string,
    private readonly trace: Trace,
    private store: BlockStore | null,
  ) {
    this.actor = trace.actor(name);
    this.state = powerOn(store !== null);
    this.format = store && floppyFormat(store.sectorCount);
  }

  /** Puts a diskette in, or takes it out (null). */
  setDisk(store: BlockStore | null): void {
    this.store = store;
    this.format = store && floppyFormat(store.sectorCount);
    this.state.hasDisk = store !== null;
    this.state.changed = true;
    this.state.passing = 1;
  }

  get changed(): boolean {
    return this.state.changed;
  }

  get cylinder(): number {
    return this.state.cylinder;
  }

  get isProtected(): boolean {
    return this.store?.readOnly ?? false;
  }

  /** Moves the heads by `steps`, inwards when positive. Each pulse clears the change latch if a diskette is there. */
  step(steps: number): void {
    if (steps === 0) return;
    this.state.cylinder = Math.min(Math.max(this.state.cylinder + steps, 0), LAST_CYLINDER);
    if (this.store) this.state.changed = false;
  }

  /** The next address field under `head`, or null: none within a turn at this data rate. */
  nextId(head: number, rate: number): SectorId | null {
    const sectors = this.readable(head, rate);
    if (sectors === 0) return null;
    const r = this.state.passing > sectors ? 1 : this.state.passing;
    this.state.passing = r + 1;
    return { c: this.state.cylinder, h: head, r, n: SECTOR_SIZE_CODE };
  }

  /** Sectors that can be read on the track under `head`. */
  private readable(head: number, rate: number): number {
    const { format } = this;
    const isFormatted = format && head < format.heads && this.state.cylinder < format.cylinders;
    return isFormatted && format.rate === rate ? format.sectors : 0;
  }

  /** Looks for an address field on the track under `head`. */
  find(id: SectorId, head: number, rate: number): Hit | Miss {
    const sectors = this.readable(head, rate);
    const { cylinder } = this.state;
    if (sectors === 0) return { st1: ST1.missingAddress, st2: 0 };
    if (id.c !== cylinder) return { st1: ST1.noData, st2: ST2.wrongCylinder };
    if (id.h !== head || id.n !== SECTOR_SIZE_CODE || id.r < 1 || id.r > sectors) return { st1: ST1.noData, st2: 0 };
    return { lba: (cylinder * (this.format?.heads ?? 1) + head) * sectors + id.r - 1 };
  }

  /** A sector's bytes, or null: its data field cannot be read. */
  read(lba: number): Uint8Array | null {
    const data = this.attempt((store) => store.read(lba, 1));
    if (data) this.trace.record(this.actor, TraceKind.DiskRead, lba, 1);
    return data;
  }

  /** False: nothing was written. */
  write(lba: number, data: Uint8Array): boolean {
    const isDone = this.attempt((store) => {
      store.write(lba, data);
      return true;
    });
    if (isDone) this.trace.record(this.actor, TraceKind.DiskWrite, lba, 1);
    return isDone ?? false;
  }

  private attempt<T>(work: (store: BlockStore) => T): T | null {
    if (!this.store) return null;
    try {
      return work(this.store);
    } catch (error) {
      if (!(error instanceof BlockError)) throw error;
      return null;
    }
  }

  /** Heads and latch are mechanical: a reset of the machine does not move them. */
  reset(): void {
    this.state.passing = 1;
  }

  save(): FloppyDriveState {
    return { ...this.state };
  }

  /** The diskette is wiring: the owner puts the same one in before. Another one (or none) is a change. */
  restore(saved: FloppyDriveState): void {
    const hasDisk = this.store !== null;
    const isOther = saved.hasDisk !== hasDisk;
    this.state = { ...saved, hasDisk, changed: saved.changed || isOther };
  }

  inspect(): InspectNode {
    return { ...this.state, sectors: this.store?.sectorCount ?? null, protected: this.isProtected };
  }
}
