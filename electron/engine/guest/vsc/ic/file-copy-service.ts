import { COPY_HEADER, COPY_START, COPY_WRITE, CopyFlag, CopyOperation } from '../../../vmbus/protocol/file-copy';
import { icVersion, IcStatus, IcType } from '../../../vmbus/protocol/ic';
import { kvpString } from '../../../vmbus/protocol/ic-bodies';
import type { IcGuestService } from './ic-driver';

/** What the operating system does with a file that its host sends. Each step says whether it worked. */
export interface FileTaker {
  begin(folder: string, name: string, bytes: number, overwrite: boolean): boolean;
  write(offset: number, data: Uint8Array): boolean;
  complete(): boolean;
  cancel(): void;
}

/** Guest services: takes files from the host. linux drivers/hv/hv_fcopy.c with tools/hv/hv_fcopy_daemon.c. */
export function fileCopyService(taker: FileTaker): IcGuestService {
  return {
    type: IcType.FileCopy,
    versions: { framework: [icVersion('3.0')], message: [icVersion('1.1')] },
    request: (body) => (carryOut(body, taker) ? IcStatus.Ok : IcStatus.Fail),
  };
}

function carryOut(body: Uint8Array, taker: FileTaker): boolean {
  const operation = COPY_HEADER.decode(body)?.operation;
  if (operation === CopyOperation.Start) return begin(body, taker);
  if (operation === CopyOperation.Write) return write(body, taker);
  if (operation === CopyOperation.Complete) return taker.complete();
  if (operation === CopyOperation.Cancel) taker.cancel();
  return operation === CopyOperation.Cancel;
}

function begin(body: Uint8Array, taker: FileTaker): boolean {
  const start = COPY_START.decode(body);
  if (!start) return false;
  const text = (bytes: Uint8Array): string => kvpString(bytes, bytes.length);
  return taker.begin(
    text(start.folder),
    text(start.name),
    Number(start.bytes),
    (start.flags & CopyFlag.Overwrite) !== 0,
  );
}

function write(body: Uint8Array, taker: FileTaker): boolean {
  const piece = COPY_WRITE.decode(body);
  if (!piece || piece.size > piece.data.length) return false;
  return taker.write(Number(piece.offset), piece.data.subarray(0, piece.size));
}
