import type { Processor } from '../../hypervisor/processor';
import { readMemoryMap, type AcpiTables } from '../acpi/namespace';
import { runsOnHyperV } from '../hardware/hypervisor';
import type { OsProfile } from '../os/profile';
import type { FoundDevice } from './device';

/** Lines that a Linux kernel logs about the machine, in its own formats: arch/x86, drivers/acpi, drivers/pci. */

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const MAP_TYPES: Readonly<Record<number, string>> = { 1: 'usable', 2: 'reserved', 3: 'ACPI data', 4: 'ACPI NVS' };

function memoryLines(processor: Processor, profile: OsProfile): string[] {
  const map = readMemoryMap(processor);
  if (profile.linux?.isModern !== true) {
    const range = (base: number, length: number): string => `${hex(base, 16)} - ${hex(base + length, 16)}`;
    return [
      'BIOS-provided physical RAM map:',
      ...map.map(({ base, length, type }) => ` BIOS-e820: ${range(base, length)} (${MAP_TYPES[type] ?? 'type'})`),
    ];
  }
  const range = (base: number, length: number): string => `[mem 0x${hex(base, 16)}-0x${hex(base + length - 1, 16)}]`;
  return [
    'BIOS-provided physical RAM map:',
    ...map.map(({ base, length, type }) => `BIOS-e820: ${range(base, length)} ${MAP_TYPES[type] ?? 'type'}`),
  ];
}

/** What the processor says about a hypervisor; nothing in a kernel that does not ask. */
function hypervisorLines(processor: Processor, profile: OsProfile): string[] {
  if (!profile.enlightened || !runsOnHyperV(processor)) return [];
  const masks = processor.cpuid(0x4000_0003);
  const hints = processor.cpuid(0x4000_0004).eax;
  const build = processor.cpuid(0x4000_0002);
  const version = `${build.eax}-${build.ebx >>> 16}.${build.ebx & 0xffff}-${build.ecx}-${build.edx >>> 24}.${build.edx & 0xff_ffff}`;
  return [
    'Hypervisor detected: Microsoft Hyper-V',
    `Hyper-V: privilege flags low 0x${hex(masks.eax, 1)}, high 0x${hex(masks.ebx, 1)}, hints 0x${hex(hints, 1)}, misc 0x${hex(masks.edx, 1)}`,
    `Hyper-V: Host Build ${version}`,
  ];
}

/** The first lines of a boot, up to the buses. */
export function bootLines(processor: Processor, profile: OsProfile, tables: AcpiTables | null): string[] {
  const release = `Linux version ${profile.versionText} ${profile.buildText}`;
  const root = profile.linux?.rootDevice ?? '';
  const acpi = tables
    ? ['ACPI: RSDP, RSDT, FACP and DSDT (VRTUAL MICROSFT)', 'ACPI: Interpreter enabled']
    : ['ACPI: no tables found'];
  const hasPci = tables?.devices.some(({ hid }) => hid === 'PNP0A03') ?? true;
  const pci = ['PCI: Using configuration type 1 for base access', 'PCI: Probing PCI hardware (bus 00)'];
  return [
    release,
    ...memoryLines(processor, profile),
    ...hypervisorLines(processor, profile),
    `Kernel command line: root=${root} ro`,
    ...acpi,
    ...(hasPci ? pci : ['PCI: System does not support PCI']),
  ];
}

/** What drivers/pci/probe.c says of a function. */
export function pciLine(found: FoundDevice): string {
  const [, vendor = '', device = ''] = /^pci:v0{4}(\w{4})d0{4}(\w{4})/.exec(found.ids[0] ?? '') ?? [];
  const ids = `[${vendor.toLowerCase()}:${device.toLowerCase()}]`;
  return `pci 0000:${found.location}: ${ids} type 00 class 0x${hex(found.classCode ?? 0, 6)}`;
}

/** How the console prints a line: newer kernels put the time before it. */
export function stamped(text: string, at: number, profile: OsProfile): string {
  if (profile.linux?.isModern !== true) return text;
  const seconds = Math.floor(at / 1_000_000_000);
  const micro = Math.floor((at % 1_000_000_000) / 1000);
  return `[${String(seconds).padStart(5)}.${String(micro).padStart(6, '0')}] ${text}`;
}
