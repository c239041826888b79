/** Keys as scan code set 1 make codes, for typing text into a guest with a US keyboard. */
export interface Keystroke {
  readonly code: number;
  readonly down: boolean;
  readonly extended: boolean;
}

const LEFT_SHIFT = 0x2a;
const LEFT_CTRL = 0x1d;
const LEFT_ALT = 0x38;
const DELETE = 0x53;

// Rows of a US keyboard: first make code of the row, its characters plain and shifted. IBM PS/2 keyboard reference, set 1.
const ROWS: readonly (readonly [number, string, string])[] = [
  [0x02, '1234567890-=', '!@#$%^&*()_+'],
  [0x10, 'qwertyuiop[]', 'QWERTYUIOP{}'],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, '\\zxcvbnm,./', '|ZXCVBNM<>?'],
];
const SINGLE: Readonly<Record<string, number>> = { ' ': 0x39, '\n': 0x1c, '\t': 0x0f, '\b': 0x0e };

const CODES = new Map<string, { code: number; shift: boolean }>(
  Object.entries(SINGLE).map(([char, code]) => [char, { code, shift: false }]),
);
for (const [first, plain, shifted] of ROWS) {
  [...plain].forEach((char, i) => CODES.set(char, { code: first + i, shift: false }));
  [...shifted].forEach((char, i) => CODES.set(char, { code: first + i, shift: true }));
}

const key = (code: number, down: boolean, extended = false): Keystroke => ({ code, down, extended });

/** The strokes that type `text`. Characters that a US keyboard does not have are left out. */
export function keystrokes(text: string): Keystroke[] {
  return [...text.replace(/\r\n?/g, '\n')].flatMap((char) => {
    const found = CODES.get(char);
    if (!found) return [];
    const stroke = [key(found.code, true), key(found.code, false)];
    return found.shift ? [key(LEFT_SHIFT, true), ...stroke, key(LEFT_SHIFT, false)] : stroke;
  });
}

/** Ctrl+Alt+Delete, pressed and released. */
export function ctrlAltDelete(): Keystroke[] {
  return [
    key(LEFT_CTRL, true),
    key(LEFT_ALT, true),
    key(DELETE, true, true),
    key(DELETE, false, true),
    key(LEFT_ALT, false),
    key(LEFT_CTRL, false),
  ];
}
