import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import {
  COPY_FRAGMENT,
  COPY_HEADER,
  COPY_START,
  COPY_WRITE,
  CopyFlag,
  CopyOperation,
} from '../../../vmbus/protocol/file-copy';
import { IcStatus, IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import { kvpText } from '../../../vmbus/protocol/ic-bodies';
import { IcChannel, type IcChannelState } from './ic-channel';
import { NEWEST_IC_PROFILE } from './versions';

/** A file on its way into the guest. */
export interface FileToCopy {
  /** Folder and name as the guest's system writes them. */
  readonly folder: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly overwrite: boolean;
}

export interface FileCopyState {
  channel: IcChannelState;
  /** Null when nothing is being copied. `sent` bytes are out; `ending` says that the last question is out. */
  copy: { bytes: Uint8Array; sent: number; ending: boolean } | null;
  done: number;
  failed: number;
}

/** Guest services: copies files of the host into the guest, piece by piece, each answered before the next is sent. */
export class FileCopyVsp implements Unit<FileCopyState> {
  readonly device: IcChannel;
  private state: Omit<FileCopyState, 'channel'> = { copy: null, done: 0, failed: 0 };

  /** @param finished called with each copy's end: whether the guest has the file */
  constructor(
    private readonly options: { readonly versions?: IcVersions; readonly finished?: (isDone: boolean) => void } = {},
  ) {
    this.device = new IcChannel({
      type: IcType.FileCopy,
      offer: { name: 'file-copy', interfaceType: DeviceClass.FileCopy, instance: DeviceInstance.FileCopy, pipe: true },
      versions: options.versions ?? NEWEST_IC_PROFILE.fileCopy,
      ready: () => undefined,
      answered: (status) => this.answered(status),
      closed: () => this.end(false),
    });
  }

  /** False when nobody is there to take it, or another copy is under way. */
  copy({ folder, name, bytes, overwrite }: FileToCopy): boolean {
    const flags = CopyFlag.CreatePath | (overwrite ? CopyFlag.Overwrite : 0);
    const texts = { name: kvpText(name), folder: kvpText(folder) };
    const start = { operation: CopyOperation.Start, ...texts, flags, bytes: BigInt(bytes.length) };
    if (this.state.copy || !this.device.request(COPY_START.encode(start))) return false;
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
    return this.device.request(COPY_WRITE.encode(piece));
  }

  private complete(copy: { ending: boolean }): boolean {
    copy.ending = true;
    return this.device.request(COPY_HEADER.encode({ operation: CopyOperation.Complete }));
  }

  private end(isDone: boolean): void {
    if (!this.state.copy) return;
    this.state.copy = null;
    if (isDone) this.state.done++;
    else this.state.failed++;
    this.options.finished?.(isDone);
  }

  reset(): void {
    this.device.reset();
    this.state = { copy: null, done: 0, failed: 0 };
  }

  save(): FileCopyState {
    return { channel: this.device.save(), ...clonePlain(this.state) };
  }

  restore({ channel, ...own }: FileCopyState): void {
    this.device.restore(channel);
    this.state = clonePlain(own);
  }

  inspect(): InspectNode {
    const { copy, done, failed } = this.state;
    return { sent: copy?.sent ?? null, done, failed, channel: this.device.inspect() };
  }
}
