/** Size of a page of guest-physical memory in bytes. */
export const PAGE_SIZE = 4096;

/** A run of RAM where it lies in host memory. */
export interface MemorySpan {
  readonly gpa: number;
  readonly bytes: Uint8Array;
}

/**
 * Guest-physical RAM as devices, providers and processors see it. Addresses are guest-physical (GPA), below 2^53.
 * What lies outside RAM reads as all ones and ignores writes, as an unclaimed bus cycle would; the access is counted.
 * MMIO is not here: see `bus/mmio-space`.
 */
export interface GuestMemory {
  /** Bytes of RAM, over all ranges. */
  readonly size: number;
  /** True when all `length` bytes from `gpa` are RAM. */
  isRam(gpa: number, length: number): boolean;
  readU8(gpa: number): number;
  readU16(gpa: number): number;
  readU32(gpa: number): number;
  writeU8(gpa: number, value: number): void;
  writeU16(gpa: number, value: number): void;
  writeU32(gpa: number, value: number): void;
  /** A copy of `length` bytes. */
  read(gpa: number, length: number): Uint8Array;
  /** Copies as many bytes as `target` holds into it: for who has a place for them already. */
  readInto(gpa: number, target: Uint8Array): void;
  write(gpa: number, bytes: Uint8Array): void;
  fill(gpa: number, length: number, value: number): void;
  /**
   * The bytes themselves around `gpa`, for what is used so often that asking each time costs too much (rings). Null outside RAM, and
   * where a write must not go unseen. Good while `layout` stays as it is.
   */
  span(gpa: number): MemorySpan | null;
  /** Changes when spans that were handed out are not to be used any more. */
  readonly layout: number;
  /**
   * Lays a page of the hypervisor's over the page at `gpa` (page aligned): it reads as zeros until written, and what was
   * there comes back with `removeOverlay`. TLFS, "GPA Overlay Pages". A second overlay at the same page is refused (false).
   */
  addOverlay(gpa: number): boolean;
  removeOverlay(gpa: number): void;
}
