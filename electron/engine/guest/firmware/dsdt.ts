import type { Processor } from '../../hypervisor/processor';
import { amlBuffer, amlDevice, amlInteger, amlPackage, amlScope, amlString, eisaId } from '../acpi/aml';
import { encodeResources, type Resource } from '../acpi/resources';
import { runsOnHyperV } from '../hardware/hypervisor';
import { readCmos } from './board';

/** A device that the firmware describes although no bus enumerates it. */
interface FixedDevice {
  readonly name: string;
  /** Compressed (`PNP0303`) or plain (`VMBus`) id. */
  readonly hid: string;
  /** Compatible id. */
  readonly cid?: string;
  readonly uid?: number;
  readonly resources: readonly Resource[];
}

const io = (start: number, length: number): Resource => ({ kind: 'io', start, length });
const irq = (start: number): Resource => ({ kind: 'irq', start, length: 1 });
const dma = (start: number): Resource => ({ kind: 'dma', start, length: 1 });

/** True when `port` is not left floating: something on the board decodes it. */
function answers(processor: Processor, port: number): boolean {
  return processor.portRead(port, 1) !== 0xff;
}

/** A 16550 keeps what is written into its scratch register. */
function isUart(processor: Processor, base: number): boolean {
  processor.portWrite(base + 7, 1, 0x5a);
  return processor.portRead(base + 7, 1) === 0x5a;
}

/** A page register that no channel uses keeps what is written into it. */
function hasDma(processor: Processor): boolean {
  processor.portWrite(0x84, 1, 0x5a);
  return processor.portRead(0x84, 1) === 0x5a;
}

function boardDevices(processor: Processor): FixedDevice[] {
  const hasController = answers(processor, 0x64);
  const found: (FixedDevice | false)[] = [
    { name: 'PIC', hid: 'PNP0000', resources: [io(0x20, 2), io(0xa0, 2), irq(2)] },
    { name: 'TMR', hid: 'PNP0100', resources: [io(0x40, 4), irq(0)] },
    hasDma(processor) && {
      name: 'DMAC',
      hid: 'PNP0200',
      resources: [io(0x00, 16), io(0x80, 16), io(0xc0, 32), dma(4)],
    },
    { name: 'RTC0', hid: 'PNP0B00', resources: [io(0x70, 2), irq(8)] },
    hasController && { name: 'PS2K', hid: 'PNP0303', resources: [io(0x60, 1), io(0x64, 1), irq(1)] },
    hasController && { name: 'PS2M', hid: 'PNP0F03', resources: [irq(12)] },
    isUart(processor, 0x3f8) && { name: 'UAR1', hid: 'PNP0501', uid: 1, resources: [io(0x3f8, 8), irq(4)] },
    isUart(processor, 0x2f8) && { name: 'UAR2', hid: 'PNP0501', uid: 2, resources: [io(0x2f8, 8), irq(3)] },
    answers(processor, 0x3f4) &&
      readCmos(processor, 0x10) !== 0 && {
        name: 'FDC0',
        hid: 'PNP0700',
        resources: [io(0x3f0, 6), io(0x3f7, 1), irq(6), dma(2)],
      },
  ];
  return found.filter((device) => device !== false);
}

function describe({ name, hid, cid, uid, resources }: FixedDevice): Uint8Array {
  const isCompressed = /^[A-Z]{3}[0-9A-F]{4}$/.test(hid);
  const id = isCompressed ? amlInteger('_HID', eisaId(hid)) : amlString('_HID', hid);
  const number = uid === undefined ? [] : [amlInteger('_UID', uid)];
  const compatible = cid === undefined ? [] : [amlString('_CID', cid)];
  return amlDevice(name, id, ...compatible, ...number, amlBuffer('_CRS', encodeResources(resources)));
}

/**
 * The definition block of the board: what the firmware found by probing registers, and the devices that exist only because
 * the machine runs on Hyper-V: the root of VMBus and, when the worker offers one, the generation counter.
 */
export function buildDsdt(processor: Processor, hasGenerationCounter: boolean): Uint8Array {
  const bus: FixedDevice[] = runsOnHyperV(processor) ? [{ name: 'VMBS', hid: 'VMBus', resources: [] }] : [];
  const generation = { name: 'GENC', hid: 'Hyper_V_Gen_Counter_V1', cid: 'VM_Gen_Counter', resources: [] };
  const counter: FixedDevice[] = hasGenerationCounter ? [generation] : [];
  const root = amlDevice(
    'PCI0',
    amlInteger('_HID', eisaId('PNP0A03')),
    amlBuffer('_CRS', encodeResources([io(0xcf8, 8)])),
    ...boardDevices(processor).map(describe),
    ...bus.map(describe),
    ...counter.map(describe),
  );
  const soft = amlPackage('_S5_', [0, 0]); // PIIX4: sleep type 0 is soft-off
  return new Uint8Array([...soft, ...amlScope('_SB', root)]);
}
