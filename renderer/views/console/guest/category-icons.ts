const ICONS: readonly (readonly [RegExp, string])[] = [
  [/network/i, 'nic'],
  [/display|monitor/i, 'display-adapter'],
  [/dvd|cd-rom/i, 'dvd'],
  [/disk|storage volumes/i, 'hard-drive'],
  [/floppy/i, 'diskette'],
  [/ide|scsi|storage controllers/i, 'ide'],
  [/keyboard/i, 'keyboard'],
  [/mice|mouse|pointing/i, 'mouse'],
  [/ports/i, 'port-device'],
  [/processor/i, 'processor'],
  [/computer/i, 'computer'],
  [/other|unknown/i, 'guest-unknown'],
];

/** Picture of a Device Manager category by its name. */
export function categoryIcon(category: string): string {
  return ICONS.find(([pattern]) => pattern.test(category))?.[1] ?? 'system-device';
}
