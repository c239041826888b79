import { asciiBytes } from '../../base/bytes';

/**
 * Machine code that a boot sector of the model volume carries, for a processor that really runs code: it prints a line by
 * INT 10h and halts, because the operating system behind it exists only as a model.
 *
 *   xor ax,ax / mov ds,ax / mov si,text / next: lodsb / test al,al / jz stop / mov ah,0Eh / mov bx,7 / int 10h / jmp next
 *   stop: hlt / jmp stop
 */
const CODE = [
  0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x00, 0x00, 0xac, 0x84, 0xc0, 0x74, 0x09, 0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10,
  0xeb, 0xf2, 0xf4, 0xeb, 0xfd,
];
const TEXT_OPERAND = 5; // offset of the address in `mov si,text`
const LOAD_ADDRESS = 0x7c00;
const MESSAGE = 'This medium holds a model operating system for a model processor.\r\n';

/** Places the code at `offset` of a boot sector that is loaded at 0000:7C00. Needs 96 bytes. */
export function placeBootCode(sector: Uint8Array, offset: number): void {
  const text = LOAD_ADDRESS + offset + CODE.length;
  const code = Uint8Array.from(CODE);
  code[TEXT_OPERAND] = text & 0xff;
  code[TEXT_OPERAND + 1] = text >> 8;
  sector.set(code, offset);
  sector.set(asciiBytes(MESSAGE), offset + CODE.length);
}

/** The mark at the end of every boot sector. */
export const BOOT_SIGNATURE = 0xaa55;
