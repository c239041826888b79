/** A part of a byte range that lies in one block. */
export interface BlockPiece {
  readonly block: number;
  /** Byte offset inside the block. */
  readonly offset: number;
  /** Byte offset inside the range. */
  readonly at: number;
  readonly length: number;
}

/** Cuts the range of `length` bytes at `position` where blocks of `blockSize` bytes meet, in order. */
export function eachBlock(
  blockSize: number,
  position: number,
  length: number,
  visit: (piece: BlockPiece) => void,
): void {
  for (let at = 0; at < length;) {
    const offset = (position + at) % blockSize;
    const piece = Math.min(blockSize - offset, length - at);
    visit({ block: Math.floor((position + at) / blockSize), offset, at, length: piece });
    at += piece;
  }
}

/** Groups `count` sectors from `first` into runs for which `isHere` gives the same answer, in order. */
export function eachRun(
  isHere: (sector: number) => boolean,
  first: number,
  count: number,
  visit: (here: boolean, first: number, count: number) => void,
): void {
  const end = first + count;
  for (let start = first; start < end;) {
    const here = isHere(start);
    let next = start + 1;
    while (next < end && isHere(next) === here) next++;
    visit(here, start, next - start);
    start = next;
  }
}
