import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

// PKWARE APPNOTE.TXT, 4.3: signatures and fixed sizes of the three records that are read here.
const END = { signature: 0x06054b50, size: 22 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const LOCAL = { size: 30 };
const METHOD = { stored: 0, deflated: 8 };

async function readAt(file, position, length) {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead !== length) throw new Error('the zip archive is cut short');
  return buffer;
}

async function findEnd(file, size) {
  const window = Math.min(size, END.size + 0xffff);
  const buffer = await readAt(file, size - window, window);
  for (let at = window - END.size; at >= 0; at--) {
    if (buffer.readUInt32LE(at) === END.signature) return buffer.subarray(at);
  }
  throw new Error('this is not a zip archive, or its end is missing');
}

function* centralEntries(directory, count) {
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (directory.readUInt32LE(at) !== CENTRAL.signature) throw new Error('the zip directory is damaged');
    const nameLength = directory.readUInt16LE(at + 28);
    const rest = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    yield {
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      offset: directory.readUInt32LE(at + 42),
      name: directory.toString('utf8', at + CENTRAL.size, at + CENTRAL.size + nameLength),
    };
    at += CENTRAL.size + nameLength + rest;
  }
}

async function writeEntry(archive, file, entry, target) {
  const local = await readAt(file, entry.offset, LOCAL.size);
  const start = entry.offset + LOCAL.size + local.readUInt16LE(26) + local.readUInt16LE(28);
  mkdirSync(dirname(target), { recursive: true });
  const output = createWriteStream(target, { mode: entry.mode & 0o777 || 0o644 });
  if (entry.packed === 0) return void output.end();
  const input = createReadStream(archive, { start, end: start + entry.packed - 1, highWaterMark: 1 << 20 });
  await (entry.method === METHOD.deflated ? pipeline(input, createInflateRaw(), output) : pipeline(input, output));
}

/**
 * Unpacks the files of a zip archive for which `place(name)` gives a path below `folder` (null leaves a file out).
 * Enough for one known archive: no zip64, no encryption, no links.
 */
export async function unzip(archive, folder, place) {
  const file = await open(archive);
  try {
    const end = await findEnd(file, (await file.stat()).size);
    const directory = await readAt(file, end.readUInt32LE(16), end.readUInt32LE(12));
    for (const entry of centralEntries(directory, end.readUInt16LE(10))) {
      const path = entry.name.endsWith('/') ? null : place(entry.name);
      if (path === null) continue;
      const target = join(folder, path);
      if (normalize(path).startsWith(`..${sep}`)) throw new Error(`${entry.name} points outside its folder`);
      if (!Object.values(METHOD).includes(entry.method)) throw new Error(`${entry.name} is packed in an unknown way`);
      await writeEntry(archive, file, entry, target);
    }
  } finally {
    await file.close();
  }
}
