/** A file to be put on a disc. `path` has `/` between names, such as `I386/NTLDR`. */
export interface IsoFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file in its folder. */
export interface FileNode {
  /** Identifier as stored: with dot and version. */
  readonly identifier: string;
  readonly bytes: Uint8Array;
}

/** A folder with what is in it. The root has an empty name and is its own parent. */
export interface FolderNode {
  readonly name: string;
  readonly parent: FolderNode | undefined;
  readonly level: number;
  readonly folders: FolderNode[];
  readonly files: FileNode[];
}

const FOLDER_NAME = /^[A-Z0-9_]{1,31}$/;
const FILE_NAME = /^[A-Z0-9_]*(?:\.[A-Z0-9_]*)?$/;
const MAX_FILE_NAME = 30;
const MAX_LEVEL = 8;

/**
 * The folders that hold `files`, each level in the order of names. Throws a plain error for names that ISO 9660 level 2 does not
 * have (ECMA-119, 7.5 and 10.2: capitals, digits, underscore; 30 characters and a dot) and for names given twice.
 */
export function folderTree(files: readonly IsoFile[]): FolderNode {
  const root: FolderNode = { name: '', parent: undefined, level: 1, folders: [], files: [] };
  for (const file of files) {
    const names = file.path.split('/');
    const fileName = names.pop() ?? '';
    const folder = names.reduce(folderIn, root);
    const identifier = fileIdentifier(fileName);
    if (folder.files.some((other) => other.identifier === identifier)) throw new Error(`${file.path} is there twice`);
    folder.files.push({ identifier, bytes: file.bytes });
  }
  for (const folder of inPathTableOrder(root)) {
    folder.files.sort((a, b) => compare(a.identifier, b.identifier));
    if (folder.files.some(({ identifier }) => folder.folders.some(({ name }) => identifier === `${name}.;1`))) {
      throw new Error(`${folder.name}: a file and a folder have one name`);
    }
  }
  return root;
}

/** All folders, level by level, within a level by parent and then by name (ECMA-119, 6.9.1). */
export function inPathTableOrder(root: FolderNode): FolderNode[] {
  const all: FolderNode[] = [root];
  for (let level = [root]; level.length > 0;) {
    level = level.flatMap((folder) => folder.folders.sort((a, b) => compare(a.name, b.name)));
    all.push(...level);
  }
  return all;
}

function folderIn(parent: FolderNode, name: string): FolderNode {
  const known = parent.folders.find((folder) => folder.name === name);
  if (known !== undefined) return known;
  if (!FOLDER_NAME.test(name) || parent.level >= MAX_LEVEL) throw new Error(`${name} cannot be a folder of a disc`);
  const folder: FolderNode = { name, parent, level: parent.level + 1, folders: [], files: [] };
  parent.folders.push(folder);
  return folder;
}

function fileIdentifier(name: string): string {
  const letters = name.replace('.', '').length;
  if (!FILE_NAME.test(name) || letters === 0 || letters > MAX_FILE_NAME)
    throw new Error(`${name} cannot be a file of a disc`);
  return `${name.includes('.') ? name : `${name}.`};1`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
