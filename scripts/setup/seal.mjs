import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The digest of a file, in the given encoding. */
export async function digest(path, algorithm = 'sha256', encoding = 'hex') {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest(encoding);
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

async function describe(folder, name) {
  const path = join(folder, name);
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return { name, link: readlinkSync(path) };
  return { name, size: stat.size, time: Math.trunc(stat.mtimeMs), sha256: await digest(path) };
}

/** Writes down, in `file`, every file of `folder` with its size and digest, and `facts` beside them. */
export async function seal(folder, file, facts) {
  const files = [];
  for (const name of filesIn(folder)) files.push(await describe(folder, name));
  writeFileSync(file, `${JSON.stringify({ ...facts, files }, null, 1)}\n`);
}

async function fileProblem(folder, entry) {
  const path = join(folder, entry.name);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return `${entry.name} is missing`;
  if (entry.link !== undefined)
    return stat.isSymbolicLink() && readlinkSync(path) === entry.link ? null : `${entry.name} has changed`;
  if (stat.size !== entry.size) return `${entry.name} has ${stat.size} bytes instead of ${entry.size}`;
  if (Math.trunc(stat.mtimeMs) === entry.time) return null;
  return (await digest(path)) === entry.sha256 ? null : `${entry.name} is damaged`;
}

/** Reads a seal, or null if there is none that can be read. */
export function readSeal(file) {
  if (!existsSync(file)) return null;
  try {
    const seal = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(seal.files) ? seal : null;
  } catch {
    return null;
  }
}

/**
 * Why `folder` is not what its seal says, or null when it is. A file whose size and time are as sealed is taken as sound;
 * one whose time differs is read and its digest compared.
 */
export async function sealProblem(folder, file) {
  const sealed = readSeal(file);
  if (!sealed) return 'its list of files is missing or damaged';
  for (const entry of sealed.files) {
    const problem = await fileProblem(folder, entry);
    if (problem) return problem;
  }
  return null;
}
