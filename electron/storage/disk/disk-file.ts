import * as fs from 'node:fs';
import { damaged, withSystemErrors } from './disk-error';

/** How a file is opened: for reading, for reading and writing, or made new (it must not exist). */
export type DiskFileMode = 'read' | 'write' | 'create';

const FLAGS: Readonly<Record<DiskFileMode, string>> = { read: 'r', write: 'r+', create: 'wx+' };

/** Zeros are written in pieces of this many bytes. */
const ZERO_PIECE = new Uint8Array(1024 * 1024);

/** What the codecs read structures from: a file, or a file seen through a log that has not been replayed. */
export interface ByteSource {
  readonly path: string;
  readonly size: number;
  /** Fills `target` from byte `position`. Throws `damaged` when the file ends before. */
  readInto(target: Uint8Array, position: number): void;
}

/** A file of the real host, read and written at byte positions. Every call is synchronous and throws `DiskError`. */
export class DiskFile implements ByteSource {
  private closedSize: number | undefined;

  private constructor(
    readonly path: string,
    private readonly fd: number,
    readonly mode: DiskFileMode,
  ) {}

  static open(path: string, mode: DiskFileMode): DiskFile {
    return withSystemErrors(path, () => {
      const file = new DiskFile(path, fs.openSync(path, FLAGS[mode]), mode);
      if (fs.fstatSync(file.fd).isFile()) return file;
      file.close();
      throw damaged(path, 'not a file');
    });
  }

  /** Length of the file in bytes, asked of the file system each time; after `close` the length that it had then. */
  get size(): number {
    if (this.closedSize !== undefined) return this.closedSize;
    return withSystemErrors(this.path, () => fs.fstatSync(this.fd).size);
  }

  /** What identifies the file whatever path it was reached by: device and file number. */
  get identity(): string {
    return withSystemErrors(this.path, () => {
      const stat = fs.fstatSync(this.fd, { bigint: true });
      return `${stat.dev}:${stat.ino}`;
    });
  }

  readInto(target: Uint8Array, position: number): void {
    withSystemErrors(this.path, () => {
      for (let done = 0; done < target.length;) {
        const count = fs.readSync(this.fd, target, done, target.length - done, position + done);
        if (count === 0) throw damaged(this.path, `the file ends before byte ${position + target.length}`);
        done += count;
      }
    });
  }

  write(position: number, data: Uint8Array): void {
    withSystemErrors(this.path, () => {
      for (let done = 0; done < data.length;) {
        done += fs.writeSync(this.fd, data, done, data.length - done, position + done);
      }
    });
  }

  /** Writes zeros, so that the bytes are really allocated on the host's volume. */
  writeZeros(position: number, length: number): void {
    for (let done = 0; done < length; done += ZERO_PIECE.length) {
      this.write(position + done, ZERO_PIECE.subarray(0, Math.min(ZERO_PIECE.length, length - done)));
    }
  }

  /** Cuts or extends the file; what is added reads as zeros. */
  setSize(size: number): void {
    withSystemErrors(this.path, () => fs.ftruncateSync(this.fd, size));
  }

  /** Returns when everything written, and the size needed to find it again, is on stable storage. */
  sync(): void {
    withSystemErrors(this.path, () => fs.fdatasyncSync(this.fd));
  }

  close(): void {
    if (this.closedSize !== undefined) return;
    this.closedSize = this.size;
    withSystemErrors(this.path, () => fs.closeSync(this.fd));
  }
}

/** `length` bytes at `position` as a new array. Throws `damaged` when the file ends before. */
export function readBytes(source: ByteSource, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  source.readInto(bytes, position);
  return bytes;
}
