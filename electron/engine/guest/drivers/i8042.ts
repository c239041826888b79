import { readScanCodes } from '../hardware/keyboard-controller';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { meaningOf, noKeys, type HeldKeys } from './key-decoder';

/** Keys that are held, and whether a prefix has come. Plain. */
export interface KeyboardState extends HeldKeys {
  kind: 'i8042';
  extended: boolean;
}

export function newKeyboard(): KeyboardState {
  return { kind: 'i8042', ...noKeys(), extended: false };
}

const PREFIX = 0xe0;

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
    if (code === PREFIX) return void (state.extended = true);
    const key = meaningOf(state, { make: code & 0x7f, isDown: code < 0x80, isExtended: state.extended });
    state.extended = false;
    if (key !== null) this.context.key(key);
  }

  wake(): void {
    // Nothing is asked for.
  }

  stop(): void {
    // The firmware takes the controller over.
  }
}
