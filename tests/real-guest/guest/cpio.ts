/** One member of an archive: a directory, a file, a symbolic link or a character device node. */
export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array; readonly executable?: boolean }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'device'; readonly path: string; readonly major: number; readonly minor: number };

const TYPE = { directory: 0o040755, file: 0o100644, link: 0o120777, device: 0o020600 } as const;
const EXECUTABLE = 0o100755;

/**
 * Writes an archive in the "newc" form that Linux unpacks as its first root file system
 * (Linux, Documentation/driver-api/early-userspace/buffer-format.rst). Everything belongs to root; times are zero, so
 * equal input gives equal bytes.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, index) => member(entry, index + 1));
  return Buffer.concat([...members, header('TRAILER!!!', 0, 0, 0)]);
}

function member(entry: CpioEntry, inode: number): Buffer {
  const mode = entry.kind === 'file' && entry.executable ? EXECUTABLE : TYPE[entry.kind];
  const content = contentOf(entry);
  const device = entry.kind === 'device' ? { major: entry.major, minor: entry.minor } : undefined;
  return Buffer.concat([header(entry.path, inode, mode, content.length, device), padded(content)]);
}

function contentOf(entry: CpioEntry): Buffer {
  if (entry.kind === 'file') return Buffer.from(entry.bytes);
  return entry.kind === 'link' ? Buffer.from(entry.target, 'latin1') : Buffer.alloc(0);
}

function header(
  path: string,
  inode: number,
  mode: number,
  size: number,
  device: { major: number; minor: number } = { major: 0, minor: 0 },
): Buffer {
  const links = mode === TYPE.directory ? 2 : 1;
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, device.major, device.minor, path.length + 1, 0];
  const digits = fields.map((value) => value.toString(16).toUpperCase().padStart(8, '0')).join('');
  return padded(Buffer.from(`070701${digits}${path}\0`, 'latin1'));
}

/** Every header with its name, and every content, ends on a multiple of four bytes. */
function padded(bytes: Buffer): Buffer {
  const rest = (4 - (bytes.length % 4)) % 4;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(rest)]);
}
