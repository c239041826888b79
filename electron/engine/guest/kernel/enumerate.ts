import type { Processor } from '../../hypervisor/processor';
import type { AcpiDevice } from '../acpi/namespace';
import type { Resource } from '../acpi/resources';
import { bdfText, PciConfig, scanPci, sizeBars, type PciFound } from '../hardware/pci-config';
import type { OsProfile } from '../os/profile';
import type { DeviceState, FoundDevice } from './device';
import { acpiIds, acpiModalias, pciIds, pciInstance, pciModalias } from './ids';

/** The computer itself, which no bus reports. */
function rootDevice(): FoundDevice {
  return { bus: 'root', address: 0, ids: ['ROOT\\ACPI_HAL'], instance: 'ROOT\\ACPI_HAL\\0000', location: '' };
}

/** Devices of the ACPI namespace. */
function acpiDevices(devices: readonly AcpiDevice[], profile: OsProfile): FoundDevice[] {
  return devices.map((device, address) => ({
    bus: 'acpi',
    address,
    ids: profile.family === 'linux' ? [acpiModalias(device)] : acpiIds(device),
    instance: `ACPI\\${device.hid.toUpperCase()}\\${device.uid === 0 ? '2&DABA3FF&0' : device.uid}`,
    location: device.path,
    resources: device.resources,
    ownName: device.uid === 0 ? '' : String(device.uid),
  }));
}

/** Functions on PCI bus 0, through configuration mechanism #1 and nothing else. */
function pciDevices(processor: Processor, profile: OsProfile): FoundDevice[] {
  const config = new PciConfig(processor);
  return scanPci(config).map((fn) => ({
    bus: 'pci',
    address: (fn.device << 3) | fn.fn,
    ids: profile.family === 'linux' ? [pciModalias(fn)] : pciIds(fn),
    instance: `${pciIds(fn)[0] ?? ''}\\${pciInstance(fn)}`,
    location:
      profile.family === 'linux' ? bdfText(fn.device, fn.fn) : `PCI bus 0, device ${fn.device}, function ${fn.fn}`,
    resources: pciResources(config, fn),
    classCode: fn.classCode,
    revision: fn.revision,
  }));
}

/**
 * Everything that is there before any driver runs: the computer, its ACPI devices, and the functions of the PCI bus below
 * the device that ACPI gives for it.
 */
export function enumerate(
  processor: Processor,
  profile: OsProfile,
  acpi: readonly AcpiDevice[],
  add: (found: FoundDevice, parent: number | null) => DeviceState,
): readonly FoundDevice[] {
  const root = add(rootDevice(), null);
  const listed = acpiDevices(acpi, profile).map((found) => add(found, root.id));
  const bus = listed.find((device) => device.ids.some((id) => id.includes('PNP0A03')));
  const hasPci = acpi.length === 0 || bus !== undefined; // without ACPI one has to look
  const functions = hasPci ? pciDevices(processor, profile) : [];
  for (const found of functions) add(found, bus?.id ?? root.id);
  return functions;
}

function pciResources(config: PciConfig, fn: PciFound): Resource[] {
  const bars = sizeBars(config, fn.device, fn.fn)
    .filter((bar) => bar.base !== 0)
    .map((bar): Resource => ({ kind: bar.kind, start: bar.base, length: bar.size }));
  return fn.interruptPin === 0 ? bars : [...bars, { kind: 'irq', start: fn.interruptLine, length: 1 }];
}
