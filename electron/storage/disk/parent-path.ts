import * as path from 'node:path';
import type { DiskPathMap } from './disk-types';

/** The two ways in which a differencing disk remembers where its parent is. Windows paths. */
export interface RecordedParent {
  /** From the child's folder, such as `.\base.vhd` or `..\bases\xp.vhd`. */
  readonly relative?: string;
  /** With a drive letter, such as `C:\bases\xp.vhd`. */
  readonly absolute?: string;
}

/** What a new child at `childPath` (real) records about a parent at `parentPath` (real). */
export function recordParent(childPath: string, parentPath: string, paths: DiskPathMap): Required<RecordedParent> {
  const steps = path.relative(path.dirname(childPath), parentPath).split(path.sep).join('\\');
  const relative = steps.startsWith('..') || path.win32.isAbsolute(steps) ? steps : `.\\${steps}`;
  return { relative, absolute: paths.toWindows(parentPath) };
}

/**
 * Real paths where the parent may be, most likely first and without repetition. The relative path is tried before the absolute
 * one (MS-VHDX 2.6.2.6.3; VHD specification, "Implementing a Differencing Hard Disk"), so a chain survives being moved together.
 */
export function parentCandidates(childPath: string, recorded: RecordedParent, paths: DiskPathMap): string[] {
  const found: (string | undefined)[] = [];
  if (recorded.relative !== undefined && recorded.relative !== '') {
    found.push(path.resolve(path.dirname(childPath), recorded.relative.split('\\').join(path.sep)));
    // The simulated host's names have no case, the real host's may: the map finds the real spelling.
    found.push(paths.toReal(path.win32.join(path.win32.dirname(paths.toWindows(childPath)), recorded.relative)));
  }
  if (recorded.absolute !== undefined && recorded.absolute !== '') found.push(paths.toReal(recorded.absolute));
  return [...new Set(found.filter((candidate) => candidate !== undefined))];
}

/** Text as UTF-16 little-endian without a mark: how both formats store paths. */
export function encodeUtf16(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf16le'));
}

/** The reverse of `encodeUtf16`; what follows a NUL is dropped. */
export function decodeUtf16(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
