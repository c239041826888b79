import type { AcpiDevice } from '../acpi/namespace';
import type { PciFound } from '../hardware/pci-config';

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

/** Windows' ids of a PCI function, most specific first (Windows Driver Kit, "Identifiers for PCI Devices"). */
export function pciIds(fn: PciFound): string[] {
  const base = `PCI\\VEN_${hex(fn.vendor, 4)}&DEV_${hex(fn.id, 4)}`;
  const subsystem = `SUBSYS_${hex(fn.subsystem, 4)}${hex(fn.subsystemVendor, 4)}`;
  const revision = `REV_${hex(fn.revision, 2)}`;
  const whole = hex(fn.classCode, 6);
  return [
    `${base}&${subsystem}&${revision}`,
    `${base}&${subsystem}`,
    `${base}&${revision}`,
    base,
    `${base}&CC_${whole.slice(0, 4)}`,
    `PCI\\CC_${whole}`,
    `PCI\\CC_${whole.slice(0, 4)}`,
  ];
}

/** Windows' ids of an ACPI device: `ACPI\PNP0303`, `*PNP0303`. */
export function acpiIds(device: AcpiDevice): string[] {
  const ids = [`ACPI\\${device.hid}`, `*${device.hid}`];
  return device.cid === '' ? ids : [...ids, `*${device.cid}`];
}

/** Linux' alias of a PCI function: scripts/mod/file2alias.c. */
export function pciModalias(fn: PciFound): string {
  const [base, sub, programming] = [fn.classCode >>> 16, (fn.classCode >>> 8) & 0xff, fn.classCode & 0xff];
  const ids = `v${hex(fn.vendor, 8)}d${hex(fn.id, 8)}sv${hex(fn.subsystemVendor, 8)}sd${hex(fn.subsystem, 8)}`;
  return `pci:${ids}bc${hex(base, 2)}sc${hex(sub, 2)}i${hex(programming, 2)}`;
}

export function acpiModalias(device: AcpiDevice): string {
  return `acpi:${device.hid}:${device.cid === '' ? '' : `${device.cid}:`}`;
}

/** `3&267A616A&0&50`: the tail that Windows gives a PCI instance, from its place on the bus. */
export function pciInstance(fn: PciFound): string {
  return `3&267A616A&0&${hex((fn.device << 3) | fn.fn, 2)}`;
}

/** Matches a Windows id, whatever the case, or a Linux alias pattern in which `*` stands for anything. */
export function idMatches(pattern: string, id: string): boolean {
  if (!/:/.test(pattern)) return pattern.toUpperCase() === id.toUpperCase();
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  if (!id.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = part === '' ? at : id.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return parts.at(-1) === '' || at === id.length;
}
