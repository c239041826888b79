import { beforeAll, describe, expect, it } from 'vitest';
import { Board, installedDisk, MAC } from './board';

/** What the command prompt shows after `text` was typed. */
function windows(board: Board, text: string): string[] {
  const before = board.desktop().shell.lines.length;
  board.type(`${text}\n`);
  return board.desktop().shell.lines.slice(before);
}

describe('the command prompt of Windows', () => {
  let board: Board;
  beforeAll(() => {
    board = new Board({ disk: installedDisk('winxp-sp2'), mac: MAC });
    board.powerOn();
    board.until(() => board.guest.screen()?.kind === 'desktop');
  });

  it('greets, and shows what is typed behind its prompt', () => {
    expect(board.desktop().shell.lines.slice(0, 2)).toEqual([
      'Microsoft Windows XP [Version 5.1.2600]',
      '(C) Copyright 1985-2001 Microsoft Corp.',
    ]);
    board.type('Abc_d');
    expect(board.desktop().shell.input).toBe('C:\\Documents and Settings\\Administrator>Abc_d');
    board.type('\b\b\b\b\b\b\b');
    expect(board.desktop().shell.input).toBe('C:\\Documents and Settings\\Administrator>');
  });

  it.each([
    ['ver', ['', 'Microsoft Windows XP [Version 5.1.2600]']],
    ['HOSTNAME', ['xp-lab']],
    ['echo one  two', ['one two']],
    ['time /t', ['The current time is: 14:30']],
    [
      'frobnicate',
      ["'frobnicate' is not recognized as an internal or external command,", 'operable program or batch file.'],
    ],
    [
      'toString',
      ["'toString' is not recognized as an internal or external command,", 'operable program or batch file.'],
    ],
    ['shutdown', ['Usage: shutdown [/s | /r] [/t seconds]']],
    ['ping', ['', 'Usage: ping [-t] [-n count] [-l size] target_name', '']],
    ['ipconfig /nonsense', ['Error: unrecognized or incomplete command line.']],
  ])('%s', (command, lines) => {
    expect(windows(board, command)).toEqual([`C:\\Documents and Settings\\Administrator>${command}`, ...lines, '']);
  });

  it('lists the loaded drivers and the computer', () => {
    expect(windows(board, 'driverquery').join('\n')).toMatch(
      /dc21x4 {7}Intel 21140-Based PCI Fast Ethernet Adapter \( Kernel/,
    );
    const info = windows(board, 'systeminfo').join('\n');
    expect(info).toContain('OS Name:                   Microsoft Windows XP Professional');
    expect(info).toContain('Total Physical Memory:     256 MB');
    expect(info).toContain('Network Card(s):           1 NIC(s) Installed.');
  });

  it('recalls earlier commands by the arrow keys', () => {
    windows(board, 'echo first');
    windows(board, 'echo second');
    for (const code of [0x48, 0x48, 0x50]) board.press(code, true, true);
    board.run(0.1);
    expect(board.desktop().shell.input).toMatch(/echo second$/);
    board.press(0x01, true);
    board.run(0.1);
    expect(board.desktop().shell.input).toMatch(/>$/);
  });

  it('is interrupted by Ctrl+C', () => {
    windows(board, 'ping -t 10.9.9.9');
    expect(board.desktop().shell).toMatchObject({ busy: true, input: '' });
    board.press(0x1d, true);
    board.press(0x2e, true);
    board.press(0x1d, false);
    board.run(0.1);
    expect(board.desktop().shell.busy).toBe(false);
    expect(board.desktop().shell.lines.join('\n')).toMatch(/Packets: Sent = \d+, Received = 0[^]*\^C/);
  });

  it('clears its window', () => {
    windows(board, 'cls');
    expect(board.desktop().shell.lines.filter((line) => line !== '')).toEqual([]);
  });

  it('shows an unconfigured network as one', () => {
    const lines = windows(board, 'ipconfig');
    expect(lines).toContain('Windows IP Configuration');
    expect(lines).toContain('Ethernet adapter Local Area Connection:');
    expect(lines).toContain('        IP Address. . . . . . . . . . . . : 0.0.0.0');
  });

  it('restarts and switches off', () => {
    board.type('shutdown /r\n');
    expect(board.guest.screen()).toMatchObject({ kind: 'splash', caption: 'Shutting down...' });
    board.run(3);
    expect([board.resets, board.powerOffs]).toEqual([1, 0]);
    board.restart();
    board.until(() => board.guest.screen()?.kind === 'desktop');
    board.type('shutdown -s -t 5\n');
    expect([board.powerOffs, board.desktop().shell.busy]).toEqual([0, true]);
    board.run(8);
    expect(board.powerOffs).toBe(1);
  });
});

describe('bash of Debian', () => {
  let board: Board;
  const bash = (text: string): string[] => {
    board.type('clear\n');
    board.type(`${text}\n`);
    return board
      .screen()
      .split('\n')
      .filter((line) => line !== '');
  };
  beforeAll(() => {
    board = new Board({ disk: installedDisk('debian4'), mac: MAC });
    board.powerOn();
    board.shows('automatic login');
  });

  it.each([
    ['uname -a', 'Linux debian4 2.6.18-6-686 #1 SMP Sun Feb 10 22:11:31 UTC 2008 i686 GNU/Linux'],
    ['uname -r', '2.6.18-6-686'],
    ['hostname', 'debian4'],
    ['cat /etc/debian_version', '4.0'],
    ['cat /nowhere', 'cat: /nowhere: No such file or directory'],
    ['lsvmbus', "/sys/bus/vmbus/devices doesn't exist: exiting..."],
    ['ver', '-bash: ver: command not found'],
  ])('%s', (command, line) => {
    expect(bash(command)).toEqual([`debian4:~# ${command}`, line, 'debian4:~#']);
  });

  it('lists PCI with the names of its own file', () => {
    expect(bash('lspci').join('')).toContain(
      '00:0a.0 Ethernet controller: Digital Equipment Corporation DECchip 21140 [FasterNet] (rev 20)',
    );
    expect(bash('lspci -nn').join('')).toMatch(/Microsoft Corporation Hyper-V virtual ?VGA \[1414:5353\]/);
    expect(bash('lspci -k').join('\n')).toContain('        Kernel driver in use: tulip');
  });

  it('shows modules, interrupts and addresses that the kernel has', () => {
    expect(bash('lsmod').join('\n')).toMatch(/^tulip +47936 {2}1$/m);
    expect(bash('cat /proc/interrupts').join('\n')).toMatch(/^ 11: +\d+ {10}XT-PIC {2}eth0$/m);
    expect(bash('ip addr').join('\n')).toContain('link/ether 00:15:5d:01:02:03 brd ff:ff:ff:ff:ff:ff');
    expect(bash('ifconfig').join('\n')).toContain('HWaddr 00:15:5D:01:02:03');
  });

  it('keeps the log of the kernel', () => {
    expect(bash('dmesg').join('\n')).toContain(
      'eth0: Digital DS21140 Tulip rev 32 at Port 0xec00, 00:15:5D:01:02:03, IRQ 11.',
    );
  });

  it('says that there is no way to a host', () => {
    expect(bash('ping -c 1 10.9.9.9').join('\n')).toContain('connect: Network is unreachable');
  });

  it('powers off and reboots', () => {
    board.type('poweroff\n');
    expect(board.screen()).toContain('The system is going down for system halt NOW!');
    board.run(3);
    expect(board.screen()).toContain('Power down.');
    expect(board.powerOffs).toBe(1);
    board.restart();
    board.shows('automatic login');
    board.press(0x1d, true);
    board.press(0x38, true);
    board.press(0x53, true, true);
    board.run(3);
    expect(board.resets).toBe(1);
  });
});
