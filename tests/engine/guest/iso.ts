import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { asciiBytes, writeBe32, writeU16, writeU32 } from '@engine/base/bytes';
import { trainingBootImage, trainingMediaFiles } from '@engine/guest/disk/media';
import { osProfile } from '@engine/guest/os';

const BLOCK = 2048;

interface Folder {
  files: Map<string, { lba: number; length: number }>;
}

function record(name: string, lba: number, length: number, isFolder: boolean): Uint8Array {
  const size = 33 + name.length + (name.length % 2 === 0 ? 1 : 0);
  const bytes = new Uint8Array(size);
  bytes[0] = size;
  writeU32(bytes, 2, lba);
  writeBe32(bytes, 6, lba);
  writeU32(bytes, 10, length);
  writeBe32(bytes, 14, length);
  bytes[25] = isFolder ? 2 : 0;
  writeU16(bytes, 28, 1);
  bytes[32] = name.length;
  bytes.set(asciiBytes(name), 33);
  return bytes;
}

function folderBytes(records: Uint8Array[]): Uint8Array {
  const blocks: Uint8Array[] = [new Uint8Array(BLOCK)];
  let at = 0;
  for (const entry of records) {
    if (at + entry.length > BLOCK) {
      blocks.push(new Uint8Array(BLOCK));
      at = 0;
    }
    blocks.at(-1)?.set(entry, at);
    at += entry.length;
  }
  const out = new Uint8Array(blocks.length * BLOCK);
  blocks.forEach((block, i) => out.set(block, i * BLOCK));
  return out;
}

/** An ISO 9660 disc with one level of folders and an El Torito boot record. */
export function buildDisc(files: { path: string; bytes: Uint8Array }[], boot: Uint8Array): MemoryBlockStore {
  const folders = new Map<string, Folder>();
  let next = 40;
  const placed: { lba: number; bytes: Uint8Array }[] = [];
  const place = (bytes: Uint8Array): number => {
    const lba = next;
    placed.push({ lba, bytes });
    next += Math.max(1, Math.ceil(bytes.length / BLOCK));
    return lba;
  };
  for (const { path, bytes } of files) {
    const [folder = '', name = ''] = path.split('/');
    const entry = folders.get(folder) ?? { files: new Map<string, { lba: number; length: number }>() };
    folders.set(folder, entry);
    entry.files.set(`${name};1`, { lba: place(bytes), length: bytes.length });
  }
  const bootLba = place(boot);
  const root = [...folders].map(([name, folder]) => {
    const bytes = folderBytes([record('\0', 0, BLOCK, true), record('\x01', 0, BLOCK, true), ...[...folder.files].map(([file, { lba, length }]) => record(file, lba, length, false))]);
    return record(name, place(bytes), bytes.length, true);
  });
  const rootBytes = folderBytes(root);
  const rootLba = place(rootBytes);
  const primary = new Uint8Array(BLOCK);
  primary.set([1, ...asciiBytes('CD001'), 1]);
  primary.set(record('\0', rootLba, rootBytes.length, true), 156);
  const bootRecord = new Uint8Array(BLOCK);
  bootRecord.set([0, ...asciiBytes('CD001'), 1, ...asciiBytes('EL TORITO SPECIFICATION')]);
  writeU32(bootRecord, 0x47, 20);
  const end = new Uint8Array(BLOCK);
  end.set([255, ...asciiBytes('CD001'), 1]);
  const catalogue = new Uint8Array(BLOCK);
  catalogue.set([1]);
  catalogue.set([0x55, 0xaa, 0x88], 30);
  writeU16(catalogue, 38, 4);
  writeU32(catalogue, 40, bootLba);
  const store = new MemoryBlockStore({ sectorCount: next, sectorSize: BLOCK });
  for (const [lba, bytes] of [[16, primary], [17, bootRecord], [18, end], [20, catalogue]] as const) store.write(lba, bytes);
  for (const { lba, bytes } of placed) {
    const whole = new Uint8Array(Math.max(1, Math.ceil(bytes.length / BLOCK)) * BLOCK);
    whole.set(bytes);
    store.write(lba, whole);
  }
  return store;
}

export function trainingDisc(profileId: string): MemoryBlockStore {
  const profile = osProfile(profileId);
  if (!profile) throw new Error('no such system');
  return buildDisc(trainingMediaFiles(profile), trainingBootImage(profile));
}
