import * as fs from 'node:fs';
import { setAside, writeFileAtomic } from './atomic-file';
import { encodeFrame, scanFrames } from './frames';
import { StoreError, toStoreError } from './store-error';

/** What was read when a journal was opened. */
export interface JournalContent {
  /** JSON values of the records, oldest first. */
  readonly records: readonly unknown[];
  /** Bytes of an unfinished record at the end, which nobody was told of. They were cut off. */
  readonly tornBytes: number;
  /** Where a copy lies of a journal that was damaged in its middle. The records before the damage are in `records`. */
  readonly asidePath?: string;
}

/**
 * A file of JSON records to which is only added. `append` returns when the record is on stable storage, or throws and leaves
 * the file as it was.
 */
export class JournalFile {
  private fd: number | undefined;
  private end = 0;

  constructor(private readonly path: string) {}

  /** Reads the records there are and puts the end right. Undefined when there is no journal. */
  open(): JournalContent | undefined {
    if (!fs.existsSync(this.path)) return undefined;
    const bytes = fs.readFileSync(this.path);
    const scan = scanFrames(bytes);
    const good = bytes.subarray(0, scan.goodBytes);
    const records = scan.payloads.map(decodeJson);
    if (scan.hasLaterFrames) {
      const asidePath = setAside(this.path);
      writeFileAtomic(this.path, good);
      this.start(scan.goodBytes);
      return { records, tornBytes: 0, asidePath };
    }
    this.start(scan.goodBytes);
    const tornBytes = bytes.length - scan.goodBytes;
    if (tornBytes > 0) this.cut();
    return { records, tornBytes };
  }

  /** Replaces the whole journal by one record: all that is before it is in documents. */
  restart(record: unknown): void {
    const frame = encodeFrame(encodeJson(record));
    writeFileAtomic(this.path, frame);
    this.close();
    this.start(frame.length);
  }

  /** Adds a record and returns when it is durable. Throws `StoreError`; `closed` when the file is no longer to be trusted. */
  append(record: unknown): void {
    if (this.fd === undefined) throw new StoreError('closed', `${this.path} is closed`);
    const frame = encodeFrame(encodeJson(record));
    try {
      this.write(this.fd, frame);
    } catch (error) {
      this.undoAppend();
      throw toStoreError(error, this.path);
    }
    this.end += frame.length;
  }

  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }

  private write(fd: number, frame: Uint8Array): void {
    for (let done = 0; done < frame.length;) {
      done += fs.writeSync(fd, frame, done, frame.length - done, this.end + done);
    }
    fs.fdatasyncSync(fd);
  }

  private start(end: number): void {
    this.fd = fs.openSync(this.path, 'r+');
    this.end = end;
  }

  private cut(): void {
    if (this.fd === undefined) return;
    fs.ftruncateSync(this.fd, this.end);
    fs.fdatasyncSync(this.fd);
  }

  /**
   * Takes back what a failed append may have left. If even that fails nobody can say what a later reader would find, so the
   * journal takes no more records.
   */
  private undoAppend(): void {
    try {
      this.cut();
    } catch {
      this.close();
    }
  }
}

function encodeJson(value: unknown): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(value), 'utf8'));
}

/** A record with a right checksum that is no JSON is none of ours; nothing will recognise it. */
function decodeJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return undefined;
  }
}
