import type { KeyEvent } from '../../base/backends';
import { toSet2 } from './scan-codes';

/**
 * A PS/2 keyboard (IBM PS/2 Technical Reference, "Keyboard"; Microsoft, "Keyboard Scan Code Specification") as functions
 * on a plain state. It speaks scan code set 2, or set 1 when told to.
 */
export interface KeyboardState {
  /** Answers to commands; they go before key codes. */
  replies: number[];
  queue: number[];
  /** Keys are reported. */
  scanning: boolean;
  set: number;
  /** Bit 0 scroll lock, bit 1 num lock, bit 2 caps lock. */
  leds: number;
  /** Repeat delay and rate as the driver set them. */
  typematic: number;
  /** Command whose parameter comes next; 0 for none. */
  expects: number;
  lastSent: number;
  /** Key bytes that found no room. */
  lost: number;
}

const ACK = 0xfa;
const RESEND = 0xfe;
const OVERRUN = 0x00;
/** A real keyboard keeps 16 bytes; text typed from a clipboard arrives faster than a hand types. */
const QUEUE_BYTES = 1024;

export function powerOnKeyboard(): KeyboardState {
  return { replies: [], queue: [], scanning: true, set: 2, leds: 0, typematic: 0x2b, expects: 0, lastSent: 0, lost: 0 };
}

/** A key goes down or up. */
export function pressKey(keyboard: KeyboardState, { code, down, extended }: KeyEvent): void {
  if (!keyboard.scanning || code < 1 || code > 0x7f) return;
  const prefix = extended ? [0xe0] : [];
  if (keyboard.set === 1) return put(keyboard, [...prefix, down ? code : code | 0x80]);
  const key = toSet2(code);
  if (key !== 0) put(keyboard, [...prefix, ...(down ? [] : [0xf0]), key]);
}

/** The bytes of a key stay together: all or none; an overrun code says that keys are missing. */
function put(keyboard: KeyboardState, bytes: readonly number[]): void {
  const { queue } = keyboard;
  if (queue.length + bytes.length < QUEUE_BYTES) {
    queue.push(...bytes);
    return;
  }
  keyboard.lost += bytes.length;
  if (queue.at(-1) !== OVERRUN) queue.push(OVERRUN);
}

export function hasKeyboardByte({ replies, queue }: KeyboardState): boolean {
  return replies.length + queue.length > 0;
}

/** The next byte on the wire to the controller. */
export function takeKeyboardByte(keyboard: KeyboardState): number {
  const byte = keyboard.replies.shift() ?? keyboard.queue.shift() ?? OVERRUN;
  keyboard.lastSent = byte;
  return byte;
}

/** A byte from the controller: a command or its parameter. */
export function tellKeyboard(keyboard: KeyboardState, byte: number): void {
  const command = keyboard.expects;
  keyboard.expects = 0;
  if (command !== 0 && byte < 0x80) takeParameter(keyboard, command, byte);
  else runCommand(keyboard, byte);
}

function takeParameter(keyboard: KeyboardState, command: number, value: number): void {
  keyboard.replies.push(ACK);
  if (command === 0xed) keyboard.leds = value & 7;
  else if (command === 0xf3) keyboard.typematic = value & 0x7f;
  else if (value === 0) keyboard.replies.push(keyboard.set);
  else if (value <= 2) keyboard.set = value;
}

function runCommand(keyboard: KeyboardState, command: number): void {
  const { replies } = keyboard;
  if (command === 0xee) replies.push(0xee);
  else if (command === RESEND) replies.push(keyboard.lastSent);
  else if (command < 0xed || command === 0xef || command === 0xf1) replies.push(RESEND);
  else if (command === 0xff) restart(keyboard);
  else {
    replies.push(ACK);
    if (command === 0xf2) replies.push(0xab, 0x83);
    if (command === 0xed || command === 0xf0 || command === 0xf3) keyboard.expects = command;
    if (command >= 0xf4 && command <= 0xf6) setScanning(keyboard, command);
  }
}

/** F4h enables, F5h disables and sets defaults, F6h sets defaults. */
function setScanning(keyboard: KeyboardState, command: number): void {
  keyboard.queue = [];
  if (command !== 0xf6) keyboard.scanning = command === 0xf4;
  if (command !== 0xf4) Object.assign(keyboard, { set: 2, typematic: 0x2b });
}

/** Self-test passed. */
function restart(keyboard: KeyboardState): void {
  Object.assign(keyboard, powerOnKeyboard(), { lost: keyboard.lost, replies: [ACK, 0xaa] });
}
