/** The simulated host's file system as management needs it. Paths are the host's own, `C:\…`, any case. */
export interface HostFiles {
  kind(path: string): 'folder' | 'file' | null;
  list(path: string): { name: string; kind: 'folder' | 'file'; size: number; modified: string }[];
  /** Makes the folder and those above it. Throws a LabError: `pathInvalid`, `diskFull`. */
  createFolder(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  freeBytes(): number;
}

/** What is known of a virtual disk file without attaching it. */
export interface DiskFacts {
  readonly format: 'vhd' | 'vhdx';
  readonly type: 'fixed' | 'dynamic' | 'differencing';
  readonly fileBytes: number;
  readonly maximumBytes: number;
}

/** Virtual disk files of the simulated host. */
export interface HostDisks {
  /** Creates a dynamically expanding disk, durable when this returns. Throws a LabError. */
  createDynamic(path: string, format: 'vhd' | 'vhdx', sizeBytes: number): void;
  /** Throws a LabError: `fileNotFound`, `diskDamaged`, `diskUnsupported`, `diskParentMissing`. */
  inspect(path: string): DiskFacts;
  /** Makes an empty 1.44 MB diskette, durable when this returns. Throws a LabError: `fileExists`, `folderNotFound`, `diskFull`. */
  createFloppy(path: string): void;
  /** Throws a LabError unless a diskette drive takes the file: `fileNotFound`, `diskUnsupported`. */
  checkFloppy(path: string): void;
}

/** Joins a folder and a name as Windows does. */
export function joinPath(folder: string, name: string): string {
  return folder.endsWith('\\') ? folder + name : `${folder}\\${name}`;
}

/** Key under which two spellings of the same path meet: Windows ignores case. */
export function pathKey(path: string): string {
  return path.toLowerCase().replace(/\\+$/, '');
}
