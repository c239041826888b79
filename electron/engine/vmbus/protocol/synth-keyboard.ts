import { readU32 } from '../../base/bytes';
import { Layout, u16, u32 } from './layout';

/** Messages of the synthetic keyboard, without a pipe header. linux drivers/input/serio/hyperv-keyboard.c. */
export const KeyboardMessage = {
  ProtocolRequest: 1,
  ProtocolResponse: 2,
  Event: 3,
  /** From the guest: which lights burn. */
  LedIndicators: 4,
} as const;

/** The only version there is: 1.0, since Windows Server 2012. */
export const KEYBOARD_VERSION = 0x0001_0000;
export const PROTOCOL_ACCEPTED = 1;

/** What a keystroke is, beside its code. */
export const Keystroke = { Unicode: 1, Break: 2, E0: 4, E1: 8 } as const;

/** struct synth_kbd_protocol_request. */
export const KEYBOARD_REQUEST = new Layout<{ type: number; version: number }>(8, { type: u32(0), version: u32(4) });

/** struct synth_kbd_protocol_response. */
export const KEYBOARD_RESPONSE = new Layout<{ type: number; status: number }>(8, { type: u32(0), status: u32(4) });

/** struct synth_kbd_keystroke: a set 1 make code (or a character), and `Keystroke` bits. */
export const KEYSTROKE = new Layout<{ type: number; makeCode: number; flags: number }>(12, {
  type: u32(0),
  makeCode: u16(4),
  flags: u32(8),
});

/** Lights: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock (ntddkbd.h, KEYBOARD_INDICATOR_PARAMETERS). */
export const KEYBOARD_LEDS = new Layout<{ type: number; leds: number }>(8, { type: u32(0), leds: u16(4) });

/** Type of a message; 0, which is none, when it is too short for one. */
export function keyboardTypeOf(payload: Uint8Array): number {
  return payload.length < 4 ? 0 : readU32(payload, 0);
}
