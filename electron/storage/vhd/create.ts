import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DiskContext } from '../disk/context';
import type { CreationPlan, CreationSpec } from '../disk/creation';
import { withSystemErrors } from '../disk/disk-error';
import type { DiskFile } from '../disk/disk-file';
import type { DiskStore } from '../disk/disk-store';
import { newGuid } from '../disk/guid';
import { encodeUtf16, recordParent } from '../disk/parent-path';
import { DEFAULT_VHD_BLOCK, encodeDynamicHeader, HEADER_BYTES, plainHeader } from './dynamic-header';
import type { DynamicHeader, LocatorEntry } from './dynamic-header';
import { encodeFooter, FOOTER_BYTES, vhdTime } from './footer';
import { geometryOf } from './geometry';

const TABLE_AT = FOOTER_BYTES + HEADER_BYTES;

/** How to turn the new, empty `file` into a VHD. */
export function planVhd(file: DiskFile, spec: CreationSpec, context: DiskContext): CreationPlan {
  const footer = encodeFooter({
    type: spec.type,
    headerAt: spec.type === 'fixed' ? undefined : FOOTER_BYTES,
    timestamp: vhdTime(context.environment.now()),
    currentSize: spec.sizeBytes,
    geometry: geometryOf(spec.sizeBytes / 512),
    uniqueId: newGuid(context.environment),
  });
  if (spec.type === 'fixed') {
    return { zerosAt: 0, zeroBytes: spec.sizeBytes, finish: () => file.write(spec.sizeBytes, footer) };
  }
  return { zerosAt: 0, zeroBytes: 0, finish: () => writeSparse(file, spec, context, footer) };
}

function writeSparse(file: DiskFile, spec: CreationSpec, context: DiskContext, footer: Uint8Array): void {
  const blockSize = spec.blockSize ?? DEFAULT_VHD_BLOCK;
  const blockCount = Math.ceil(spec.sizeBytes / blockSize);
  const tableBytes = wholeSectors(blockCount * 4);
  const locators = spec.parent === undefined ? [] : locatorsOf(file.path, spec.parent, context, TABLE_AT + tableBytes);
  const header = { ...plainHeader(TABLE_AT, blockCount, blockSize), ...parentFields(spec.parent, locators) };
  file.write(TABLE_AT, new Uint8Array(tableBytes).fill(0xff));
  for (const locator of locators) file.write(locator.at, locator.bytes);
  file.write(FOOTER_BYTES, encodeDynamicHeader(header));
  const last = locators.at(-1);
  file.write(last === undefined ? TABLE_AT + tableBytes : last.at + last.space, footer);
  file.write(0, footer);
}

interface LocatorWithData extends LocatorEntry {
  readonly bytes: Uint8Array;
}

/** The relative and the absolute Windows path of the parent, laid out from byte `at` in whole sectors. */
function locatorsOf(childPath: string, parent: DiskStore, context: DiskContext, at: number): LocatorWithData[] {
  const recorded = recordParent(childPath, parent.path, context.paths);
  let next = at;
  return [
    { platform: 'W2ru', bytes: encodeUtf16(recorded.relative) },
    { platform: 'W2ku', bytes: encodeUtf16(recorded.absolute) },
  ].map(({ platform, bytes }) => {
    const locator = { platform, bytes, space: wholeSectors(bytes.length), length: bytes.length, at: next };
    next += locator.space;
    return locator;
  });
}

function parentFields(parent: DiskStore | undefined, locators: readonly LocatorEntry[]): Partial<DynamicHeader> {
  if (parent === undefined) return {};
  const modifiedMs = withSystemErrors(parent.path, () => statSync(parent.path).mtimeMs);
  return {
    parentId: parent.linkage,
    parentTimestamp: vhdTime(modifiedMs),
    parentName: basename(parent.path),
    locators,
  };
}

function wholeSectors(length: number): number {
  return Math.ceil(length / 512) * 512;
}
