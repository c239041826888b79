import type { TextSnapshot } from '../devices/vga/vga';
import type { GuestScreen } from '@shared/model/guest-view';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 (RFC 4648, section 4) without a host's help. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const word = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    const digit = (shift: number): string => ALPHABET[(word >> shift) & 63] ?? '';
    text += digit(18) + digit(12) + (left > 1 ? digit(6) : '=') + (left > 2 ? digit(0) : '=');
  }
  return text;
}

/** The adapter's text screen as the console gets it; black while no picture is set. */
export function textScreen(snapshot: TextSnapshot | null): GuestScreen {
  if (!snapshot)
    return {
      kind: 'text',
      columns: 80,
      rows: 25,
      cells: base64(new Uint8Array(4000)),
      cursor: { column: 0, row: 0, visible: false },
    };
  const { columns, rows, cells, cursor } = snapshot;
  return { kind: 'text', columns, rows, cells: base64(cells), cursor: { ...cursor } };
}
