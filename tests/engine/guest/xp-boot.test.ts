import { describe, expect, it } from 'vitest';
import type { PciFunction } from '@engine/bus/pci';
import { TraceKind } from '@engine/trace/kinds';
import { Board, type BoardOptions, installedDisk, MAC, TestPort } from './board';

function booted(options: BoardOptions = {}, system = 'winxp-sp2'): Board {
  const board = new Board({ disk: installedDisk(system), ...options });
  board.powerOn();
  expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
  return board;
}

describe('a model Windows XP', () => {
  it('has no network with a synthetic adapter, and an unknown device where VMBus is', () => {
    const board = booted({ synthetic: MAC });
    expect(board.desktop()).toMatchObject({
      osName: 'Microsoft Windows XP Professional',
      computerName: 'XP-LAB',
      theme: 'xp',
    });
    expect(board.devices('Network adapters')).toEqual([]);
    expect(board.desktop().connections).toEqual([]);
    expect(board.devices('Other devices').map(({ name, hardwareId, code }) => [name, hardwareId, code])).toEqual([
      ['Unknown device', 'ACPI\\VMBus', 28],
      ['Video Controller (VGA Compatible)', 'PCI\\VEN_1414&DEV_5353&SUBSYS_00000000&REV_00', 28],
    ]);
    expect(board.trace.count(TraceKind.Hypercall)).toBe(0);
    expect(board.trace.count(TraceKind.RingWrite)).toBe(0);
  });

  it('has a second unknown device on hosts with a generation counter', () => {
    const board = booted({ generationCounter: true });
    expect(board.devices('Other devices').map(({ hardwareId }) => hardwareId)).toContain(
      'ACPI\\Hyper_V_Gen_Counter_V1',
    );
  });

  it('binds the legacy adapter, with what it read from its ROM and its configuration space', () => {
    const board = booted({ mac: MAC });
    expect(board.devices('Network adapters')).toEqual([
      {
        hardwareId: 'PCI\\VEN_1011&DEV_0009&SUBSYS_21140A00&REV_20',
        instance: 'PCI\\VEN_1011&DEV_0009&SUBSYS_21140A00&REV_20\\3&267A616A&0&50',
        name: 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)',
        category: 'Network adapters',
        driver: 'dc21x4',
        code: 0,
        location: 'PCI bus 0, device 10, function 0',
        resources: ['I/O EC00 - EC7F', 'Memory FEBF0000 - FEBF007F', 'IRQ 11'],
      },
    ]);
    expect(board.desktop().connections).toMatchObject([
      { name: 'Local Area Connection', macAddress: '00-15-5D-01-02-03', linkUp: true, speedMbps: 100 },
    ]);
  });

  it('shows the board that it found', () => {
    const names = booted()
      .desktop()
      .devices.map(({ category, name, driver }) => `${category}: ${name} (${driver})`);
    expect(names).toEqual([
      'Computer: ACPI Uniprocessor PC (hal)',
      'DVD/CD-ROM drives: Msft Virtual CD/ROM (cdrom)',
      'Disk drives: Virtual HD (disk)',
      'IDE ATA/ATAPI controllers: Intel(R) 82371AB/EB PCI Bus Master IDE Controller (intelide)',
      'IDE ATA/ATAPI controllers: Primary IDE Channel (atapi)',
      'IDE ATA/ATAPI controllers: Secondary IDE Channel (atapi)',
      'Keyboards: Standard 101/102-Key or Microsoft Natural PS/2 Keyboard (i8042prt)',
      'Mice and other pointing devices: Microsoft PS/2 Mouse (mouclass)',
      'Other devices: Unknown device (null)',
      'Other devices: Video Controller (VGA Compatible) (null)',
      'System devices: Intel 82371AB/EB PCI to ISA bridge (ISA mode) (isapnp)',
      'System devices: Intel 82371AB/EB Power Management Controller (pci)',
      'System devices: Intel 82443BX Pentium(R) II Processor to PCI Bridge (pci)',
      'System devices: PCI bus (pci)',
      'System devices: Programmable interrupt controller (swenum)',
      'System devices: System CMOS/real time clock (swenum)',
      'System devices: System timer (swenum)',
    ]);
  });

  it('takes its clock from the real-time clock', () => {
    expect(booted().desktop().clock).toBe('14:30');
  });

  it('reads its disk by bus master and interrupts once its own driver runs', () => {
    const board = booted();
    expect(board.trace.countBelow(TraceKind.DmaWrite, 'vm-1/ide')).toBeGreaterThan(5);
    expect(JSON.stringify(board.guest.inspect())).toMatch(/"irqCounts":\[(0,){14}[1-9]/);
  });
});

describe('what is on the disk decides', () => {
  it('a damaged driver gives code 39', () => {
    const disk = installedDisk('winxp-sp2');
    const at = findText(disk, 'PLMODULE', 'dc21x4');
    const sector = disk.read(at + 1, 1);
    sector[100] = (sector[100] ?? 0) ^ 0xff;
    disk.write(at + 1, sector);
    const board = booted({ disk, mac: MAC });
    expect(board.devices('Network adapters')).toMatchObject([{ code: 39, driver: 'dc21x4' }]);
    expect(board.desktop().connections).toEqual([]);
  });

  it('a second adapter of another place is a second connection', () => {
    const disk = installedDisk('winxp-sp2');
    booted({ disk, mac: MAC }).run(2);
    const board = new Board({ disk, mac: MAC, nicSlot: 0x0b });
    board.powerOn();
    board.until(() => board.guest.screen()?.kind === 'desktop');
    expect(board.desktop().connections.map(({ name }) => name)).toEqual(['Local Area Connection 2']);
  });
});

/** First sector that begins with `text` and names `name` behind it. */
function findText(
  disk: { sectorCount: number; read(lba: number, count: number): Uint8Array },
  text: string,
  name: string,
): number {
  for (let lba = 0; lba < disk.sectorCount; lba++) {
    const start = String.fromCharCode(...disk.read(lba, 1).subarray(0, 64));
    if (start.startsWith(text) && start.includes(`${name}\0`)) return lba;
  }
  throw new Error(`${name} is not on the disk`);
}

describe('unplugging a mechanism', () => {
  /** A card whose configuration space answers all ones: the slot looks empty. */
  const silent = (card: PciFunction): void => {
    card.configRead = () => 0xffff_ffff;
  };

  it('a 21140 that answers all ones is gone from POST list and Device Manager', () => {
    const board = new Board({ disk: installedDisk('winxp-sp2'), mac: MAC, port: new TestPort() });
    if (board.nic) silent(board.nic);
    board.powerOn();
    board.run(2);
    expect(board.screen()).not.toContain('1011');
    expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
    expect(board.devices('Network adapters')).toEqual([]);
    expect(board.devices('Other devices')).toHaveLength(2);
  });

  it('without a hypervisor signature there is no VMBus device', () => {
    const board = new Board({ disk: installedDisk('winxp-sp2') });
    const [processor] = board.partition.processors;
    if (processor) processor.cpuid = () => ({ eax: 0, ebx: 0, ecx: 0, edx: 0 });
    board.powerOn();
    board.until(() => board.guest.screen()?.kind === 'desktop');
    expect(board.devices('Other devices').map(({ name }) => name)).toEqual(['Video Controller (VGA Compatible)']);
  });
});
