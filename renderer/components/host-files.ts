/** Paths of the simulated host: `C:\folder\file`. */

/** The folder that holds a path, with its backslash: of `C:\ISO\xp.iso` it is `C:\ISO\`; a drive has none and stays. */
export function parentFolder(path: string): string {
  const trimmed = path.replace(/\\+$/, '');
  const at = trimmed.lastIndexOf('\\');
  return at < 0 ? `${trimmed}\\` : trimmed.slice(0, at + 1);
}

/** The last part of a path. */
export function baseName(path: string): string {
  const trimmed = path.replace(/\\+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('\\') + 1);
}

/** A name in a folder, as one path. */
export function inFolder(folder: string, name: string): string {
  return `${folder.replace(/\\+$/, '')}\\${name}`;
}

/** Ending of a file name without its dot, lower case. */
export function extensionOf(name: string): string {
  return /\.([^.\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** True for a full path with a drive. */
export function isFullPath(text: string): boolean {
  return /^[A-Za-z]:\\/.test(text);
}

/** Icon and kind (a key of `common.files`) of a file by its ending. */
export function kindOfFile(name: string): { icon: string; type: 'isoType' | 'floppyType' | 'diskType' | 'fileType' } {
  const extension = extensionOf(name);
  if (extension === 'iso') return { icon: 'disc-image', type: 'isoType' };
  if (extension === 'vfd') return { icon: 'diskette', type: 'floppyType' };
  if (['vhd', 'vhdx', 'avhd', 'avhdx'].includes(extension)) return { icon: 'disk-file', type: 'diskType' };
  return { icon: 'file', type: 'fileType' };
}
