import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { DropReason } from '@engine/vswitch/drop-reason';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { BusyLan } from './busy-lan';

const TRUNK = { native: 1, allowed: [5] };

describe('Linux guests on trunk ports of a virtual switch', () => {
  const lan = new BusyLan([
    { os: 'debian12', adapter: 'synthetic' },
    { os: 'debian4', adapter: 'legacy' },
    { os: 'debian12', adapter: 'synthetic' },
  ]);
  const [first, second, neighbour] = lan.ports;
  first?.configure({ trunk: TRUNK });
  second?.configure({ trunk: TRUNK });
  neighbour?.configure({ vlan: 5 });

  /** What a command prints on a cleared screen. */
  const output = (n: number, command: string, seconds = 4): string => {
    for (const key of keystrokes(`clear\n${command}\n`)) {
      lan.machine(n).press(key);
      lan.host.clock.advanceBy(SECOND / 100);
    }
    lan.host.clock.advanceBy(seconds * SECOND);
    return lan.text(n).trimEnd();
  };
  const quiet = (n: number, ...commands: string[]): void => {
    for (const command of commands) expect(output(n, command, 0.1).split('\n')).toHaveLength(2); // the command, and the next prompt
  };
  const ADDRESSED = (name: string, address: string) => [
    `ip addr add ${address}/24 dev ${name}`,
    `ip link set ${name} up`,
  ];

  it('make VLAN interfaces, and show them', () => {
    quiet(0, 'ip link add link eth0 name eth0.5 type vlan id 5');
    expect(output(0, 'ip link')).toContain('3: eth0.5@eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop');
    expect(output(0, 'ifconfig')).not.toContain('eth0.5');
    quiet(0, ...ADDRESSED('eth0.5', '10.0.5.1'));
    const shown = output(0, 'ip addr');
    expect(shown).toContain('3: eth0.5@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue');
    expect(shown).toContain('    inet 10.0.5.1/24 brd 10.0.5.255 scope global eth0.5');
    expect(output(0, 'ip route')).toContain('10.0.5.0/24 dev eth0.5  proto kernel  scope link  src 10.0.5.1');
    expect(output(0, 'ifconfig')).toMatch(/eth0\.5 +Link encap:Ethernet[^]*inet addr:10\.0\.5\.1/);
    expect(output(1, 'vconfig add eth0 5')).toContain('Added VLAN with VID == 5 to IF -:eth0:-');
    quiet(1, ...ADDRESSED('eth0.5', '10.0.5.2'));
    const own = /inet (192\.168\.1\.\d+\/24)/.exec(output(2, 'ip addr'))?.[1] ?? '';
    quiet(2, `ip addr del ${own} dev eth0`, 'ip addr add 10.0.5.3/24 dev eth0');
  });

  it('reach each other with tags, and a neighbour in access mode without', () => {
    expect(output(0, 'ping -c 2 10.0.5.2')).toMatch(/2 packets transmitted, 2 received/);
    expect(output(0, 'ping -c 2 10.0.5.3')).toMatch(/2 packets transmitted, 2 received/);
    expect(output(2, 'ping -c 2 10.0.5.2')).toMatch(/2 packets transmitted, 2 received/);
    expect(output(1, 'ping -c 1 -s 4000 10.0.5.1')).toMatch(/1 packets transmitted, 1 received/); // full frames with tags
  });

  it('do not reach a VLAN that the trunk leaves out', () => {
    const dropped = (): number => first?.counters.droppedSending[DropReason.VlanNotAllowed] ?? 0;
    const before = dropped();
    quiet(0, 'ip link add link eth0 name eth0.6 type vlan id 6', ...ADDRESSED('eth0.6', '10.0.6.1'));
    output(0, 'ping -c 1 10.0.6.2', 8);
    expect(dropped()).toBeGreaterThan(before + 1);
    quiet(0, 'ip link del eth0.6');
  });

  it('refuse what the kernel refuses', () => {
    const refusals: readonly (readonly [string, string])[] = [
      ['ip link add link eth0 name eth0.5 type vlan id 7', 'RTNETLINK answers: File exists'],
      ['ip link add link eth9 name eth9.5 type vlan id 5', 'Cannot find device "eth9"'],
      ['ip link add link eth0 name eth0.9 type vlan id 4095', 'Error: 8021q: Invalid VLAN id.'],
      ['ip link add link eth0 name eth0.9 type vlan id x', 'Error: argument "x" is wrong: id is invalid'],
      ['ip link add link eth0 name x type bridge5', 'Error: Unknown device type.'],
      ['ip link del eth0', 'RTNETLINK answers: Operation not supported'],
      ['ip link set eth7 up', 'Cannot find device "eth7"'],
      ['ip addr add 10.0.5.1/24 dev eth0.5', 'RTNETLINK answers: File exists'],
      ['ip addr add 10.0.5/24 dev eth0.5', 'Error: any valid prefix is expected rather than "10.0.5/24".'],
      ['ip addr del 10.0.5.9/24 dev eth0.5', 'RTNETLINK answers: Cannot assign requested address'],
      ['vconfig add eth0 9', '-bash: vconfig: command not found'],
    ];
    for (const [command, answer] of refusals) expect(output(0, command, 0.1)).toContain(answer);
    expect(output(1, 'ip link add link eth0 name eth0.9 type vlan id 9', 0.1)).toContain(
      'Command "add" is unknown, try "ip link help".',
    );
    expect(output(1, 'vconfig add eth0 5', 0.1)).toContain('ERROR: trying to add VLAN #5');
  });

  it('have them again after a saved state', () => {
    lan.saveAndRestore(0);
    lan.ports.at(-1)?.configure({ trunk: TRUNK });
    expect(output(0, 'ip addr')).toContain('    inet 10.0.5.1/24 brd 10.0.5.255 scope global eth0.5');
    expect(output(0, 'ping -c 2 10.0.5.2')).toMatch(/2 packets transmitted, 2 received/);
  });
});
