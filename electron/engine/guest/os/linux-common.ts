import type { DeviceClass, DriverPackage } from './profile';

/** A kernel module: `path` below `kernel/`, aliases as in `modules.alias`. */
export function module(
  release: string,
  path: string,
  className: DeviceClass,
  bytes: number,
  aliases: readonly string[],
): DriverPackage {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    inf: name.replaceAll('-', '_'),
    service: name,
    file: `lib/modules/${release}/kernel/${path}.ko`,
    className,
    bytes,
    models: aliases.map((id) => ({ id, name: '' })),
  };
}

/** Alias of a PCI vendor and device, whatever the subsystem and class. */
export function pciAlias(vendor: number, device: number): string {
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  return `pci:v${hex(vendor)}d${hex(device)}sv*sd*bc*sc*i*`;
}

/** Alias of a VMBus class: the GUID's sixteen bytes in the order in which they lie in memory. */
export function vmbusAlias(classGuid: string): string {
  const [a = '', b = '', c = '', ...rest] = classGuid.split('-');
  const swapped = [a, b, c].map((part) => (part.match(/../g) ?? []).reverse().join(''));
  return `vmbus:${swapped.join('')}${rest.join('')}`;
}

/** Modules that both Debians have for the board. */
export function boardModules(release: string): readonly DriverPackage[] {
  return [
    module(release, 'drivers/i2c/busses/i2c-piix4', 'System', 8_608, [pciAlias(0x8086, 0x7113)]),
    module(release, 'drivers/net/tulip/tulip', 'Net', 47_936, [pciAlias(0x1011, 0x0009)]),
    module(release, 'drivers/input/serio/i8042', 'Keyboard', 14_844, ['acpi*:PNP0303:*']),
    module(release, 'drivers/input/mouse/psmouse', 'Mouse', 35_016, ['acpi*:PNP0F03:*']),
    module(release, 'drivers/block/floppy', 'FDC', 53_156, ['acpi*:PNP0700:*']),
    module(release, 'drivers/serial/8250_pnp', 'Ports', 9_856, ['acpi*:PNP0501:*']),
    module(release, 'drivers/char/rtc', 'System', 12_372, ['acpi*:PNP0B00:*']),
  ];
}
