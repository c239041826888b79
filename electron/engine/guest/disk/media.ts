import { asciiBytes, asciiOf, writeU16 } from '../../base/bytes';
import { PCI_IDS } from '../os/pci-ids';
import type { OsProfile } from '../os/profile';
import { BOOT_SIGNATURE, placeBootCode } from './boot-code';
import { formatDriver } from './driver-text';
import { hasBootSignature } from './mbr';
import { buildModule } from './module-file';
import { driverTextFolder, PCI_IDS_PATH } from './paths';
import { formatSections } from './settings-text';

/** One file of a training medium. `path` uses `/` and 8.3 names in capitals, as ISO 9660 level 1 demands. */
export interface MediaFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Where setup finds what to install: `[Files]` maps a file of the medium to its place on the volume. */
export const FILES_INF = 'SETUP/FILES.INF';
/** Which operating system it is and what it asks nobody. */
export const UNATTEND_INF = 'SETUP/UNATTEND.INF';

/** One file of an installed system, before it has a name on the medium. */
interface SystemFile {
  readonly target: string;
  readonly bytes: Uint8Array;
}

function systemFiles(profile: OsProfile): SystemFile[] {
  const loader = { target: profile.loader.path, bytes: buildModule(profile.loader.path, profile.loader.bytes) };
  const kernel = { target: profile.kernel.path, bytes: buildModule(profile.kernel.path, profile.kernel.bytes) };
  const texts = profile.drivers.map((driver) => ({
    target: driverTextFolder(profile) + driver.inf,
    bytes: asciiBytes(formatDriver(driver)),
  }));
  const binaries = profile.drivers.map((driver) => ({
    target: driver.file,
    bytes: buildModule(driver.service, driver.bytes),
  }));
  const shared = profile.family === 'linux' ? [{ target: PCI_IDS_PATH, bytes: asciiBytes(PCI_IDS) }] : [];
  return [loader, kernel, ...texts, ...binaries, ...shared];
}

/** An 8.3 name in capitals for the last part of `target` that is not in `taken` yet. */
function mediaName(target: string, taken: Set<string>): string {
  const base = target.slice(target.lastIndexOf('/') + 1).toUpperCase();
  const dot = base.lastIndexOf('.');
  const clean = (text: string): string => text.replace(/[^A-Z0-9_]/g, '_');
  const stem = clean(dot < 0 ? base : base.slice(0, dot));
  const extension = dot < 0 ? '' : `.${clean(base.slice(dot + 1)).slice(0, 3)}`;
  for (let count = 0; ; count++) {
    const suffix = count === 0 ? '' : `_${count}`;
    const name = stem.slice(0, 8 - suffix.length) + suffix + extension;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** Every file of the training medium of an operating system, in the order in which setup copies them. */
export function trainingMediaFiles(profile: OsProfile): MediaFile[] {
  const taken = new Set<string>();
  const files = systemFiles(profile).map(({ target, bytes }) => ({
    target,
    path: `${profile.mediaFolder}/${mediaName(target, taken)}`,
    bytes,
  }));
  const list = formatSections({ Files: Object.fromEntries(files.map(({ path, target }) => [path, target])) });
  const unattend = formatSections({
    Unattended: { Profile: profile.id, ComputerName: profile.computerName, FullName: profile.userName },
  });
  return [
    { path: UNATTEND_INF, bytes: asciiBytes(unattend) },
    { path: FILES_INF, bytes: asciiBytes(list) },
    ...files.map(({ path, bytes }) => ({ path, bytes })),
  ];
}

const SETUP_OEM = 'PLSETUP ';

/** The El Torito boot image (2,048 bytes, no emulation) of a training medium: its code is the setup program. */
export function trainingBootImage(profile: OsProfile): Uint8Array {
  const image = new Uint8Array(2048);
  image.set([0xeb, 0x7e, 0x90]); // jmp to the code at 0x80
  image.set(asciiBytes(SETUP_OEM), 3);
  image.set(asciiBytes(profile.id, 32), 0x40);
  placeBootCode(image, 0x80);
  writeU16(image, 510, BOOT_SIGNATURE);
  return image;
}

/** The id of the operating system whose setup a boot image starts; null when it is another program. */
export function setupProfileOf(image: Uint8Array): string | null {
  if (image.length < 512 || !hasBootSignature(image) || asciiOf(image.subarray(3, 11)) !== SETUP_OEM) return null;
  return asciiOf(image.subarray(0x40, 0x60));
}
