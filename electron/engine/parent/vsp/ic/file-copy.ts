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
  /**
   * Null when nothing is being copied. `starting`: the guest looks whether it may come; `sent` bytes are out; `ending` and `cancelling`:
   * the last question is out. `status` is what the guest said when it could not go on.
   */
  copy: {
    bytes: Uint8Array;
    sent: number;
    stage: 'starting' | 'sending' | 'ending' | 'cancelling';
    status: number;
  } | null;
  done: number;
  failed: number;
  /** How the last copy ended (`IcStatus`). */
  last: number;
}

type Copy = NonNullable<FileCopyState['copy']>;

/** Guest services: copies files of the host into the guest, piece by piece, each answered before the next is sent. */
export class FileCopyVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<FileCopyState>>;
  private readonly ic: IcChannel<FileCopyState>;

  /** @param finished called with each copy's end (`IcStatus`): 0 when the guest has the file */
  constructor(
    private readonly options: { readonly versions?: IcVersions; readonly finished?: (status: number) => void } = {},
  ) {
    this.ic = new IcChannel({
      component: 'fileCopy',
      versions: options.versions,
      fresh: (): FileCopyState => ({ copy: null, done: 0, failed: 0, last: IcStatus.Ok }),
      answered: (status) => this.answered(status),
      closed: () => this.end(IcStatus.Fail),
      describe: ({ copy, done, failed, last }) => ({ sent: copy?.sent ?? null, done, failed, last }),
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
    this.state.copy = { bytes: bytes.slice(), sent: 0, stage: 'starting', status: IcStatus.Ok };
    return true;
  }

  /** A file that the guest has begun and cannot finish is taken back: else a part of it would stay there. */
  private answered(status: number): void {
    const { copy } = this.state;
    if (!copy) return;
    if (copy.stage === 'cancelling') this.end(copy.status);
    else if (copy.stage === 'ending' || (copy.stage === 'starting' && status !== IcStatus.Ok)) this.end(status);
    else if (!this.goOn(copy, status)) this.end(IcStatus.Fail);
  }

  private goOn(copy: Copy, status: number): boolean {
    if (status !== IcStatus.Ok) {
      Object.assign(copy, { stage: 'cancelling', status });
      return this.ask(CopyOperation.Cancel);
    }
    if (copy.sent < copy.bytes.length) return this.sendPiece(copy);
    copy.stage = 'ending';
    return this.ask(CopyOperation.Complete);
  }

  private ask(operation: number): boolean {
    return this.ic.request(COPY_HEADER.encode({ operation }));
  }

  private sendPiece(copy: Copy): boolean {
    copy.stage = 'sending';
    const data = copy.bytes.subarray(copy.sent, copy.sent + COPY_FRAGMENT);
    const piece = { operation: CopyOperation.Write, offset: BigInt(copy.sent), size: data.length, data };
    copy.sent += data.length;
    return this.ic.request(COPY_WRITE.encode(piece));
  }

  private end(status: number): void {
    if (!this.state.copy) return;
    const isDone = status === IcStatus.Ok;
    Object.assign(this.state, { copy: null, last: status });
    if (isDone) this.state.done++;
    else this.state.failed++;
    this.options.finished?.(status);
  }
}
