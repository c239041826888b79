import { describe, expect, it } from 'vitest';
import { Board, type BoardOptions, installedDisk, MAC } from './board';

function booted(system: string, options: BoardOptions = {}): Board {
  const board = new Board({ disk: installedDisk(system), memoryMB: 512, ...options });
  board.powerOn();
  expect(board.shows('GNU GRUB', 10)).toBe(true);
  expect(board.shows('automatic login')).toBe(true);
  return board;
}

/** What a command prints on a cleared screen. */
function output(board: Board, command: string): string {
  board.type('clear\n');
  board.type(`${command}\n`);
  return board.screen();
}

/** The kernel's log, which is longer than a screen. */
function logOf(board: Board): string {
  const { kernel } = board.guest.save();
  return (kernel?.log ?? []).map(({ at, text }) => `[${(at / 1e9).toFixed(6)}] ${text}`).join('\n');
}

describe('a model Debian 4', () => {
  it('boots on its text console with the drivers of its time', () => {
    const board = booted('debian4', { mac: MAC, synthetic: MAC });
    expect(board.screen().trimEnd().split('\n').slice(-5)).toEqual([
      'Debian GNU/Linux 4.0 debian4 tty1',
      '',
      'debian4 login: root (automatic login)',
      '',
      'debian4:~#',
    ]);
    const log = output(board, 'dmesg');
    expect(log).toContain('Linux version 2.6.18-6-686 #1 SMP Sun Feb 10 22:11:31 UTC 2008');
    expect(log).toContain(' BIOS-e820: 0000000000100000 - 000000001fff0000 (usable)');
    expect(log).toContain('hda: Virtual HD, ATA DISK drive\nide0 at 0x1f0-0x1f7,0x3f6 on irq 14');
    expect(log).toContain('hdc: Virtual CD, ATAPI CD/DVD-ROM drive');
    expect(log).toContain('Linux Tulip driver version 1.1.13 (May 11, 2002)');
    expect(log).not.toMatch(/Hyper-V|hv_/);
  });

  it('has nothing for VMBus', () => {
    const board = booted('debian4', { synthetic: MAC });
    expect(output(board, 'lsblk')).toContain('lsblk: command not found');
    expect(output(board, 'ip link')).not.toContain('eth0');
    expect(output(board, 'lsmod')).not.toContain('hv_');
  });
});

describe('a model Debian 12', () => {
  it('knows the hypervisor and binds the synthetic adapter', () => {
    const board = booted('debian12', { synthetic: MAC });
    const log = logOf(board);
    expect(log).toMatch(/\[\d+\.\d{6}\] Hyper-V: Host Build 20348-10\.0-0-0\.\d+/);
    expect(log).toMatch(/hv_vmbus: Vmbus version:5\.3/);
    expect(log).toMatch(/pci 0000:00:07\.1: \[8086:7111\] type 00 class 0x010180/);
    expect(log).toContain('ata_piix 0000:00:07.1: Hyper-V Virtual Machine detected, ATA device ignore set');
    expect(log).toMatch(/scsi 2:0:0:0: Direct-Access +Msft +Virtual Disk +1\.0 +PQ: 0 ANSI: 5/);
    expect(log).toMatch(/sd 2:0:0:0: \[sda\] 65536 512-byte logical blocks: \(0\.0336 GB\/0\.0313 GiB\)/);
    expect(output(board, 'lsvmbus')).toContain('Synthetic IDE Controller');
    expect(output(board, 'lsvmbus')).toContain('Synthetic network adapter');
    expect(output(board, 'lsmod')).toMatch(/hv_netvsc +\d+ {2}1\n/);
    expect(output(board, 'cat /proc/interrupts')).toMatch(/HYP: +[1-9]\d* {3}Hypervisor callback interrupts/);
  });

  it('has its IDE disk behind the accelerator, with partitions and a place for /', () => {
    const board = booted('debian12');
    expect(output(board, 'lsblk').trimEnd().split('\n').slice(1, -1)).toEqual([
      'NAME   MAJ:MIN RM   SIZE RO TYPE MOUNTPOINTS',
      'sda      8:0    0    32M  0 disk',
      '`-sda1   8:1    0    31M  0 part /',
      'sr0     11:0    1  1024M  0 rom',
    ]);
  });

  it('falls back to an older protocol on an older host', () => {
    const board = booted('debian12', { synthetic: MAC, host: 'ws2012r2' });
    expect(output(board, 'dmesg')).toMatch(/hv_vmbus: Vmbus version:3\.0/);
  });

  it('drives the legacy adapter as well', () => {
    const board = booted('debian12', { mac: MAC });
    expect(output(board, 'lspci -k')).toMatch(/DECchip 21140[^]*Kernel driver in use: tulip/);
  });
});
