import { COPY_HEADER, COPY_START, COPY_WRITE, CopyFlag, CopyOperation } from '../../../vmbus/protocol/file-copy';
import { icVersion, IcStatus, IcType } from '../../../vmbus/protocol/ic';
import { kvpString } from '../../../vmbus/protocol/ic-bodies';
import type { IcGuestService } from './ic-driver';

/** What the operating system does with a file that its host sends. Each step says how it went (`IcStatus`). */
export interface FileTaker {
  /** Null: it has to look at its disk first, and `verdict` says then. */
  begin(folder: string, name: string, bytes: number, overwrite: boolean): number | null;
  verdict(): number | null;
  write(offset: number, data: Uint8Array): number;
  complete(): number;
  cancel(): number;
}

/** Guest services: takes files from the host. linux drivers/hv/hv_fcopy.c with tools/hv/hv_fcopy_daemon.c. */
export function fileCopyService(taker: FileTaker): IcGuestService {
  return {
    type: IcType.FileCopy,
    versions: { framework: [icVersion('3.0')], message: [icVersion('1.1')] },
    request: (body) => carryOut(body, taker),
    verdict: () => taker.verdict(),
  };
}

function carryOut(body: Uint8Array, taker: FileTaker): number | null {
  switch (COPY_HEADER.decode(body)?.operation) {
    case CopyOperation.Start:
      return begin(body, taker);
    case CopyOperation.Write:
      return write(body, taker);
    case CopyOperation.Complete:
      return taker.complete();
    case CopyOperation.Cancel:
      return taker.cancel();
    default:
      return IcStatus.Fail;
  }
}

function begin(body: Uint8Array, taker: FileTaker): number | null {
  const start = COPY_START.decode(body);
  if (!start) return IcStatus.Fail;
  const text = (bytes: Uint8Array): string => kvpString(bytes, bytes.length);
  const { folder, name, bytes, flags } = start;
  return taker.begin(text(folder), text(name), Number(bytes), (flags & CopyFlag.Overwrite) !== 0);
}

function write(body: Uint8Array, taker: FileTaker): number {
  const piece = COPY_WRITE.decode(body);
  if (!piece || piece.size > piece.data.length) return IcStatus.Fail;
  return taker.write(Number(piece.offset), piece.data.subarray(0, piece.size));
}
