import {
  device,
  eisaId,
  integer,
  irq,
  list,
  memoryRange,
  named,
  ports,
  resources,
  scope,
  text,
  wordRange,
} from './aml';

/** What the tables describe. Addresses are guest-physical. */
export interface Board {
  /** Where the tables are laid: reserved memory, 16-byte aligned, at least 8 KB. */
  readonly at: number;
  /** First address above RAM: memory windows for devices begin here or higher. */
  readonly endOfRam: number;
  /** The input of the interrupt controller that a PCI device's INTA leads to. */
  readonly pciInterrupt: number;
  /** First port of the PIIX4's power management block: events at 0, control at 4, timer at 8. */
  readonly power: number;
  /** The port that switches ACPI on and off, and what is written to it. */
  readonly command: { readonly port: number; readonly enable: number; readonly disable: number };
}

/** Bytes to be laid into guest memory, and where the search for the tables begins. */
export interface BoardTables {
  readonly at: number;
  readonly bytes: Buffer;
  readonly rootPointer: number;
}

const LOCAL_APIC = 0xfee0_0000;
const IO_APIC = 0xfec0_0000;
const SYSTEM_CONTROL_INTERRUPT = 9;
const FIRST_SLOT = 1; // device 0 is the host bridge
const SLOTS = 32;

/**
 * The board's description in ACPI's form (ACPI specification, chapter "ACPI Software Programming Model"): one processor,
 * one I/O APIC, PCI bus 0 whose interrupts all lead to one input, and below it the VMBus device.
 */
export function boardTables(board: Board): BoardTables {
  const bytes = Buffer.alloc(0x2000);
  let end = 0x40; // the root pointer comes first
  const lay = (table: Buffer): number => {
    const at = end;
    table.copy(bytes, at);
    end = (at + table.length + 63) & ~63;
    return board.at + at;
  };
  const firmware = lay(firmwareControl());
  const definition = lay(table('DSDT', 1, definitionBlock(board)));
  const pointers = [
    lay(table('FACP', 1, fixedDescription(board, firmware, definition))),
    lay(table('APIC', 1, interruptDescription())),
  ];
  const root = lay(table('RSDT', 1, words(...pointers)));
  rootPointer(root).copy(bytes, 0);
  return { at: board.at, bytes: bytes.subarray(0, end), rootPointer: board.at };
}

/** Bytes whose sum is zero in eight bits: how every table and pointer is protected. */
function checksum(bytes: Buffer, at: number): Buffer {
  bytes[at] = 0;
  bytes[at] = -bytes.reduce((sum, value) => sum + value, 0) & 0xff;
  return bytes;
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value >>> 0, i * 4));
  return bytes;
}

function table(signature: string, revision: number, body: Buffer): Buffer {
  const head = Buffer.alloc(36);
  head.write(signature, 0, 'latin1');
  head.writeUInt32LE(head.length + body.length, 4);
  head[8] = revision;
  head.write('PTNLAB', 10, 'latin1'); // OEM id
  head.write('REALGST ', 16, 'latin1'); // OEM table id
  head.writeUInt32LE(1, 24);
  head.write('PLAB', 28, 'latin1');
  head.writeUInt32LE(1, 32);
  return checksum(Buffer.concat([head, body]), 9);
}

function rootPointer(root: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.write('RSD PTR ', 0, 'latin1');
  bytes.write('PTNLAB', 9, 'latin1');
  bytes.writeUInt32LE(root, 16);
  return checksum(bytes, 8);
}

function firmwareControl(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.write('FACS', 0, 'latin1');
  bytes.writeUInt32LE(64, 4);
  return bytes;
}

/** FADT of ACPI 1.0. */
function fixedDescription(board: Board, firmware: number, definition: number): Buffer {
  const body = Buffer.alloc(116 - 36);
  const at = (offset: number): number => offset - 36;
  body.writeUInt32LE(firmware, at(36));
  body.writeUInt32LE(definition, at(40));
  body.writeUInt16LE(SYSTEM_CONTROL_INTERRUPT, at(46));
  body.writeUInt32LE(board.command.port, at(48));
  body.set([board.command.enable, board.command.disable], at(52));
  body.writeUInt32LE(board.power, at(56));
  body.writeUInt32LE(board.power + 4, at(64));
  body.writeUInt32LE(board.power + 8, at(76));
  body.set([4, 2, 0, 4], at(88)); // lengths of the event, control, second control and timer blocks
  body.writeUInt16LE(0xffff, at(96)); // no C2
  body.writeUInt16LE(0xffff, at(98)); // no C3
  body.writeUInt32LE(0x75, at(112)); // WBINVD, C1, no power or sleep button, RTC wake not in fixed registers, 24-bit timer
  return body;
}

/** MADT: a local APIC, an I/O APIC whose inputs are the ISA interrupts one to one, and PCI's on their own levels. */
function interruptDescription(): Buffer {
  const local = Buffer.from([0, 8, 0, 0, 1, 0, 0, 0]);
  const io = Buffer.concat([Buffer.from([1, 12, 0, 0]), words(IO_APIC, 0)]);
  const control = Buffer.from([2, 10, 0, SYSTEM_CONTROL_INTERRUPT, SYSTEM_CONTROL_INTERRUPT, 0, 0, 0, 0x0d, 0]);
  return Buffer.concat([words(LOCAL_APIC, 1), local, io, control]);
}

function definitionBlock(board: Board): Buffer {
  const softOff = named('_S5', list(integer(0), integer(0))); // PIIX4: sleep type 0
  return Buffer.concat([softOff, scope('\\_SB', pciRoot(board), serialPort())]);
}

function pciRoot(board: Board): Buffer {
  const routes = Array.from({ length: SLOTS - FIRST_SLOT }, (_, i) => {
    const address = (((FIRST_SLOT + i) << 16) | 0xffff) >>> 0;
    return list(integer(address), integer(0), integer(0), integer(board.pciInterrupt));
  });
  return device(
    'PCI0',
    named('_HID', eisaId('PNP0A03')),
    named('_UID', integer(0)),
    named(
      '_CRS',
      resources(
        wordRange('bus', 0, 0xff),
        ports(0xcf8, 8),
        wordRange('io', 0, 0xcf7),
        wordRange('io', 0xd00, 0xffff),
        memoryRange(board.endOfRam, IO_APIC - 1),
      ),
    ),
    named('_PRT', list(...routes)),
    vmbusDevice(),
  );
}

function serialPort(): Buffer {
  return device(
    'COM1',
    named('_HID', eisaId('PNP0501')),
    named('_UID', integer(1)),
    named('_CRS', resources(ports(0x3f8, 8), irq(4))),
  );
}

/** The device whose name the bus driver looks for. It lies below the PCI bus, as on a Generation 1 machine. */
function vmbusDevice(): Buffer {
  return device(
    'VMBS',
    named('_HID', text('VMBus')),
    named('_UID', integer(0)),
    named('_STA', integer(0x0f)),
    named('_CRS', resources()),
  );
}
