/**
 * Words of the guest's own windows. They are the guest's and not the application's: the simulated guests are English installations, so these
 * do not follow the language of the window and are not in `locales/`.
 */
export const GUEST = {
  start: 'Start',
  deviceManager: 'Device Manager',
  networkConnections: 'Network Connections',
  commandPrompt: 'Command Prompt',
  close: 'Close',
  minimize: 'Minimize',
  ok: 'OK',
  general: 'General',
  driver: 'Driver',
  details: 'Details',
  resources: 'Resources',
  support: 'Support',
  deviceType: 'Device type:',
  location: 'Location:',
  deviceStatus: 'Device status',
  hardwareIds: 'Hardware Ids:',
  instance: 'Device instance path:',
  driverFile: 'Driver:',
  noDriver: 'No driver is installed for this device.',
  resourceSettings: 'Resource settings:',
  noResources: 'This device is not using any resources.',
  problem: 'problem code',
  name: 'Name',
  status: 'Status',
  deviceName: 'Device Name',
  noConnections: 'There are no network connections.',
  connection: 'Connection',
  speed: 'Speed:',
  activity: 'Activity',
  packetsSent: 'Packets sent:',
  packetsReceived: 'Packets received:',
  addressType: 'Address Type:',
  ipAddress: 'IP Address:',
  subnetMask: 'Subnet Mask:',
  gateway: 'Default Gateway:',
  dhcpServer: 'DHCP Server:',
  dnsServers: 'DNS Servers:',
  physicalAddress: 'Physical Address:',
  assignedByDhcp: 'Assigned by DHCP',
  automaticPrivate: 'Automatic Private Address',
  manual: 'Manually Configured',
} as const;

const PROBLEMS: Readonly<Record<number, string>> = {
  0: 'This device is working properly.',
  1: 'This device is not configured correctly. (Code 1)',
  10: 'This device cannot start. (Code 10)',
  12: 'This device cannot find enough free resources that it can use. (Code 12)',
  14: 'This device cannot work properly until you restart your computer. (Code 14)',
  18: 'Reinstall the drivers for this device. (Code 18)',
  22: 'This device is disabled. (Code 22)',
  24: 'This device is not present, is not working properly, or does not have all its drivers installed. (Code 24)',
  28: 'The drivers for this device are not installed. (Code 28)',
  31: 'This device is not working properly because Windows cannot load the drivers required for this device. (Code 31)',
  39: 'Windows cannot load the device driver for this hardware. (Code 39)',
  43: 'Windows has stopped this device because it has reported problems. (Code 43)',
};

/** What the guest's Device Manager says of a problem code. */
export function problemText(code: number): string {
  return PROBLEMS[code] ?? `This device is not working properly. (Code ${code})`;
}
