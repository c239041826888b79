import type { BlockStore } from '@engine/base/block-store';
import { LabError } from '@shared/model/errors';
import type { DiskService } from '../storage/disk/disk-service';
import type { HostFiles } from '../storage/host-files/host-files';
import { FloppyImage } from '../storage/floppy/floppy-image';
import { IsoStore } from '../storage/iso/iso-store';
import { translated } from '../storage/lab-errors';

interface Closable extends BlockStore {
  close(): void;
}

/** A drive and what its settings put into it; null is an empty drive. */
export interface DriveFile {
  readonly id: string;
  readonly kind: 'hardDisk' | 'dvd' | 'diskette';
  readonly path: string | null;
}

/** A file that is in a drive. */
interface Held {
  readonly kind: DriveFile['kind'];
  readonly real: string;
  readonly store: Closable;
}

/** Files ready for other contents of the drives; what is in the drives has not changed yet. */
export interface AttachmentReservation {
  /** What the drive will hold. */
  store(driveId: string): BlockStore | null;
  /** The drives hold it from now on: what none of them holds any more is closed. */
  take(): void;
  /** Closes what was opened for it. */
  release(): void;
}

/** The disks and discs that one machine holds open. */
export class Attachments {
  private open = new Map<string, Held>(); // by drive id

  constructor(
    private readonly files: HostFiles,
    private readonly disks: DiskService,
  ) {}

  /** Opens what a drive holds. Throws a LabError and holds nothing more than before. */
  attach(drive: DriveFile): BlockStore | null {
    const held = this.openFile(drive);
    this.detach(drive.id);
    if (held) this.open.set(drive.id, held);
    return held?.store ?? null;
  }

  /**
   * Opens what `drives`, all that the machine is to have, hold beyond what is open now, and writes out what they give up. A file
   * that moves to another drive stays open. Throws a LabError; then nothing has changed.
   */
  reserve(drives: readonly DriveFile[]): AttachmentReservation {
    const next = new Map<string, Held>();
    const opened: Held[] = [];
    const release = (): void => opened.forEach(({ store }) => closeQuietly(store));
    try {
      for (const drive of drives) {
        const held = this.heldFor(drive, next) ?? this.openFile(drive);
        if (!held) continue;
        if (!this.has(held)) opened.push(held);
        next.set(drive.id, held);
      }
      for (const { store, real } of this.missingFrom(next)) flushed(store, real);
    } catch (error) {
      release();
      throw error;
    }
    return { store: (id) => next.get(id)?.store ?? null, take: () => this.replace(next), release };
  }

  /** A file that is open already: in the same drive, or in one that the new drives leave without it. */
  private heldFor({ id, kind, path }: DriveFile, taken: ReadonlyMap<string, Held>): Held | null {
    if (path === null) return null;
    const real = this.realOf(path);
    const isIt = (held: Held | undefined): held is Held => held?.kind === kind && held.real === real;
    const same = this.open.get(id);
    if (isIt(same)) return same;
    return [...this.open.values()].find((held) => isIt(held) && ![...taken.values()].includes(held)) ?? null;
  }

  private has(held: Held): boolean {
    return [...this.open.values()].includes(held);
  }

  private missingFrom(next: ReadonlyMap<string, Held>): Held[] {
    const kept = new Set(next.values());
    return [...this.open.values()].filter((held) => !kept.has(held));
  }

  /** What was given up has been written out before, so closing it loses nothing. */
  private replace(next: Map<string, Held>): void {
    for (const { store } of this.missingFrom(next)) closeQuietly(store);
    this.open = next;
  }

  private realOf(path: string): string {
    return translated(path, () => this.files.toReal(path));
  }

  private openFile({ kind, path }: DriveFile): Held | null {
    if (path === null) return null;
    const real = this.realOf(path);
    return { kind, real, store: translated(path, () => this.openReal(kind, real)) };
  }

  private openReal(kind: DriveFile['kind'], real: string): Closable {
    if (kind === 'dvd') return IsoStore.open(real);
    return kind === 'diskette' ? FloppyImage.open(real) : this.disks.openDisk(real);
  }

  detach(driveId: string): void {
    this.open.get(driveId)?.store.close();
    this.open.delete(driveId);
  }

  /** Writes everything out and lets go of all files. Throws `diskFull` when that cannot be done. */
  closeAll(): void {
    let failure: unknown = null;
    for (const id of [...this.open.keys()]) {
      try {
        this.detach(id);
      } catch (error) {
        this.open.delete(id);
        failure ??= error;
      }
    }
    if (failure !== null) throw asDiskFull(failure);
  }
}

function asDiskFull(failure: unknown): LabError {
  return failure instanceof LabError ? failure : new LabError('diskFull', { message: String(failure) });
}

function flushed(store: Closable, real: string): void {
  try {
    store.flush();
  } catch (error) {
    throw new LabError('diskFull', { path: real, message: String(error) });
  }
}

/** Closing gives files and locks back also when it throws. */
function closeQuietly(store: Closable): void {
  try {
    store.close();
  } catch {
    // nothing is left in it that could be lost
  }
}
