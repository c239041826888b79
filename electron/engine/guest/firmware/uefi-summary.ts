/** Why an entry of the boot order did not start: the boot device status codes of Microsoft's UEFI firmware, with its texts. */
export const BootStatus = {
  noDevices: 'No boot devices were found.',
  mediaDisconnected: 'The network media is disconnected.',
  dhcpFailed: 'DHCP failed.',
  noBootImage: 'A boot image was not found.',
  deviceError: 'There was a network device failure.',
  imageFailed: 'The image failed to load.',
  noFileSystem: 'No UEFI-compatible file system was found.',
  loaderFailed: 'The boot loader failed.',
} as const;

/** One entry that was tried. Plain. */
export interface BootEntry {
  name: string;
  status: string;
}

const SHOWN = 4;

/** The Virtual Machine Boot Summary: one numbered line for each entry, and the reason below it. */
export function bootSummary(entries: readonly BootEntry[]): string[] {
  const lines = entries.slice(0, SHOWN).flatMap(({ name, status }, i) => [`${i + 1}. ${name}`, `   ${status}`]);
  const lost = entries.length > SHOWN ? ['Warning: Some Boot Device Events were lost or not displayed.'] : [];
  const body = entries.length === 0 ? [BootStatus.noDevices] : [...lines, ...lost];
  return [...body, '', 'No operating system was loaded. Your virtual machine may be configured incorrectly.'];
}
