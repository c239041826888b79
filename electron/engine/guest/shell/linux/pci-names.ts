/** Names of vendors, devices and classes, by number. A device's key is vendor * 65536 + device; a class's is its two bytes. */
export interface PciNames {
  readonly vendors: Record<number, string>;
  readonly devices: Record<number, string>;
  readonly classes: Record<number, string>;
}

/** Reads the format of `pci.ids`: vendors and classes at the margin, what belongs to them one tab in. */
export function parsePciIds(text: string): PciNames {
  const names: PciNames = { vendors: {}, devices: {}, classes: {} };
  let vendor: number | null = null;
  let base: number | null = null;
  for (const line of text.split('\n')) {
    const [, tab = '', mark = '', digits = '', name = ''] = /^(\t?)(C )?([0-9a-f]{2,4}) {2}(.*)$/.exec(line) ?? [];
    const value = Number.parseInt(digits, 16);
    if (digits === '') continue;
    if (tab === '' && mark !== '') [base, vendor] = [value, null];
    else if (tab === '') {
      [base, vendor] = [null, value];
      names.vendors[value] = name;
    } else if (vendor !== null) names.devices[vendor * 65_536 + value] = name;
    else if (base !== null) names.classes[base * 256 + value] = name;
  }
  return names;
}
