/**
 * The translation that a keyboard controller makes from scan code set 2, which keyboards speak, to set 1, which PC
 * software expects: pair n of digits is the set 1 code of set 2 code n. Source: Microsoft, "Keyboard Scan Code Specification".
 */
const SET_1_CODES = [
  'ff43413f3d3b3c58644442403e0f2959',
  '65382a701d10025a66712c1f1e11035b',
  '672e2d201205045c68392f211413065d',
  '693130232215075e6a7232241608095f',
  '6b332517180b0a606c34352627190c61',
  '6d7328741a0d626e3a361c1b752b6376',
  '55567778797a0e7b7c4f7d4b477e7f6f',
  '5253504c4d480145574e514a37494654',
].join('');

const F7_SET_2 = 0x83;
const SYSRQ_SET_2 = 0x84;

const TO_SET_1 = Uint8Array.from({ length: 128 }, (_, code) =>
  Number.parseInt(SET_1_CODES.slice(code * 2, code * 2 + 2), 16),
);
const TO_SET_2 = new Uint8Array(128);
for (let code = 127; code > 0; code--) TO_SET_2[(TO_SET_1[code] ?? 0) & 0x7f] = code;
TO_SET_2[0x41] = F7_SET_2;
TO_SET_2[0x54] = SYSRQ_SET_2;

/** The set 1 code of a byte from a keyboard. Answers (80h and up) stay as they are, but for the two high key codes. */
export function toSet1(byte: number): number {
  if (byte === F7_SET_2) return 0x41;
  if (byte === SYSRQ_SET_2) return 0x54;
  return byte < 0x80 ? (TO_SET_1[byte] ?? byte) : byte;
}

/** The set 2 code of the key whose set 1 make code is `code` (1-7Fh); 0 when no key has it. */
export function toSet2(code: number): number {
  return TO_SET_2[code & 0x7f] ?? 0;
}
