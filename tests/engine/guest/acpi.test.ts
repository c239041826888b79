import { describe, expect, it } from 'vitest';
import { amlDevice, amlInteger, amlScope, amlString, eisaId, eisaText } from '@engine/guest/acpi/aml';
import { readAcpiTables } from '@engine/guest/acpi/namespace';
import { decodeResources, encodeResources, resourceText, type Resource } from '@engine/guest/acpi/resources';
import { RSDP_ADDRESS, writeAcpiTables } from '@engine/guest/acpi/tables';
import type { Processor } from '@engine/hypervisor/processor';
import { PartitionRig } from '../hypervisor/rig';

const HARDWARE = { sciInterrupt: 9, smiCommand: 0xb2, acpiEnable: 0xe1, pmBase: 0x400 };
const BASE = 0x100_0000;

function withTables(aml: Uint8Array): { processor: Processor; rig: PartitionRig } {
  const rig = new PartitionRig();
  const processor = rig.vp();
  writeAcpiTables(processor, BASE, aml, HARDWARE);
  return { processor, rig };
}

describe('ACPI tables', () => {
  it('carry devices with ids and resources from firmware to system', () => {
    const inner = amlDevice('DEVB', amlString('_HID', 'VMBus'), amlString('_CID', 'OTHER'), amlInteger('_UID', 7));
    const filler = Array.from({ length: 60 }, (_, i) => amlDevice(`D${i}`, amlInteger('_HID', eisaId('PNP0501'))));
    const { processor } = withTables(
      amlScope('_SB', amlDevice('PCI0', amlInteger('_HID', eisaId('PNP0A03')), inner, ...filler)),
    );
    const tables = readAcpiTables(processor);
    expect(tables?.devices).toHaveLength(62);
    expect(tables?.devices[1]).toEqual({ path: '\\_SB.PCI0.DEVB', hid: 'VMBus', cid: 'OTHER', uid: 7, resources: [] });
    expect(tables).toMatchObject({ pmControl: 0x404, pmTimer: 0x408, sciInterrupt: 9 });
  });

  it('are not believed when a sum is wrong, a length absurd, or nothing is there', () => {
    const damage = (at: number, value: number): ReturnType<typeof readAcpiTables> => {
      const { processor, rig } = withTables(amlScope('_SB'));
      rig.memory.writeU8(at, value);
      return readAcpiTables(processor);
    };
    expect(damage(0x50_0000, 1)).not.toBeNull();
    expect(damage(RSDP_ADDRESS + 16, 1)).toBeNull();
    expect(damage(BASE + 30, 0xff)).toBeNull();
    expect(damage(BASE + 0x400 + 6, 0xff)).toBeNull();
    expect(damage(BASE + 0x1000 + 30, 0xff)).toBeNull();
    expect(readAcpiTables(new PartitionRig().vp())).toBeNull();
  });

  it('end where the byte code makes no sense', () => {
    for (const aml of [
      [0x10],
      [0x10, 0xff, 0xff, 0xff, 0xff],
      [0x5b, 0x82, 0x3f],
      [0x08, 0x5f],
      [0x99, 1, 2],
      [0x10, 0x00],
    ]) {
      const { processor } = withTables(Uint8Array.from(aml));
      expect(readAcpiTables(processor)?.devices).toEqual([]);
    }
  });

  it('compress ids both ways', () => {
    expect([eisaId('PNP0A03'), eisaText(0x030a_d041)]).toEqual([0x030a_d041, 'PNP0A03']);
    for (const id of ['PNP0303', 'PNP0F03', 'ABC1234']) expect(eisaText(eisaId(id))).toBe(id);
  });

  it('carry resources', () => {
    const resources: Resource[] = [
      { kind: 'io', start: 0x3f8, length: 8 },
      { kind: 'irq', start: 4, length: 1 },
      { kind: 'dma', start: 2, length: 1 },
    ];
    expect(decodeResources(encodeResources(resources))).toEqual(resources);
    expect(decodeResources(Uint8Array.of(0xff, 0xff))).toEqual([]);
    expect(resources.map(resourceText)).toEqual(['I/O 03F8 - 03FF', 'IRQ 4', 'DMA 2']);
    expect(resourceText({ kind: 'memory', start: 0xf800_0000, length: 0x400_0000 })).toBe('Memory F8000000 - FBFFFFFF');
  });
});
