import { LabError } from '@shared/model/errors';
import type { HostProfile } from '@shared/model/host-profile';
import type { DiskProperties, NewDiskRequest } from '@shared/model/new-disk';
import { checkNewDisk } from '@shared/model/rules/new-disk-rules';
import type { DiskService } from '../../storage/disk/disk-service';
import type { HostFiles } from '../../storage/host-files/host-files';
import { translated, translatedLater } from '../../storage/lab-errors';
import { CREATING } from '../create-vm';
import { refuse } from '../vmms';
import { joinPath, pathKey } from './host-access';

const GIGABYTE = 1024 ** 3;

/** What the tools for virtual hard disks ask of the host: making disks, also large ones that take their time, and looking at them. */
export class NewDisks {
  /** Disks that are being made, by the key of their path. */
  private readonly making = new Map<string, { share: number; readonly stop: AbortController }>();

  constructor(
    private readonly host: () => HostProfile,
    private readonly files: HostFiles,
    private readonly disks: DiskService,
  ) {}

  /**
   * Makes a disk and returns its path. The file has a temporary name until it is complete, so that a disk that was given up, or that
   * a sudden end interrupted, is never taken for one. Throws a LabError: `fileExists`, `diskFull`, `cancelled` and what parents can lack.
   */
  async create(request: NewDiskRequest): Promise<string> {
    refuse(checkNewDisk(request, this.host()));
    const path = joinPath(request.location, request.name);
    const key = pathKey(path);
    if (this.making.has(key) || translated(path, () => this.files.kind(path)) !== null)
      throw new LabError('fileExists', { path });
    const sizeBytes = request.sizeGB * GIGABYTE;
    if (request.type === 'fixed' && sizeBytes > this.files.space().freeBytes) throw new LabError('diskFull', { path });
    translated(path, () => this.files.createFolder(request.location));
    const job = { share: 0, stop: new AbortController() };
    this.making.set(key, job);
    try {
      await this.write(request, path, sizeBytes, job);
    } finally {
      this.making.delete(key);
    }
    translated(path, () => this.files.rename(path + CREATING, path));
    this.files.stamp(path);
    return path;
  }

  private async write(
    { format, type, parentPath }: NewDiskRequest,
    path: string,
    sizeBytes: number,
    job: { share: number; stop: AbortController },
  ): Promise<void> {
    const temporary = path + CREATING;
    if (this.files.kind(temporary) !== null) translated(path, () => this.files.remove(temporary));
    const real = translated(path, () => this.files.toReal(temporary));
    const kind = parentPath === null ? { sizeBytes } : { parentPath: this.realParent(parentPath) };
    const options = { path: real, format, type, ...kind };
    await translatedLater(parentPath ?? path, () =>
      this.disks.createDisk(options, { onProgress: (share) => void (job.share = share), signal: job.stop.signal }),
    );
  }

  private realParent(path: string): string {
    if (translated(path, () => this.files.kind(path)) !== 'file') throw new LabError('fileNotFound', { path });
    return translated(path, () => this.files.toReal(path));
  }

  /** How much of a disk is made, 0 to 1; null when it is not being made. */
  share(path: string): number | null {
    return this.making.get(pathKey(path))?.share ?? null;
  }

  /** Gives up a disk that is being made: its `create` ends with `cancelled`, and no file is left. */
  cancel(path: string): void {
    this.making.get(pathKey(path))?.stop.abort();
  }

  /** What a file is. Throws a LabError: `fileNotFound`, `diskDamaged`, `diskUnsupported`. A missing parent is told, not thrown. */
  inspect(path: string): DiskProperties {
    if (translated(path, () => this.files.kind(path)) !== 'file') throw new LabError('fileNotFound', { path });
    const info = translated(path, () => this.disks.inspectDisk(this.files.toReal(path)));
    const { format, type, fileSize, maxSize, parent } = info;
    return {
      format,
      type,
      fileBytes: fileSize,
      maximumBytes: maxSize,
      parent: parent ? { path: this.parentPath(parent), state: parent.state } : null,
    };
  }

  private parentPath({ path, recordedPath }: { readonly path?: string; readonly recordedPath: string }): string {
    return (path === undefined ? undefined : this.files.toWindows(path)) ?? recordedPath;
  }
}
