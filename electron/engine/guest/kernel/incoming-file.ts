import type { FileTaker } from '../vsc/ic/file-copy-service';
import type { KernelState } from './kernel-state';

/** A file that the host is sending; `isWhole` when it only has to be written to the disk. Plain. */
export interface IncomingFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  received: number;
  isWhole: boolean;
}

const LARGEST = 4 * 1024 * 1024; // bytes: the model systems' volumes are small

/** Path on the system volume: without the drive's letter, with slashes. */
function volumePath(folder: string, name: string): string {
  return `${folder}/${name}`
    .replace(/^[A-Za-z]:/, '')
    .replaceAll('\\', '/')
    .replace(/\/+/g, '/')
    .replace(/^\//, '');
}

/** Takes one file at a time into memory; the kernel writes it out when it is whole. A file of that name is replaced, also where the host would not. */
export function fileTaker(state: KernelState): FileTaker {
  return {
    begin: (folder, name, bytes) => {
      const path = volumePath(folder, name);
      const isBusy = state.incoming?.isWhole === true;
      if (state.stage !== 'running' || isBusy || name === '' || bytes > LARGEST) return false;
      state.incoming = { path, bytes: new Uint8Array(bytes), received: 0, isWhole: false };
      return true;
    },
    write: (offset, data) => {
      const file = state.incoming;
      if (!file || file.isWhole || offset !== file.received || offset + data.length > file.bytes.length) return false;
      file.bytes.set(data, offset);
      file.received += data.length;
      return true;
    },
    complete: () => {
      const file = state.incoming;
      if (!file || file.received !== file.bytes.length) return false;
      file.isWhole = true;
      return true;
    },
    cancel: () => {
      if (!state.incoming?.isWhole) state.incoming = null;
    },
  };
}
