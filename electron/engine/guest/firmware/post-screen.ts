import { Attribute, type TextConsole } from '../console/text-console';
import type { FoundDrive } from '../drivers/ata/probe';
import type { PciFound } from '../hardware/pci-config';

/** Class names as a POST's device list has them: base class and subclass. */
const CLASS_NAMES: Readonly<Record<number, string>> = {
  0x0100: 'SCSI Controller',
  0x0101: 'IDE Controller',
  0x0200: 'Ethernet Controller',
  0x0300: 'Display Controller',
  0x0600: 'Host Bridge',
  0x0601: 'ISA Bridge',
  0x0680: 'Bridge Device',
};

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

export function banner(console: TextConsole, processors: number, memoryMB: number): void {
  console.clear(Attribute.normal);
  console.put(0, 0, 'AMIBIOS(C)2006 American Megatrends, Inc.', Attribute.bright);
  console.put(1, 0, 'Virtual Machine BIOS for the 440BX board');
  console.put(3, 0, `Processors : ${processors}`);
  console.put(4, 0, `Memory     : ${memoryMB} MB OK`, Attribute.bright);
}

const PLACES = ['Primary Master  ', 'Primary Slave   ', 'Secondary Master', 'Secondary Slave '];

export function driveList(console: TextConsole, drives: readonly FoundDrive[]): void {
  PLACES.forEach((place, i) => {
    const drive = drives.find((candidate) => candidate.channel * 2 + candidate.device === i);
    const size = drive && drive.kind === 'ata' ? `  ${Math.floor(drive.identity.sectors / 2048)} MB` : '';
    console.putRow(6 + i, `${place} : ${drive ? drive.identity.model + size : 'Not Detected'}`);
  });
}

/** The list of PCI functions that a BIOS prints before it boots. */
export function pciList(console: TextConsole, functions: readonly PciFound[]): void {
  console.putRow(11, 'PCI Device Listing ...', Attribute.bright);
  console.putRow(12, 'Bus Dev Fun Vendor Device SVID SSID Class Device Class          IRQ', Attribute.bright);
  functions.slice(0, 10).forEach((fn, i) => {
    const irq = fn.interruptPin === 0 ? 'NA' : String(fn.interruptLine);
    const cells = [
      '  0',
      hex(fn.device, 2).padStart(3),
      String(fn.fn).padStart(3),
      hex(fn.vendor, 4).padStart(6),
      hex(fn.id, 4).padStart(6),
      hex(fn.subsystemVendor, 4),
      hex(fn.subsystem, 4),
      hex(fn.classCode >>> 8, 4).padStart(5),
      (CLASS_NAMES[fn.classCode >>> 8] ?? 'Unknown Device').padEnd(21),
      irq,
    ];
    console.putRow(13 + i, cells.join(' '));
  });
}

/** End-of-POST code of Microsoft's BIOS, for whoever watches port 80h. */
export const POST_DONE = 0x50ac;
