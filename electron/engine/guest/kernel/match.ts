import type { InstalledDriver } from '../disk/driver-text';
import { idMatches } from './ids';

/** A driver that fits a device, and the name that its match table gives the device. */
export interface Match {
  readonly driver: InstalledDriver;
  readonly name: string;
}

/**
 * Finds the driver for a device among the installed ones: the most specific id of the device that any driver lists wins
 * (Windows Driver Kit, "How Windows Ranks Drivers"; Linux has one id a device). Null when no driver lists any.
 */
export function findDriver(ids: readonly string[], drivers: readonly InstalledDriver[]): Match | null {
  for (const id of ids) {
    for (const driver of drivers) {
      const model = driver.models.find((candidate) => idMatches(candidate.id, id));
      if (model) return { driver, name: model.name };
    }
  }
  return null;
}

/** Device Manager's name for something that no driver wants, from its PCI class. */
export function genericName(classCode: number): string {
  const names: Readonly<Record<number, string>> = {
    0x0200: 'Ethernet Controller',
    0x0300: 'Video Controller (VGA Compatible)',
    0x0100: 'SCSI Controller',
    0x0680: 'Other PCI Bridge Device',
  };
  return names[classCode >>> 8] ?? (classCode === 0 ? 'Unknown device' : 'PCI Device');
}
