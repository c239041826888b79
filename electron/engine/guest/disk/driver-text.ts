import type { DeviceClass, DriverPackage } from '../os/profile';
import { formatSections, parseSections } from './settings-text';

/** A driver package as it lies on the volume: what an INF file or a module's alias lines say. */
export interface InstalledDriver {
  readonly inf: string;
  readonly service: string;
  readonly file: string;
  readonly className: DeviceClass;
  readonly models: readonly { readonly id: string; readonly name: string }[];
}

const CLASSES: readonly string[] = [
  'Computer',
  'System',
  'HDC',
  'DiskDrive',
  'CDROM',
  'Net',
  'Keyboard',
  'Mouse',
  'Display',
  'Ports',
  'FDC',
  'FloppyDisk',
  'SCSIAdapter',
  'HIDClass',
  'Unknown',
] satisfies readonly DeviceClass[];

function isDeviceClass(text: string): text is DeviceClass {
  return CLASSES.includes(text);
}

/** The INF text of a package. */
export function formatDriver(driver: DriverPackage): string {
  return formatSections({
    Version: { Signature: '"$CHICAGO$"', Class: driver.className },
    Install: { Service: driver.service, File: driver.file },
    Models: Object.fromEntries(driver.models.map(({ id, name }) => [id, name])),
  });
}

/** A package from its INF text; null when the text is not one. */
export function parseDriver(inf: string, text: string): InstalledDriver | null {
  const sections = parseSections(text);
  const className = sections.Version?.Class ?? '';
  const { Service: service, File: file } = sections.Install ?? {};
  if (!isDeviceClass(className) || !service || !file) return null;
  const models = Object.entries(sections.Models ?? {}).map(([id, name]) => ({ id, name }));
  return { inf, service, file, className, models };
}
