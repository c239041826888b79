/** Where a guest's drivers get memory that they share: whole pages without gaps, by guest-physical address. */
export interface PageAllocator {
  /** Address of the first of `pages` free pages, or null when there are not so many together. Contents are undefined. */
  allocate(pages: number): number | null;
  release(gpa: number, pages: number): void;
}
