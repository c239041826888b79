import { volumeTime } from './directory';
import type { Extent } from './directory';
import {
  CATALOGUE_POINTER,
  DescriptorType,
  EL_TORITO_ID,
  SECTOR,
  setBoth16,
  setBoth32,
  setText,
  STANDARD_ID,
} from './spec';

/** What the primary volume descriptor says. */
export interface VolumeFacts {
  readonly volumeId: string;
  readonly publisher: string;
  readonly application: string;
  readonly timeMs: number;
  readonly sectorCount: number;
  readonly pathTableLength: number;
  readonly littlePathTableLba: number;
  readonly bigPathTableLba: number;
  readonly rootRecord: Uint8Array;
}

/** The primary volume descriptor (ECMA-119, 8.4). */
export function primaryDescriptor(facts: VolumeFacts): Uint8Array {
  const bytes = descriptor(DescriptorType.PRIMARY);
  const view = new DataView(bytes.buffer);
  setText(bytes, 8, 32, '');
  setText(bytes, 40, 32, facts.volumeId);
  setBoth32(view, 80, facts.sectorCount);
  setBoth16(view, 120, 1); // volumes in the set
  setBoth16(view, 124, 1); // number of this one
  setBoth16(view, 128, SECTOR);
  setBoth32(view, 132, facts.pathTableLength);
  view.setUint32(140, facts.littlePathTableLba, true);
  view.setUint32(148, facts.bigPathTableLba, false);
  bytes.set(facts.rootRecord, 156);
  setText(bytes, 190, 128, '');
  setText(bytes, 318, 128, facts.publisher);
  setText(bytes, 446, 128, '');
  setText(bytes, 574, 128, facts.application);
  setText(bytes, 702, 37 * 3, ''); // names of copyright, abstract and bibliography files: none
  bytes.set(volumeTime(facts.timeMs), 813);
  bytes.set(volumeTime(facts.timeMs), 830);
  for (const at of [847, 864]) setText(bytes, at, 16, '', 0x30); // no expiry, effective at once
  bytes[881] = 1;
  return bytes;
}

/** The boot record that names El Torito and points to the catalogue (El Torito, figure 7). */
export function bootRecordDescriptor(catalogueLba: number): Uint8Array {
  const bytes = descriptor(DescriptorType.BOOT_RECORD);
  setText(bytes, 7, 32, EL_TORITO_ID, 0);
  new DataView(bytes.buffer).setUint32(CATALOGUE_POINTER, catalogueLba, true);
  return bytes;
}

export function terminatorDescriptor(): Uint8Array {
  return descriptor(DescriptorType.TERMINATOR);
}

/**
 * The boot catalogue: a validation entry, whose 16-bit words add up to zero, and the default entry, which starts `image` without
 * emulation at the usual segment (El Torito, figures 2 and 3).
 */
export function bootCatalogue(image: Extent, maker: string): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  setText(bytes, 4, 24, maker, 0);
  view.setUint16(30, 0xaa55, true);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += view.getUint16(at, true);
  view.setUint16(28, -sum & 0xffff, true);
  bytes[32] = 0x88;
  view.setUint16(38, Math.ceil(image.length / 512), true);
  view.setUint32(40, image.lba, true);
  return bytes;
}

/** True when the words of the validation entry add up to zero and its marks are there. */
export function isValidCatalogue(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += view.getUint16(at, true);
  return bytes[0] === 1 && view.getUint16(30, true) === 0xaa55 && (sum & 0xffff) === 0;
}

function descriptor(type: number): Uint8Array {
  const bytes = new Uint8Array(SECTOR);
  bytes[0] = type;
  setText(bytes, 1, 5, STANDARD_ID);
  bytes[6] = 1;
  return bytes;
}
