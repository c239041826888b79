import type { Processor } from '../../hypervisor/processor';

/**
 * Register values of VGA mode 3: 80 x 25 characters, 9 x 16 dots each, colour. IBM VGA Technical Reference, "Video BIOS
 * modes"; the same values stand in every VGA BIOS.
 */
const MISC_OUTPUT = 0x67;
const SEQUENCER = [0x03, 0x00, 0x03, 0x00, 0x02];
const CRTC = [
  0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f,
  0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
];
const GRAPHICS = [0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x00, 0xff];
const ATTRIBUTE = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0x00, 0x0f,
  0x08, 0x00,
];

const CRTC_UNLOCKED = 0x0e; // vertical retrace end without bit 7, which write-protects registers 0-7
const PALETTE_ON = 0x20; // attribute index bit 5: the screen shows the palette again

function writeIndexed(processor: Processor, index: number, values: readonly number[]): void {
  values.forEach((value, register) => {
    processor.portWrite(index, 1, register);
    processor.portWrite(index + 1, 1, value);
  });
}

/** Puts the VGA into text mode 3 the way a video BIOS does. The contents of display memory stay. */
export function setTextMode(processor: Processor): void {
  processor.portWrite(0x3c2, 1, MISC_OUTPUT);
  writeIndexed(processor, 0x3c4, SEQUENCER);
  processor.portWrite(0x3d4, 1, 0x11);
  processor.portWrite(0x3d5, 1, CRTC_UNLOCKED);
  writeIndexed(processor, 0x3d4, CRTC);
  writeIndexed(processor, 0x3ce, GRAPHICS);
  processor.portRead(0x3da, 1); // the attribute controller's flip-flop now takes an index
  ATTRIBUTE.forEach((value, register) => {
    processor.portWrite(0x3c0, 1, register);
    processor.portWrite(0x3c0, 1, value);
  });
  processor.portWrite(0x3c0, 1, PALETTE_ON);
}
