import {
  COPY_FRAGMENT,
  COPY_HEADER,
  COPY_START,
  COPY_WRITE,
  CopyFlag,
  CopyOperation,
} from '../../../vmbus/protocol/file-copy';
import { IcStatus, type IcVersions } from '../../../vmbus/protocol/ic';
import { kvpText } from '../../../vmbus/protocol/ic-bodies';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';

/** A file on its way into the guest. */
export interface FileToCopy {
  /** Folder and name as the guest's system writes them. */
  readonly folder: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly overwrite: boolean;
}

export interface FileCopyState {
  /** Null when nothing is being copied. `sent` bytes are out; `ending` says that the last question is out. */
  copy: { bytes: Uint8Array; sent: number; ending: boolean } | null;
  done: number;
  failed: number;
}

/** Guest services: copies files of the host into the guest, piece by piece, each answered before the next is sent. */
export class FileCopyVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<FileCopyState>>;
  private readonly ic: IcChannel<FileCopyState>;

  /** @param finished called with each copy's end: whether the guest has the file */
  constructor(
    private readonly options: { readonly versions?: IcVersions; readonly finished?: (isDone: boolean) => void } = {},
  ) {
    this.ic = new IcChannel({
      component: 'fileCopy',
      versions: options.versions,
      fresh: (): FileCopyState => ({ copy: null, done: 0, failed: 0 }),
      answered: (status) => this.answered(status),
      closed: () => this.end(false),
      describe: ({ copy, done, failed }) => ({ sent: copy?.sent ?? null, done, failed }),
    });
    this.device = this.ic.device;
  }

  private get state(): FileCopyState {
    return this.ic.own;
  }

  /** False when nobody is there to take it, or another copy is under way. */
  copy({ folder, name, bytes, overwrite }: FileToCopy): boolean {
    const flags = CopyFlag.CreatePath | (overwrite ? CopyFlag.Overwrite : 0);
    const texts = { name: kvpText(name), folder: kvpText(folder) };
    const start = { operation: CopyOperation.Start, ...texts, flags, bytes: BigInt(bytes.length) };
    if (this.state.copy || !this.ic.request(COPY_START.encode(start))) return false;
    this.state.copy = { bytes: bytes.slice(), sent: 0, ending: false };
    return true;
  }

  private answered(status: number): void {
    const { copy } = this.state;
    if (!copy) return;
    if (status !== IcStatus.Ok || copy.ending) return this.end(status === IcStatus.Ok);
    const isAccepted = copy.sent < copy.bytes.length ? this.sendPiece(copy) : this.complete(copy);
    if (!isAccepted) this.end(false);
  }

  private sendPiece(copy: { bytes: Uint8Array; sent: number }): boolean {
    const data = copy.bytes.subarray(copy.sent, copy.sent + COPY_FRAGMENT);
    const piece = { operation: CopyOperation.Write, offset: BigInt(copy.sent), size: data.length, data };
    copy.sent += data.length;
    return this.ic.request(COPY_WRITE.encode(piece));
  }

  private complete(copy: { ending: boolean }): boolean {
    copy.ending = true;
    return this.ic.request(COPY_HEADER.encode({ operation: CopyOperation.Complete }));
  }

  private end(isDone: boolean): void {
    if (!this.state.copy) return;
    this.state.copy = null;
    if (isDone) this.state.done++;
    else this.state.failed++;
    this.options.finished?.(isDone);
  }
}
