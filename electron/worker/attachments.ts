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

/** The disks and discs that one machine holds open. */
export class Attachments {
  private readonly open = new Map<string, Closable>();

  constructor(
    private readonly files: HostFiles,
    private readonly disks: DiskService,
  ) {}

  /** Opens what a drive holds. Throws a LabError and holds nothing more than before. */
  attach(drive: { readonly id: string; readonly kind: 'hardDisk' | 'dvd' | 'diskette'; readonly path: string | null }): BlockStore | null {
    const { id, kind, path } = drive;
    this.detach(id);
    if (path === null) return null;
    const real = translated(path, () => this.files.toReal(path));
    const store = translated(path, () => this.openFile(kind, real));
    this.open.set(id, store);
    return store;
  }

  private openFile(kind: 'hardDisk' | 'dvd' | 'diskette', real: string): Closable {
    if (kind === 'dvd') return IsoStore.open(real);
    return kind === 'diskette' ? FloppyImage.open(real) : this.disks.openDisk(real);
  }

  detach(driveId: string): void {
    this.open.get(driveId)?.close();
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
    if (failure !== null) throw failure instanceof LabError ? failure : new LabError('diskFull', { message: String(failure) });
  }
}
