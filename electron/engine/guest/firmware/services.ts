import type { TextConsole } from '../console/text-console';
import type { PagedDisk } from '../disk/paged-disk';

/** A drive that a firmware has found: what boot code may read from. */
export interface BootDrive {
  readonly kind: 'disk' | 'optical';
  /** Of a disk; 0 for an optical drive. */
  readonly sectors: number;
  /** Instance of its synthetic controller; empty for IDE. */
  readonly controller: string;
  /** IDE channel; 0 otherwise. */
  readonly channel: number;
  /** Drive on its channel, or LUN. */
  readonly device: number;
}

/** Sectors for whoever boots: INT 13h of a BIOS, the block I/O protocol of a UEFI firmware. */
export interface BootDisks {
  /** The sectors of a drive. `sectors` is needed for a disc, whose length only READ CAPACITY tells. */
  disk(drive: number, sectors: number): PagedDisk;
  /** Takes in what the drives have done; when to look again, or null when nothing is under way. */
  poll(): number | null;
  /**
   * Runs `step`. When it needs a sector that has not been read, the read is started and null is returned: run the same
   * step again at the next look.
   */
  attempt<T>(step: () => T): T | null;
}

/** What a firmware offers to loaders and to setup programs until a kernel has taken over. */
export interface BootServices {
  readonly console: TextConsole;
  readonly disks: BootDisks;
  readonly bootDrives: readonly BootDrive[];
  readonly memoryMB: number;
  /** End of the RAM below the device gap that a kernel may use. */
  readonly memoryEnd: number;
  /** True for a UEFI firmware: only systems with a loader for it start. */
  readonly isUefi: boolean;
}
