import { LabError } from '@shared/model/errors';
import type { DiskService } from '../../storage/disk/disk-service';
import { createFloppyImage, inspectFloppyImage } from '../../storage/floppy/floppy-image';
import type { HostFiles as StoredFiles } from '../../storage/host-files/host-files';
import { translated } from '../../storage/lab-errors';
import type { DiskFacts, HostDisks, HostFiles } from './host-access';

/** The simulated host's files, as management asks for them, over the files that storage keeps. */
export class StoredHostFiles implements HostFiles {
  constructor(private readonly files: StoredFiles) {}

  kind(path: string): 'folder' | 'file' | null {
    return translated(path, () => this.files.kind(path));
  }

  list(path: string): ReturnType<HostFiles['list']> {
    const entries = translated(path, () => this.files.list(path));
    return entries.map(({ name, kind, size, modifiedMs }) => ({
      name,
      kind,
      size,
      modified: new Date(modifiedMs).toISOString().slice(0, 19),
    }));
  }

  createFolder(path: string): void {
    translated(path, () => this.files.createFolder(path));
  }

  rename(from: string, to: string): void {
    translated(from, () => this.files.rename(from, to));
  }

  remove(path: string): void {
    translated(path, () => this.files.remove(path));
  }

  freeBytes(): number {
    return this.files.space().freeBytes;
  }
}

/** Virtual hard disks by their Windows paths. */
export class StoredHostDisks implements HostDisks {
  constructor(
    private readonly files: StoredFiles,
    private readonly disks: DiskService,
  ) {}

  createDynamic(path: string, format: 'vhd' | 'vhdx', sizeBytes: number): void {
    translated(path, () =>
      this.disks.createDiskSync({ path: this.files.toReal(path), format, type: 'dynamic', sizeBytes }),
    );
    this.files.stamp(path);
  }

  createFloppy(path: string): void {
    translated(path, () => createFloppyImage(this.files.toReal(path)));
    this.files.stamp(path);
  }

  checkFloppy(path: string): void {
    if (!/\.vfd$/i.test(path)) throw new LabError('diskUnsupported', { path });
    translated(path, () => inspectFloppyImage(this.files.toReal(path)));
  }

  inspect(path: string): DiskFacts {
    const info = translated(path, () => this.disks.inspectDisk(this.files.toReal(path)));
    if (info.parent && info.parent.state !== 'ok')
      throw new LabError('diskParentMissing', { path, parent: info.parent.recordedPath });
    return { format: info.format, type: info.type, fileBytes: info.fileSize, maximumBytes: info.maxSize };
  }
}
