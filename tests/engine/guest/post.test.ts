import { describe, expect, it } from 'vitest';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { readAcpiTables, readMemoryMap } from '@engine/guest/acpi/namespace';
import { buildMbr } from '@engine/guest/disk/mbr';
import { Board, installedDisk, MAC, TestPort } from './board';
import { disc, trainingDisc } from './iso';

function started(options: ConstructorParameters<typeof Board>[0] = {}): Board {
  const board = new Board(options);
  board.powerOn();
  return board;
}

describe('POST of a Generation 1 machine', () => {
  it('lists memory, drives and PCI functions on the text screen', () => {
    const board = started({ memoryMB: 384, disk: installedDisk('winxp-sp2'), mac: MAC });
    board.run(2);
    const lines = board.screen().split('\n');
    expect(lines[4]).toBe('Memory     : 384 MB OK');
    expect(lines.slice(6, 10)).toEqual([
      'Primary Master   : Virtual HD  32 MB',
      'Primary Slave    : Not Detected',
      'Secondary Master : Virtual CD',
      'Secondary Slave  : Not Detected',
    ]);
    expect(lines.slice(13, 20)).toEqual([
      '  0  00   0   8086   7192 0000 0000  0600 Host Bridge           NA',
      '  0  07   0   8086   7110 0000 0000  0601 ISA Bridge            NA',
      '  0  07   1   8086   7111 0000 0000  0101 IDE Controller        NA',
      '  0  07   3   8086   7113 0000 0000  0680 Bridge Device         NA',
      '  0  08   0   1414   5353 0000 0000  0300 Display Controller    11',
      '  0  0A   0   1011   0009 0A00 2114  0200 Ethernet Controller   11',
      '',
    ]);
  });

  it('gives the adapters addresses and one interrupt, which the router leads there', () => {
    const board = started({ mac: MAC });
    board.run(2);
    expect(board.ports.ranges()).toContainEqual({ owner: 'vm-1/legacy/0', base: 0xec00, length: 0x80 });
    expect(board.mmio.find(0xf800_0000)).not.toBeNull();
    expect(board.nic?.configRead(0x3c)).toBe(0x2814_010b);
  });

  it('leaves ACPI tables and a memory map for the system, below a closed shadow', () => {
    const board = started();
    board.shows('Boot failure');
    const [processor] = board.partition.processors;
    if (!processor) throw new Error('no processor');
    const tables = readAcpiTables(processor);
    expect(tables?.devices.map(({ path, hid }) => `${path} ${hid}`)).toEqual([
      '\\_SB.PCI0 PNP0A03',
      '\\_SB.PCI0.PIC PNP0000',
      '\\_SB.PCI0.TMR PNP0100',
      '\\_SB.PCI0.RTC0 PNP0B00',
      '\\_SB.PCI0.PS2K PNP0303',
      '\\_SB.PCI0.PS2M PNP0F03',
      '\\_SB.PCI0.VMBS VMBus',
    ]);
    expect(tables).toMatchObject({ pmControl: 0x404, pmTimer: 0x408, softOff: 0, sciInterrupt: 9 });
    expect(readMemoryMap(processor)).toContainEqual({ base: 0xfff_0000, length: 0x1_0000, type: 3 });
    processor.memoryWrite(0xf5c00, 1, 0x58);
    expect(processor.memoryRead(0xf5c00, 1)).toBe('R'.charCodeAt(0));
  });

  it('describes the generation counter only where the worker has one', () => {
    const hids = (generationCounter: boolean): string[] => {
      const board = started({ generationCounter });
      board.shows('Boot failure');
      const [processor] = board.partition.processors;
      return processor ? (readAcpiTables(processor)?.devices.map(({ hid }) => hid) ?? []) : [];
    };
    expect(hids(true)).toContain('Hyper_V_Gen_Counter_V1');
    expect(hids(false)).not.toContain('Hyper_V_Gen_Counter_V1');
  });

  it('lights Num Lock as the worker says', () => {
    const board = started();
    board.run(2);
    expect(JSON.stringify(board.units.inspect())).toContain('"numLock":true');
  });
});

describe('the boot order', () => {
  it('ends with a message when nothing boots, tells the worker, and starts over at a key', () => {
    const board = started({ disk: new MemoryBlockStore({ sectorCount: 20_000 }) });
    expect(board.shows('Boot failure. Reboot and Select proper Boot device')).toBe(true);
    expect(board.screen()).toContain('or Insert Boot Media in selected Boot device');
    expect(board.events).toEqual(['bootAttempt', 'bootFailure']);
    board.run(5);
    expect([board.guest.idle, board.events.length]).toEqual([true, 2]);
    board.press(0x1c, true);
    board.run(5);
    expect(board.events).toEqual(['bootAttempt', 'bootFailure', 'bootFailure']);
  });

  it('starts a medium without asking when the disk would not boot', () => {
    const board = started({ disk: new MemoryBlockStore({ sectorCount: 65_536 }), disc: trainingDisc('winxp-sp2') });
    expect(board.shows('Windows XP Professional Setup', 10)).toBe(true);
  });

  it('asks for a key when the disk would boot, and boots the disk when none comes', () => {
    const board = started({ disk: installedDisk('winxp-sp2'), disc: trainingDisc('winxp-sp2') });
    expect(board.shows('Press any key to boot from CD', 10)).toBe(true);
    expect(board.until(() => board.guest.screen()?.kind === 'splash', 15)).toBe(true);
  });

  it('starts the medium when the key comes', () => {
    const board = started({ disk: installedDisk('winxp-sp2'), disc: trainingDisc('winxp-sp2') });
    board.shows('Press any key to boot from CD', 10);
    board.press(0x39, true);
    expect(board.shows('Windows XP Professional Setup', 10)).toBe(true);
  });

  it('leaves the disc alone when the disk comes first', () => {
    const board = started({
      disk: installedDisk('winxp-sp2'),
      disc: trainingDisc('winxp-sp2'),
      bootOrder: [2, 1, 3, 0],
    });
    expect(board.until(() => board.guest.screen()?.kind === 'splash', 6)).toBe(true);
  });

  it('skips the network when there is no card, and says what a card without a cable says', () => {
    const port = new TestPort();
    port.linkUp = false;
    const without = started({ bootOrder: [3, 1, 2, 0] });
    const unplugged = started({ bootOrder: [3, 1, 2, 0], mac: MAC, port });
    expect(without.shows('Boot failure')).toBe(true);
    expect(unplugged.shows('Boot failure')).toBe(true);
    expect(without.screen()).not.toContain('PXE');
    expect(unplugged.screen()).toContain('CLIENT MAC ADDR: 00 15 5D 01 02 03  GUID: ABABABABABABABABABABABABABABABAB');
    expect(unplugged.screen()).toContain('PXE-E61: Media test failure, check cable\nPXE-M0F: Exiting PXE ROM.');
  });

  it('looks for a DHCP server through the card, and gives up after a minute', () => {
    const port = new TestPort();
    const board = started({ bootOrder: [3, 1, 2, 0], mac: MAC, port });
    expect(board.shows('PXE-E51: No DHCP or proxyDHCP offers were received.', 30)).toBe(false);
    expect(board.shows('PXE-E51: No DHCP or proxyDHCP offers were received.', 60)).toBe(true);
    expect(port.sent).toHaveLength(4);
    expect([...(port.sent[0] ?? [])].slice(0, 12)).toEqual([255, 255, 255, 255, 255, 255, ...MAC]);
  });

  it('fetches the boot program of the office network, which hands back to the firmware, and leaves the lease to others', () => {
    const board = started({ bootOrder: [3, 2, 1, 0], mac: MAC, lan: true, disk: installedDisk('winxp-sp2') });
    expect(board.shows('PXE-M0F: Exiting PXE ROM.', 20)).toBe(true);
    expect(board.screen()).toContain(
      'CLIENT IP: 192.168.1.100  MASK: 255.255.255.0  DHCP IP: 192.168.1.1\nGATEWAY IP: 192.168.1.1\nTFTP.\nserver1.lab.example has no system to install.',
    );
    expect(board.until(() => board.guest.screen()?.kind === 'desktop')).toBe(true);
    board.run(5);
    expect(board.desktop().connections).toMatchObject([{ dhcp: 'bound', address: '192.168.1.100' }]);
  });

  it('says that it cannot run machine code of other media', () => {
    const image = new Uint8Array(2048).fill(0x90);
    image.set([0x55, 0xaa], 510);
    const foreign = disc({ volumeId: 'OTHER', files: [], bootImage: image, timeMs: 0 });
    const board = started({ disc: foreign });
    expect(board.shows('This disc holds machine code. A model processor cannot run it.', 10)).toBe(true);
    expect(board.shows('Boot failure', 10)).toBe(true);
  });
});

describe('a disk that does not boot', () => {
  const bootsWith = (change: (disk: MemoryBlockStore) => void): Board => {
    const disk = installedDisk('winxp-sp2');
    change(disk);
    const board = started({ disk });
    board.run(10);
    return board;
  };

  it.each([
    ['no active partition', (mbr: Uint8Array) => mbr.set([0], 446), 'Missing operating system'],
    ['two active partitions', (mbr: Uint8Array) => mbr.set([0x80, 0, 0, 0, 7], 462), 'Invalid partition table'],
    [
      'a partition behind the end',
      (mbr: Uint8Array) => mbr.set([0xff, 0xff, 0xff, 0x7f], 454),
      'Missing operating system',
    ],
  ])('%s', (_name, change, text) => {
    const board = bootsWith((disk) => {
      const mbr = disk.read(0, 1);
      change(mbr);
      disk.write(0, mbr);
    });
    expect(board.screen().split('\n')[0]).toBe(text);
  });

  it('a partition without a boot sector', () => {
    const board = bootsWith((disk) => disk.write(63, new Uint8Array(512)));
    expect(board.screen()).toContain('Missing operating system');
  });

  it('a boot sector of another system', () => {
    const board = bootsWith((disk) => disk.write(63, buildMbr(1, 1)));
    expect(board.screen()).toContain('This disk holds machine code. A model processor cannot run it.');
  });

  it('a volume without its loader', () => {
    const board = bootsWith((disk) => disk.write(63 + 8, new Uint8Array(512)));
    expect(board.screen()).toContain('NTLDR is missing\nPress Ctrl+Alt+Del to restart');
  });

  it('too little memory for the system', () => {
    const board = started({ disk: installedDisk('winxp-sp2'), memoryMB: 32 });
    expect(
      board.shows('There is not enough memory to start Microsoft Windows XP Professional.\nIt needs 64 MB.', 10),
    ).toBe(true);
  });
});
