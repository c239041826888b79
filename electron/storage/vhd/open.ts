import type { DiskContext, HeldFile, OpenParent } from '../disk/context';
import { DiskError } from '../disk/disk-error';
import type { DiskStore } from '../disk/disk-store';
import { parentCandidates } from '../disk/parent-path';
import { FixedVhdStore } from './fixed-vhd-store';
import { parseVhd } from './parse';
import type { ParsedVhd } from './parse';
import { SparseVhdStore } from './sparse-vhd-store';
import type { VhdParent } from './sparse-vhd-store';

/** Makes a store of a file that was opened and locked. What it throws leaves the file to the caller. */
export function openVhd(held: HeldFile, context: DiskContext, openParent: OpenParent): DiskStore {
  const parsed = parseVhd(held.file);
  if (parsed.header === undefined) return new FixedVhdStore(held, parsed);
  if (parsed.parent === undefined) return new SparseVhdStore(held, parsed, parsed.header);
  const parent = openVhdParent(held.file.path, parsed, context, openParent);
  try {
    return new SparseVhdStore(held, parsed, parsed.header, parent);
  } catch (error) {
    parent.store.close();
    throw error;
  }
}

function openVhdParent(path: string, parsed: ParsedVhd, context: DiskContext, openParent: OpenParent): VhdParent {
  const recorded = parsed.parent ?? {};
  const store = openParent(parentCandidates(path, recorded, context.paths));
  const mismatch = mismatchWith(parsed, store);
  if (mismatch !== undefined) {
    store.close();
    throw new DiskError('parent-mismatch', `${path}: ${store.path} is not the parent it was made from`, {
      path,
      mismatch,
    });
  }
  const recordedPath = recorded.absolute ?? recorded.relative ?? '';
  return { store, info: { recordedPath, path: store.path, state: 'ok' } };
}

/**
 * The Unique ID tells whether it is the same disk (VHD specification, Implementing a Differencing Hard Disk). The parent's time
 * stamp is not compared: copying a file between volumes changes it, and Windows opens such chains.
 */
function mismatchWith(parsed: ParsedVhd, parent: DiskStore): 'identity' | 'size' | undefined {
  if (parent.format !== 'vhd' || parent.linkage !== parsed.header?.parentId) return 'identity';
  return parent.sectorCount * 512 === parsed.footer.currentSize ? undefined : 'size';
}
