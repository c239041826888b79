import type { BlockStore } from '@engine/base/block-store';

/** File formats of virtual hard disks. */
export type DiskFormat = 'vhd' | 'vhdx';

/** How a disk takes room: all at once, as it is written, or only what differs from a parent. */
export type DiskType = 'fixed' | 'dynamic' | 'differencing';

/** What was found and put right (or worked around) while a disk was opened. */
export type DiskWarning = 'footer-recovered-from-copy' | 'copy-recovered-from-footer' | 'log-replayed' | 'log-pending';

/** Cylinders, heads and sectors a track, as a VHD footer tells an ATA controller. */
export interface DiskGeometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
}

/** The parent of a differencing disk, as far as it can be seen from the child. */
export interface ParentInfo {
  /** The parent's path as the child records it (a Windows path, absolute when the child knows one). */
  readonly recordedPath: string;
  /** Where it is on the real host; absent when it is missing. */
  readonly path?: string;
  readonly state: 'ok' | 'missing' | 'mismatch';
}

/** What Inspect Disk shows. Sizes in bytes. */
export interface DiskInfo {
  readonly path: string;
  readonly format: DiskFormat;
  readonly type: DiskType;
  /** Present length of the file. */
  readonly fileSize: number;
  /** Size of the disk that a guest sees. */
  readonly maxSize: number;
  /** Unit of growth; 0 for a fixed VHD, which has no blocks. */
  readonly blockSize: number;
  readonly logicalSectorSize: number;
  readonly physicalSectorSize: number;
  /** GUID of the disk, lower case: the VHD's Unique ID, the VHDX's Virtual Disk ID. */
  readonly identifier: string;
  readonly geometry?: DiskGeometry;
  readonly parent?: ParentInfo;
  readonly warnings: readonly DiskWarning[];
}

/** An open disk. `close` flushes, gives the locks back (the whole chain's), and may be called again. */
export interface OpenDisk extends BlockStore {
  readonly info: DiskInfo;
  close(): void;
}

/**
 * Between real paths and the simulated host's Windows paths: parent locators hold Windows paths, as the real format does.
 * `toReal` answers undefined for a path that the simulated host cannot have.
 */
export interface DiskPathMap {
  toReal(windowsPath: string): string | undefined;
  toWindows(realPath: string): string;
}

/** Largest virtual sizes (Hyper-V scalability limits): 2,040 GB for VHD, 64 TB for VHDX. */
export const MAX_DISK_BYTES: Readonly<Record<DiskFormat, number>> = {
  vhd: 2040 * 1024 ** 3,
  vhdx: 64 * 1024 ** 4,
};
