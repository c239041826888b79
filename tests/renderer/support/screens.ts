import { CP437 } from '@renderer/views/console/guest/cp437';
import type { DesktopScreen, DeviceNode, GuestConnection, TextScreen } from '@shared/model/guest-view';

/** A text screen of 80 columns and 25 rows with these lines at the top. */
export function textScreen(lines: readonly string[]): TextScreen {
  const bytes = Array.from({ length: 2000 }, (_, at) => {
    const character = lines[Math.floor(at / 80)]?.charAt(at % 80) ?? '';
    return [character === '' ? 0x20 : CP437.indexOf(character), 0x07];
  }).flat();
  return {
    kind: 'text',
    columns: 80,
    rows: 25,
    cells: btoa(String.fromCharCode(...bytes)),
    cursor: { column: 0, row: lines.length, visible: true },
  };
}

/** A device of the guest; `code` is what Device Manager says of it. */
export function device(name: string, category: string, code = 0): DeviceNode {
  const hardwareId = `ID\\${name}`;
  return {
    hardwareId,
    instance: `${hardwareId}\\1`,
    name,
    category,
    driver: code === 0 ? 'driver.sys' : null,
    code,
    location: 'PCI bus 0, device 10, function 0',
    resources: code === 0 ? ['IRQ 11'] : [],
  };
}

export const connection: GuestConnection = {
  name: 'Local Area Connection',
  device: 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)',
  macAddress: '00-15-5D-01-14-00',
  linkUp: true,
  speedMbps: 100,
  dhcp: 'bound',
  address: '192.168.1.101',
  mask: '255.255.255.0',
  gateway: '192.168.1.1',
  dnsServers: ['192.168.1.1'],
  dhcpServer: '192.168.1.1',
  sent: 12,
  received: 11,
};

/** A desktop of 800 by 600 with a working adapter and an unknown device. */
export function desktop(change: Partial<DesktopScreen> = {}): DesktopScreen {
  return {
    kind: 'desktop',
    theme: 'xp',
    width: 800,
    height: 600,
    osName: 'Windows XP Professional',
    computerName: 'XP-LAB',
    clock: '09:12',
    devices: [
      device('Standard PC', 'Computer'),
      device('Unknown device', 'Other devices', 28),
      device('Intel 21140', 'Network adapters'),
    ],
    connections: [connection],
    windows: [],
    shell: { lines: ['C:\\>ver', 'Microsoft Windows XP'], input: 'C:\\>ping', busy: false },
    pointer: 'captured',
    ...change,
  };
}
