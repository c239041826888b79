/** Keys that are held. Plain. */
export interface HeldKeys {
  shift: boolean;
  control: boolean;
  alt: boolean;
  capsLock: boolean;
}

export function noKeys(): HeldKeys {
  return { shift: false, control: false, alt: false, capsLock: false };
}

const PLAIN = "\0\x1b1234567890-=\b\tqwertyuiop[]\n\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
const SHIFTED = '\0\x1b!@#$%^&*()_+\b\tQWERTYUIOP{}\n\0ASDFGHJKL:"~\0|ZXCVBNM<>?\0*\0 ';
/** Extended keys that have a meaning here. */
const EXTENDED: Readonly<Record<number, string>> = {
  0x1c: '\n',
  0x35: '/',
  0x47: '<home>',
  0x48: '<up>',
  0x4b: '<left>',
  0x4d: '<right>',
  0x4f: '<end>',
  0x50: '<down>',
  0x53: '<delete>',
};

const Code = {
  leftShift: 0x2a,
  rightShift: 0x36,
  control: 0x1d,
  alt: 0x38,
  capsLock: 0x3a,
  delete: 0x53,
} as const;

/** A key by its set 1 make code. */
export interface DecodedKey {
  readonly make: number;
  readonly isDown: boolean;
  readonly isExtended: boolean;
}

/**
 * What a key means on a US keyboard: a character, a name such as `<up>`, or null for keys that only change what is held. Scan code set
 * 1, from whichever keyboard.
 */
export function meaningOf(held: HeldKeys, { make, isDown, isExtended }: DecodedKey): string | null {
  if (make === Code.leftShift || make === Code.rightShift)
    held.shift = isExtended ? held.shift : isDown; // E0 2A is no shift
  else if (make === Code.control) held.control = isDown;
  else if (make === Code.alt) held.alt = isDown;
  else if (isDown) return pressed(held, make, isExtended);
  return null;
}

function pressed(held: HeldKeys, make: number, isExtended: boolean): string | null {
  if (make === Code.capsLock) held.capsLock = !held.capsLock;
  if (make === Code.delete && held.control && held.alt) return '<secure-attention>';
  const key = isExtended ? EXTENDED[make] : character(held, make);
  if (key === undefined || key === '\0' || make === Code.capsLock) return null;
  const isLetter = /^[a-z]$/i.test(key);
  if (held.control && isLetter) return String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f);
  return held.alt ? null : key;
}

function character(held: HeldKeys, make: number): string | undefined {
  const plain = PLAIN[make];
  if (plain === undefined) return undefined;
  const isUpper = /^[a-z]$/.test(plain) ? held.shift !== held.capsLock : held.shift;
  return isUpper ? SHIFTED[make] : plain;
}
