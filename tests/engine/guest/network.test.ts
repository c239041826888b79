import { describe, expect, it } from 'vitest';
import { Board, type BoardOptions, installedDisk, MAC } from './board';

function onLan(system: string, options: BoardOptions): Board {
  const board = new Board({ disk: installedDisk(system), lan: true, memoryMB: 512, ...options });
  board.powerOn();
  const isUp = (): boolean => board.guest.screen()?.kind === 'desktop' || board.screen().includes('automatic login');
  expect(board.until(isUp)).toBe(true);
  board.run(5);
  return board;
}

/** Lines of the command prompt after a command has ended. */
function prompt(board: Board, command: string): string[] {
  const before = board.desktop().shell.lines.length;
  board.type(`${command}\n`);
  board.until(() => !board.desktop().shell.busy, 30);
  return board.desktop().shell.lines.slice(before + 1);
}

describe('Windows XP with a legacy adapter on the office network', () => {
  const board = onLan('winxp-sp2', { mac: MAC });

  it('gets its address by DHCP', () => {
    expect(board.desktop().connections).toMatchObject([
      {
        name: 'Local Area Connection',
        device: 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)',
        dhcp: 'bound',
        address: '192.168.1.100',
        mask: '255.255.255.0',
        gateway: '192.168.1.1',
        dnsServers: ['192.168.1.1'],
        dhcpServer: '192.168.1.1',
      },
    ]);
  });

  it('prints it as ipconfig does', () => {
    expect(prompt(board, 'ipconfig')).toEqual([
      '',
      'Windows IP Configuration',
      '',
      'Ethernet adapter Local Area Connection:',
      '',
      '        Connection-specific DNS Suffix  . : lab.example',
      '        IP Address. . . . . . . . . . . . : 192.168.1.100',
      '        Subnet Mask . . . . . . . . . . . : 255.255.255.0',
      '        Default Gateway . . . . . . . . . : 192.168.1.1',
      '',
      '',
    ]);
    const all = prompt(board, 'ipconfig /all').join('\n');
    expect(all).toContain('        Physical Address. . . . . . . . . : 00-15-5D-01-02-03');
    expect(all).toContain('        DHCP Server . . . . . . . . . . . : 192.168.1.1');
    expect(all).toMatch(/ {8}Lease Obtained\. \. \. \. \. \. \. \. \. \. : Saturday, March 15, 2008 2:30:\d\d PM/);
    expect(all).toMatch(/ {8}Lease Expires \. \. \. \. \. \. \. \. \. \. : Sunday, March 23, 2008 2:30:\d\d PM/);
  });

  it('pings the gateway', () => {
    expect(prompt(board, 'ping 192.168.1.1')).toEqual([
      '',
      'Pinging 192.168.1.1 with 32 bytes of data:',
      '',
      ...Array.from({ length: 4 }, () =>
        expect.stringMatching(/^Reply from 192\.168\.1\.1: bytes=32 time(<1ms|=\d+ms) TTL=\d+$/),
      ),
      '',
      'Ping statistics for 192.168.1.1:',
      '    Packets: Sent = 4, Received = 4, Lost = 0 (0% loss),',
      'Approximate round trip times in milli-seconds:',
      expect.stringMatching(/^ {4}Minimum = \dms, Maximum = \d+ms, Average = \dms$/),
      '',
    ]);
  });

  it('pings by name, and says which name nobody knows', () => {
    expect(prompt(board, 'ping -n 1 server1').join('\n')).toMatch(
      /Pinging server1.* \[192\.168\.1\.10\] with 32 bytes of data:\n\nReply from 192\.168\.1\.10: /,
    );
    expect(prompt(board, 'ping no-such-host')).toEqual([
      'Ping request could not find host no-such-host. Please check the name and try again.',
      '',
    ]);
  });

  it('waits in vain for a station that is not there', () => {
    const lines = prompt(board, 'ping -n 2 192.168.1.77').join('\n');
    expect(lines).toMatch(/Request timed out\.|Destination host unreachable\./);
    expect(lines).toContain('Sent = 2, Received = 0, Lost = 2 (100% loss)');
  });

  it('gives its address back and asks for one again', () => {
    prompt(board, 'ipconfig /release');
    expect(board.desktop().connections[0]).toMatchObject({ address: null });
    prompt(board, 'ipconfig /renew');
    expect(board.desktop().connections[0]).toMatchObject({ dhcp: 'bound', address: '192.168.1.100' });
  });
});

describe('guests with Integration Services on the office network', () => {
  it('Windows Server 2008 R2 pings through the synthetic adapter', () => {
    const board = onLan('ws2008r2', { synthetic: MAC });
    expect(board.desktop().connections).toMatchObject([{ speedMbps: 10_000, dhcp: 'bound' }]);
    expect(prompt(board, 'ping -n 2 192.168.1.1').join('\n')).toContain('Sent = 2, Received = 2');
    expect(prompt(board, 'ipconfig').join('\n')).toMatch(
      / {3}IPv4 Address\. \. \. \. \. \. \. \. \. \. \. : 192\.168\.1\.\d+/,
    );
  });

  it.each([
    ['debian12', { synthetic: MAC }],
    ['debian4', { mac: MAC }],
  ])('%s shows its address and pings', (system, options) => {
    const board = onLan(system, options);
    board.type('clear\nip addr\n');
    expect(board.screen()).toContain('    inet 192.168.1.100/24 brd 192.168.1.255 scope global eth0');
    board.type('clear\nping -c 2 192.168.1.1\n');
    board.run(3);
    expect(board.screen()).toMatch(/64 bytes from 192\.168\.1\.1: icmp_seq=1 ttl=\d+ time=\d+\.\d{3} ms/);
    expect(board.screen()).toContain('2 packets transmitted, 2 received, 0% packet loss');
    board.type('clear\nip route\n');
    expect(board.screen()).toContain('default via 192.168.1.1 dev eth0');
  });
});

describe('a guest at rest', () => {
  it.each([
    ['winxp-sp2', { mac: MAC }],
    ['ws2008r2', { synthetic: MAC }],
    ['debian4', { mac: MAC }],
  ])('%s waits for nothing but routine', (system, options) => {
    const board = onLan(system, options);
    board.run(10);
    expect([board.guest.idle, board.engine.idle]).toEqual([true, true]);
    const before = board.guest.steps;
    board.run(60);
    expect(board.guest.steps - before).toBeLessThan(100);
  });

  it('notices at its next look that the cable was pulled', () => {
    const board = onLan('winxp-sp2', { mac: MAC });
    board.lan?.wire.port('legacy')?.setLink(false);
    board.run(3);
    expect(board.desktop().connections).toMatchObject([{ linkUp: false, address: null }]);
    board.lan?.wire.port('legacy')?.setLink(true);
    board.run(10);
    expect(board.desktop().connections).toMatchObject([{ linkUp: true, dhcp: 'bound' }]);
  });

  it('renews its lease in time', () => {
    const board = onLan('winxp-sp2', { mac: MAC });
    const expiry = (): number => {
      board.type('ipconfig /all\n');
      return board.desktop().shell.lines.findLastIndex((line) => line.includes('March 27')); // half of eight days after the first
    };
    expect(expiry()).toBe(-1);
    board.run(5 * 86_400);
    expect(expiry()).toBeGreaterThan(0);
  });
});
