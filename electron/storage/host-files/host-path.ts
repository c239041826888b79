import { HostFileError } from './host-file-error';

/** A full path of the simulated host, taken apart. */
export interface HostPath {
  /** Upper-case letter. */
  readonly drive: string;
  /** Names from the root down; none for the root itself. */
  readonly names: readonly string[];
}

/** MAX_PATH of the Windows headers, with the end mark: 259 characters can be used. Paths with the prefix may be longer. */
const MAX_PATH = 259;
const MAX_EXTENDED_PATH = 32_767;
const MAX_NAME = 255;
const EXTENDED_PREFIX = '\\\\?\\';

/** Characters that no Windows file name has ("Naming Files, Paths, and Namespaces"), and halves of surrogate pairs. */
const FORBIDDEN = /[<>:"/\\|?*]|\p{Cc}|\p{Surrogate}/u;
const DELETE = '\x7f'; // a control character to Unicode, a letter like any other to Windows
/** Names of devices, which cannot be files whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[1-9¹²³]|lpt[1-9¹²³])(?: *\..*)?$/i;

/**
 * Takes a full Windows path apart: either slash, repeated slashes, `.` and `..` (which stays at the root, as in Windows).
 * Throws `HostFileError`: a relative path, a share, a name that Windows does not allow, a path that is too long.
 */
export function parseHostPath(path: string): HostPath {
  const isExtended = path.startsWith(EXTENDED_PREFIX);
  const plain = isExtended ? path.slice(EXTENDED_PREFIX.length) : path.replaceAll('/', '\\');
  if (plain.startsWith('\\\\') || (isExtended && /^UNC\\/i.test(plain)))
    throw new HostFileError('bad-network-path', path);
  const match = /^([A-Za-z]):(?:\\(.*))?$/s.exec(plain);
  if (match === null) throw new HostFileError('invalid-name', path);
  if (plain.length > (isExtended ? MAX_EXTENDED_PATH : MAX_PATH)) throw new HostFileError('name-too-long', path);
  const names: string[] = [];
  for (const name of (match[2] ?? '').split('\\')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(checkName(name, path));
  }
  return { drive: (match[1] ?? '').toUpperCase(), names };
}

/** The path as Windows shows it. */
export function formatHostPath({ drive, names }: HostPath): string {
  return `${drive}:\\${names.join('\\')}`;
}

/** True when Windows allows a file of this name. */
export function isHostFileName(name: string): boolean {
  const isShaped = name.length > 0 && name.length <= MAX_NAME && !/[. ]$/.test(name);
  return isShaped && !FORBIDDEN.test(name.replaceAll(DELETE, '')) && !DEVICE.test(name);
}

/** Two names that Windows takes for the same give the same key. */
export function nameKey(name: string): string {
  return name.toUpperCase();
}

function checkName(name: string, path: string): string {
  if (name.length > MAX_NAME) throw new HostFileError('name-too-long', path);
  if (!isHostFileName(name)) throw new HostFileError('invalid-name', path);
  return name;
}
