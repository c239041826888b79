import { asciiBytes, asciiOf } from './bytes';

/**
 * A network boot program for a PC: loaded at 0000:7C00, it prints a text by INT 10h and returns to the boot ROM, which goes on to the next
 * boot device (Preboot Execution Environment 2.1, 4.4.5). A processor that runs code runs it; a model processor knows it when it sees it.
 *
 *   push cs / pop ds / mov si,text / next: lodsb / test al,al / jz done / mov ah,0Eh / mov bx,7 / int 10h / jmp next
 *   done: xor ax,ax / retf
 */
const CODE = Uint8Array.of(
  ...[0x0e, 0x1f, 0xbe, 0x16, 0x7c, 0xac, 0x84, 0xc0, 0x74, 0x09, 0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10],
  ...[0xeb, 0xf2, 0x31, 0xc0, 0xcb],
);

/** The program that prints `text`. */
export function makeBootProgram(text: string): Uint8Array {
  const bytes = new Uint8Array(CODE.length + text.length + 1);
  bytes.set(CODE);
  bytes.set(asciiBytes(text), CODE.length);
  return bytes;
}

/** What the program prints, or null when `bytes` are another program. */
export function bootProgramText(bytes: Uint8Array): string | null {
  const isOurs = CODE.every((value, i) => bytes[i] === value);
  return isOurs ? asciiOf(bytes.subarray(CODE.length)) : null;
}
