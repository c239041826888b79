import { damaged, DiskError } from '../disk/disk-error';
import { guidFromMixedEndian, guidToMixedEndian, normalizeGuid } from '../disk/guid';
import { decodeUtf16, encodeUtf16 } from '../disk/parent-path';
import type { RecordedParent } from '../disk/parent-path';
import { viewOf } from './layout';

/** Who and where the parent of a differencing VHDX is (MS-VHDX 2.6.2.6). */
export interface VhdxParentLocator extends RecordedParent {
  /** Data Write GUIDs that the parent may have; one of them must be its own. Lower case. */
  readonly linkage: readonly string[];
}

const VHDX_LOCATOR = 'b04aefb7-d19e-4a81-b789-25b8e9445913';
const HEADER_BYTES = 20;
const ENTRY_BYTES = 12;
/** Marks a Win32 path that is taken as it is, however long; locators must use it. */
const EXTENDED_PREFIX = '\\\\?\\';

export function encodeParentLocator(locator: VhdxParentLocator): Uint8Array {
  const texts: readonly (readonly [string, string | undefined])[] = [
    ['parent_linkage', locator.linkage[0] && `{${locator.linkage[0]}}`],
    ['relative_path', locator.relative],
    ['absolute_win32_path', locator.absolute && `${EXTENDED_PREFIX}${locator.absolute}`],
  ];
  const pairs = texts.flatMap(([key, value]) => (value ? [{ key: encodeUtf16(key), value: encodeUtf16(value) }] : []));
  const textBytes = pairs.reduce((sum, pair) => sum + pair.key.length + pair.value.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + pairs.length * ENTRY_BYTES + textBytes);
  const view = viewOf(bytes);
  bytes.set(guidToMixedEndian(VHDX_LOCATOR));
  view.setUint16(18, pairs.length, true);
  let textAt = HEADER_BYTES + pairs.length * ENTRY_BYTES;
  pairs.forEach(({ key, value }, index) => {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    view.setUint32(at, textAt, true);
    view.setUint32(at + 4, textAt + key.length, true);
    view.setUint16(at + 8, key.length, true);
    view.setUint16(at + 10, value.length, true);
    bytes.set(key, textAt);
    bytes.set(value, textAt + key.length);
    textAt += key.length + value.length;
  });
  return bytes;
}

/** Throws `damaged`, or `unsupported` for a parent that is no VHDX file. */
export function decodeParentLocator(bytes: Uint8Array, path: string): VhdxParentLocator {
  if (bytes.length < HEADER_BYTES) throw damaged(path, 'the parent locator is cut off');
  if (guidFromMixedEndian(bytes) !== VHDX_LOCATOR) {
    throw new DiskError('unsupported', `${path}: the parent is not a VHDX file`, { path });
  }
  const pairs = decodePairs(bytes, path);
  const linkage = [pairs.get('parent_linkage'), pairs.get('parent_linkage2')]
    .map((text) => normalizeGuid(text ?? ''))
    .filter((guid) => guid !== undefined);
  if (linkage.length === 0) throw damaged(path, 'the parent locator names no parent');
  const absolute = pairs.get('absolute_win32_path');
  const plain = absolute?.startsWith(EXTENDED_PREFIX) ? absolute.slice(EXTENDED_PREFIX.length) : absolute;
  return { linkage, relative: pairs.get('relative_path'), absolute: plain };
}

function decodePairs(bytes: Uint8Array, path: string): Map<string, string> {
  const view = viewOf(bytes);
  const count = view.getUint16(18, true);
  if (HEADER_BYTES + count * ENTRY_BYTES > bytes.length) throw damaged(path, 'the parent locator is cut off');
  const text = (at: number, length: number): string => {
    if (at + length > bytes.length) throw damaged(path, 'the parent locator is cut off');
    return decodeUtf16(bytes.subarray(at, at + length));
  };
  const pairs = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    const key = text(view.getUint32(at, true), view.getUint16(at + 8, true));
    pairs.set(key, text(view.getUint32(at + 4, true), view.getUint16(at + 10, true)));
  }
  return pairs;
}
