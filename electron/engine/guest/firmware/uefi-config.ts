import { readU32, writeU32 } from '../../base/bytes';
import type { GuestMemory } from '../../memory/guest-memory';
import { guidBytes, guidText } from '../../vmbus/protocol/guid';

/** One entry of the boot order. */
export type UefiBootEntry =
  | { readonly kind: 'network'; readonly instance: string }
  | { readonly kind: 'drive'; readonly instance: string; readonly lun: number };

/** Where the worker leaves the firmware's configuration before the first instruction. */
const CONFIG_ADDRESS = 0x8000;
const SIGNATURE = 0x4746_4355; // "UCFG"
const ENTRY = 24; // kind, LUN, instance
const LARGEST = 128; // entries
const KINDS = { network: 1, drive: 2 } as const;

/**
 * Leaves the boot order in guest memory, as the worker does for the firmware of a Generation 2 machine. (OpenVMM, uefi_specs/hyperv/config, has
 * the same road with more on it; the layout here is our own.)
 */
export function writeUefiConfig(memory: GuestMemory, entries: readonly UefiBootEntry[]): void {
  const count = Math.min(entries.length, LARGEST);
  const bytes = new Uint8Array(8 + count * ENTRY);
  writeU32(bytes, 0, SIGNATURE);
  writeU32(bytes, 4, count);
  entries.slice(0, count).forEach((entry, i) => {
    const at = 8 + i * ENTRY;
    writeU32(bytes, at, KINDS[entry.kind]);
    writeU32(bytes, at + 4, entry.kind === 'drive' ? entry.lun : 0);
    bytes.set(guidBytes(entry.instance), at + 8);
  });
  memory.write(CONFIG_ADDRESS, bytes);
}

/** The boot order; null when nobody has left one. */
export function readUefiConfig(memory: GuestMemory): UefiBootEntry[] | null {
  if (memory.readU32(CONFIG_ADDRESS) !== SIGNATURE) return null;
  const count = Math.min(memory.readU32(CONFIG_ADDRESS + 4), LARGEST);
  const bytes = memory.read(CONFIG_ADDRESS + 8, count * ENTRY);
  return Array.from({ length: count }, (_, i): UefiBootEntry => {
    const instance = guidText(bytes, i * ENTRY + 8);
    if (readU32(bytes, i * ENTRY) === KINDS.network) return { kind: 'network', instance };
    return { kind: 'drive', instance, lun: readU32(bytes, i * ENTRY + 4) };
  });
}
