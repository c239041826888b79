/** What a disk driver is asked to do. Addresses and lengths in the device's own sectors. */
export type BlockRequest =
  | { readonly op: 'read'; readonly lba: number; readonly count: number }
  | { readonly op: 'write'; readonly lba: number; readonly data: Uint8Array }
  | { readonly op: 'flush' };

/** How a request ended. `data` is what was read, empty otherwise. */
export interface BlockResult {
  readonly ok: boolean;
  readonly data: Uint8Array;
}

/** A disk behind a driver: requests are started, and looked for again after interrupts. */
export interface BlockDevice {
  readonly sectorSize: number;
  readonly sectorCount: number;
  /** Largest number of sectors in one request. */
  readonly maxSectors: number;
  /** Starts a request and returns its ticket. */
  submit(request: BlockRequest): number;
  /** The result of a ticket, once; null while it is under way. */
  take(ticket: number): BlockResult | null;
}
