import type { DiskContext, HeldFile, OpenParent } from '../disk/context';
import { DiskError } from '../disk/disk-error';
import type { DiskStore } from '../disk/disk-store';
import { parentCandidates } from '../disk/parent-path';
import { parseVhdx, replayAndParseVhdx } from './parse';
import type { ParsedVhdx } from './parse';
import type { VhdxParentLocator } from './parent-locator';
import { VhdxStore } from './vhdx-store';
import type { VhdxParent } from './vhdx-store';

/** Makes a store of a file that was opened and locked. What it throws leaves the file to the caller. */
export function openVhdx(held: HeldFile, context: DiskContext, openParent: OpenParent): DiskStore {
  const { file, readOnly } = held;
  const parsed = readOnly ? parseVhdx(file) : replayAndParseVhdx(file, context.environment);
  const locator = parsed.metadata.parent;
  if (locator === undefined) return new VhdxStore(held, parsed, context.environment);
  const parent = openVhdxParent(file.path, parsed, locator, openParent, context);
  try {
    return new VhdxStore(held, parsed, context.environment, parent);
  } catch (error) {
    parent.store.close();
    throw error;
  }
}

function openVhdxParent(
  path: string,
  parsed: ParsedVhdx,
  locator: VhdxParentLocator,
  openParent: OpenParent,
  context: DiskContext,
): VhdxParent {
  const store = openParent(parentCandidates(path, locator, context.paths));
  const mismatch = mismatchWith(parsed, locator, store);
  if (mismatch !== undefined) {
    store.close();
    throw new DiskError('parent-mismatch', `${path}: ${store.path} is not the parent it was made from`, {
      path,
      mismatch,
    });
  }
  return { store, info: { recordedPath: locator.absolute ?? locator.relative ?? '', path: store.path, state: 'ok' } };
}

/** The parent must have the Data Write GUID that was recorded: it has not been written since (MS-VHDX 2.6.2.6.3). */
function mismatchWith(
  parsed: ParsedVhdx,
  locator: VhdxParentLocator,
  parent: DiskStore,
): 'identity' | 'size' | undefined {
  const { diskSize, logicalSectorSize } = parsed.metadata;
  if (parent.format !== 'vhdx' || !locator.linkage.includes(parent.linkage)) return 'identity';
  const isSameSize = parent.sectorCount * parent.sectorSize === diskSize && parent.sectorSize === logicalSectorSize;
  return isSameSize ? undefined : 'size';
}
