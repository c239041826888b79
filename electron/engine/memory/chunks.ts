/** Bytes of host memory taken at a time, and the alignment of each piece in the guest-physical address space. */
export const CHUNK = 64 * 1024;

/** Host memory behind one piece of the address space: the bytes from `index * CHUNK` on. */
export interface Chunk {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly buffer: ArrayBufferLike; // of `bytes`, which begin with it
  readonly view: DataView;
}

/** A chunk as saved states keep it. */
export interface SavedChunk {
  index: number;
  bytes: Uint8Array;
}

/** @param bytes CHUNK of them, from the start of a buffer of their own */
function newChunk(index: number, bytes: Uint8Array): Chunk {
  return { index, bytes, buffer: bytes.buffer, view: new DataView(bytes.buffer) };
}

/** Goes through a run of bytes in pieces that each lie in one chunk: their addresses, offsets in the run and lengths. */
export function eachPiece(
  gpa: number,
  length: number,
  each: (at: number, offset: number, count: number) => void,
): void {
  for (let offset = 0; offset < length;) {
    const at = gpa + offset;
    const count = Math.min(length - offset, CHUNK - (at - Math.floor(at / CHUNK) * CHUNK));
    each(at, offset, count);
    offset += count;
  }
}

/** The host memory that guest RAM has taken so far: a chunk comes into being when something is to be kept in it. */
export class Chunks {
  private byIndex = new Map<number, Chunk>();

  /** Bytes of host memory taken. */
  get committed(): number {
    return this.byIndex.size * CHUNK;
  }

  /** The chunk, or undefined while nothing has been kept there: all zeros. */
  get(index: number): Chunk | undefined {
    return this.byIndex.get(index);
  }

  /** The chunk, made of zeros when it is not there yet. */
  take(index: number): Chunk {
    const known = this.byIndex.get(index);
    if (known) return known;
    const fresh = newChunk(index, new Uint8Array(CHUNK));
    this.byIndex.set(index, fresh);
    return fresh;
  }

  /** Forgets what lies in a run of bytes: host memory is given back where a whole chunk is empty by it. */
  discard(gpa: number, length: number): void {
    eachPiece(gpa, length, (at, _offset, count) => {
      const index = Math.floor(at / CHUNK);
      if (count === CHUNK) this.byIndex.delete(index);
      else this.byIndex.get(index)?.bytes.fill(0, at % CHUNK, (at % CHUNK) + count);
    });
  }

  clear(): void {
    this.byIndex.clear();
  }

  /** Copies of the chunks that hold anything but zeros, lowest first. */
  save(): SavedChunk[] {
    const used = [...this.byIndex.values()].filter(({ bytes }) => bytes.some((value) => value !== 0));
    return used.sort((a, b) => a.index - b.index).map(({ index, bytes }) => ({ index, bytes: bytes.slice() }));
  }

  restore(saved: readonly SavedChunk[]): void {
    this.byIndex = new Map(saved.map(({ index, bytes }) => [index, newChunk(index, bytes.slice())]));
  }
}
