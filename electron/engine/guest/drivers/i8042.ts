import { readScanCodes } from '../hardware/keyboard-controller';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';

/** Keys that are held, and what the scan-code stream is in the middle of. Plain. */
export interface KeyboardState {
  kind: 'i8042';
  shift: boolean;
  control: boolean;
  alt: boolean;
  capsLock: boolean;
  extended: boolean;
}

export function newKeyboard(): KeyboardState {
  return { kind: 'i8042', shift: false, control: false, alt: false, capsLock: false, extended: false };
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
  prefix: 0xe0,
} as const;

/** The keyboard behind the i8042: scan code set 1, US layout. Characters go to whoever has the keyboard. */
export class I8042Driver implements Driver {
  constructor(
    private readonly context: DriverContext,
    private readonly state: KeyboardState,
  ) {}

  start(): void {
    const { processor } = this.context;
    if (processor.portRead(0x64, 1) === 0xff) return this.context.started(Problem.cannotStart);
    processor.portWrite(0x64, 1, 0x60);
    processor.portWrite(0x60, 1, 0x65); // translation to set 1, mouse off, keyboard interrupt on
    processor.portWrite(0x64, 1, 0xae);
    readScanCodes(processor); // what was typed for the firmware is not for us
    this.context.enableInterrupt();
    this.context.started(Problem.none);
  }

  interrupt(): boolean {
    const codes = readScanCodes(this.context.processor);
    for (const code of codes) this.take(code);
    return codes.length > 0;
  }

  private take(code: number): void {
    const { state } = this;
    if (code === Code.prefix) return void (state.extended = true);
    const isDown = code < 0x80;
    const make = code & 0x7f;
    const isExtended = state.extended;
    state.extended = false;
    if (make === Code.leftShift || make === Code.rightShift)
      state.shift = isExtended ? state.shift : isDown; // E0 2A is no shift
    else if (make === Code.control) state.control = isDown;
    else if (make === Code.alt) state.alt = isDown;
    else if (isDown) this.press(make, isExtended);
  }

  private press(make: number, isExtended: boolean): void {
    const { state } = this;
    if (make === Code.capsLock) return void (state.capsLock = !state.capsLock);
    if (make === Code.delete && state.control && state.alt) return this.context.key('<secure-attention>');
    const key = isExtended ? EXTENDED[make] : this.character(make);
    if (key === undefined || key === '\0') return;
    const isLetter = /^[a-z]$/i.test(key);
    if (state.control && isLetter) this.context.key(String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f));
    else if (!state.alt) this.context.key(key);
  }

  private character(make: number): string | undefined {
    const plain = PLAIN[make];
    if (plain === undefined) return undefined;
    const isUpper = /^[a-z]$/.test(plain) ? this.state.shift !== this.state.capsLock : this.state.shift;
    return isUpper ? SHIFTED[make] : plain;
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    // The firmware takes the controller over.
  }
}
