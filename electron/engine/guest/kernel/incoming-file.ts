import { IcStatus } from '../../vmbus/protocol/ic';
import type { Volume } from '../disk/volume';
import type { FileTaker } from '../vsc/ic/file-copy-service';
import type { KernelState } from './kernel-state';

/**
 * A file that the host is sending. Plain. `asked`: whether it may come is to be seen on the disk; `open`: it is there, empty, and its
 * bytes come; `whole`: they have to be written; `dropped`: the host has thought better of it, and it has to go again.
 */
export interface IncomingFile {
  path: string;
  readonly overwrite: boolean;
  readonly bytes: Uint8Array;
  stage: 'asked' | 'open' | 'refused' | 'whole' | 'dropped';
  /** How the question ended (`IcStatus`), once the stage is beyond `asked`. */
  verdict: number;
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

/** The steps as hv_fcopy_daemon takes them, with one file at a time in memory. The disk's part is `attendFile`'s. */
export function fileTaker(state: KernelState): FileTaker {
  const opened = (): IncomingFile | null => (state.incoming?.stage === 'open' ? state.incoming : null);
  return {
    begin: (folder, name, bytes, overwrite) => {
      const isFree = state.incoming === null || opened() !== null;
      if (state.stage !== 'running' || !isFree || name === '') return IcStatus.Fail;
      if (bytes > LARGEST) return IcStatus.DiskFull;
      const path = volumePath(folder, name);
      state.incoming = { path, overwrite, bytes: new Uint8Array(bytes), stage: 'asked', verdict: IcStatus.Ok };
      return null;
    },
    verdict: () => {
      const { incoming, stage } = state;
      if (!incoming || stage !== 'running') return IcStatus.Fail;
      if (incoming.stage === 'asked') return null;
      if (incoming.stage === 'refused') state.incoming = null;
      return incoming.verdict;
    },
    write: (offset, data) => {
      const file = opened();
      if (!file || offset + data.length > file.bytes.length) return IcStatus.Fail;
      file.bytes.set(data, offset);
      return IcStatus.Ok;
    },
    complete: () => {
      const file = opened();
      if (!file) return IcStatus.Fail;
      file.stage = 'whole';
      return IcStatus.Ok;
    },
    cancel: () => {
      const file = opened();
      if (file) file.stage = 'dropped';
      else if (state.incoming?.stage === 'asked') state.incoming = null;
      return IcStatus.Ok;
    },
  };
}

/**
 * Does on the disk what a file that the host sends has come to. Throws as `Volume` does, and is then called again. `isSame` compares
 * paths as the system does.
 */
export function attendFile(state: KernelState, volume: Volume | null, isSame: (a: string, b: string) => boolean): void {
  const file = state.incoming;
  if (!file || !volume) return;
  if (file.stage === 'asked') open(file, volume, isSame);
  else if (file.stage === 'whole') volume.write(file.path, file.bytes);
  else if (file.stage === 'dropped') volume.remove(file.path);
  if (file.stage === 'whole' || file.stage === 'dropped') state.incoming = null;
}

/** A file of that name stays unless the host wants it replaced; then it is empty from now on. */
function open(file: IncomingFile, volume: Volume, isSame: (a: string, b: string) => boolean): void {
  const known = volume.entries().find(({ path }) => isSame(path, file.path));
  if (known && !file.overwrite) file.verdict = IcStatus.AlreadyExists;
  else {
    file.path = known?.path ?? file.path;
    file.verdict = volume.write(file.path, new Uint8Array(0)) ? IcStatus.Ok : IcStatus.DiskFull;
  }
  file.stage = file.verdict === IcStatus.Ok ? 'open' : 'refused';
}
