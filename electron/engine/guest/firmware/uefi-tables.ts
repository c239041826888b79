import type { Processor } from '../../hypervisor/processor';
import { amlBuffer, amlDevice, amlInteger, amlPackage, amlScope, amlString, eisaId } from '../acpi/aml';
import { encodeResources } from '../acpi/resources';
import { writeAcpiTables, writeMemoryMap } from '../acpi/tables';
import { runsOnHyperV } from '../hardware/hypervisor';
import { PM_BASE } from './board';

/** Bytes at the top of low RAM for the tables. */
export const ACPI_RESERVED = 0x1_0000;
const MEGABYTE = 0x10_0000;

/** The definition block of a machine without a board: its clock, and the root of VMBus. */
function definitionBlock(processor: Processor): Uint8Array {
  const none = amlBuffer('_CRS', encodeResources([]));
  const clock = encodeResources([
    { kind: 'io', start: 0x70, length: 2 },
    { kind: 'irq', start: 8, length: 1 },
  ]);
  const bus = runsOnHyperV(processor) ? amlDevice('VMBS', amlString('_HID', 'VMBus'), none) : new Uint8Array(0);
  const root = amlDevice(
    'VMOD',
    amlString('_HID', 'ACPI0004'), // module device
    none,
    amlDevice('RTC0', amlInteger('_HID', eisaId('PNP0B00')), amlBuffer('_CRS', clock)),
    bus,
  );
  return new Uint8Array([...amlPackage('_S5_', [0, 0]), ...amlScope('_SB', root)]);
}

/** Leaves ACPI tables and memory map for the kernel. @param end of usable low RAM, where the tables begin */
export function writeUefiTables(processor: Processor, end: number): void {
  const hardware = { sciInterrupt: 9, smiCommand: 0, acpiEnable: 0, pmBase: PM_BASE };
  writeAcpiTables(processor, end, definitionBlock(processor), hardware);
  const high = processor.memory.size - end - ACPI_RESERVED;
  writeMemoryMap(processor, [
    { base: 0, length: 0xa_0000, type: 1 },
    { base: MEGABYTE, length: end - MEGABYTE, type: 1 },
    { base: end, length: ACPI_RESERVED, type: 3 },
    ...(high > 0 ? [{ base: 2 ** 32, length: high, type: 1 }] : []),
  ]);
}
