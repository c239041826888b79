import type { KeySource } from '../../base/backends';
import { allOnes } from '../../base/bytes';
import type { InterruptLine } from '../../base/interrupt-line';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import * as kbd from './keyboard';
import * as mouse from './mouse';
import { toSet1 } from './scan-codes';

/** What a keyboard controller is made of. */
export interface I8042Options {
  readonly name: string;
  readonly ports: PortSpace;
  /** IRQ 1 and IRQ 12. */
  readonly keyboardInterrupt: InterruptLine;
  readonly mouseInterrupt: InterruptLine;
  readonly keys: KeySource;
  /** Pin P20 was pulsed: the processor's reset. */
  readonly onReset: () => void;
}

export interface I8042State {
  /** Byte for the processor, and who sent it; null when the buffer is empty. */
  output: { byte: number; aux: boolean } | null;
  /** The controller's own answers, and bytes that the processor asked it to give back. */
  replies: { byte: number; aux: boolean }[];
  /** Byte 0 of the controller's memory: interrupts, clocks, translation. */
  command: number;
  /** Controller command whose parameter comes next; 0 for none. */
  expects: number;
  lastWasCommand: boolean;
  /** A translated F0h prefix has been swallowed: the next code is a release. */
  release: boolean;
  a20: boolean;
  keyboard: kbd.KeyboardState;
  mouse: mouse.MouseState;
  unknown: number;
}

const DATA = 0x60;
const STATUS = 0x64;
const COMMAND = {
  keyboardInterrupt: 0x01,
  mouseInterrupt: 0x02,
  system: 0x04,
  keyboardOff: 0x10,
  mouseOff: 0x20,
  translate: 0x40,
} as const;
const STATUS_BIT = { output: 0x01, system: 0x04, command: 0x08, unlocked: 0x10, aux: 0x20 } as const;
const BREAK = 0xf0;

function powerOn(): I8042State {
  return {
    output: null,
    replies: [],
    command: 0x47,
    expects: 0,
    lastWasCommand: false,
    release: false,
    a20: true,
    keyboard: kbd.powerOnKeyboard(),
    mouse: mouse.powerOnMouse(),
    unknown: 0,
  };
}

/**
 * The keyboard controller of a PC with its PS/2 keyboard and mouse (IBM PS/2 Technical Reference, "Keyboard and auxiliary
 * device controller"): ports 60h and 64h.
 */
export class I8042 implements PortDevice, Unit<I8042State> {
  private state: I8042State = powerOn();

  constructor(private readonly options: I8042Options) {
    options.ports.claim(options.name, DATA, 1, this);
    options.ports.claim(options.name, STATUS, 1, this);
    options.keys.onKey((event) => {
      kbd.pressKey(this.state.keyboard, event);
      this.refill();
    });
  }

  /** The pointing device moved, or a button changed. */
  moveMouse(event: mouse.MouseEvent): void {
    mouse.moveMouse(this.state.mouse, event);
    this.refill();
  }

  /** Level of address line 20's gate, as the output port drives it. */
  get a20(): boolean {
    return this.state.a20;
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    return port === STATUS ? this.status() : this.takeOutput();
  }

  private status(): number {
    const { output, command, lastWasCommand } = this.state;
    return (
      STATUS_BIT.unlocked |
      (output ? STATUS_BIT.output : 0) |
      (output?.aux ? STATUS_BIT.aux : 0) |
      (command & COMMAND.system ? STATUS_BIT.system : 0) |
      (lastWasCommand ? STATUS_BIT.command : 0)
    );
  }

  private takeOutput(): number {
    const byte = this.state.output?.byte ?? 0;
    this.state.output = null;
    this.driveLines(); // both low for a moment: the next byte is a new edge
    this.refill();
    return byte;
  }

  /** Moves the next byte into the output buffer when that is empty: the controller's own first, then the devices'. */
  private refill(): void {
    const { state } = this;
    const { command, keyboard } = state;
    if (state.output === null) state.output = state.replies.shift() ?? null;
    while (state.output === null && (command & COMMAND.keyboardOff) === 0 && kbd.hasKeyboardByte(keyboard)) {
      const byte = this.translate(kbd.takeKeyboardByte(keyboard));
      if (byte !== null) state.output = { byte, aux: false };
    }
    if (state.output === null && (command & COMMAND.mouseOff) === 0 && mouse.hasMouseByte(state.mouse)) {
      state.output = { byte: mouse.takeMouseByte(state.mouse), aux: true };
    }
    this.driveLines();
  }

  /** Scan code set 2 becomes set 1: the release prefix turns into bit 7 of the code after it. */
  private translate(byte: number): number | null {
    if ((this.state.command & COMMAND.translate) === 0) return byte;
    const wasRelease = this.state.release;
    this.state.release = byte === BREAK;
    return byte === BREAK ? null : toSet1(byte) | (wasRelease ? 0x80 : 0);
  }

  private driveLines(): void {
    const { output, command } = this.state;
    this.options.keyboardInterrupt.set(output !== null && !output.aux && (command & COMMAND.keyboardInterrupt) !== 0);
    this.options.mouseInterrupt.set(output !== null && output.aux && (command & COMMAND.mouseInterrupt) !== 0);
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    this.state.lastWasCommand = port === STATUS;
    if (port === STATUS) this.runCommand(value);
    else this.writeData(value);
    this.refill();
  }

  private reply(byte: number, aux = false): void {
    this.state.replies.push({ byte, aux });
  }

  private enable(bit: number, isOn: boolean): void {
    this.state.command = isOn ? this.state.command & ~bit : this.state.command | bit;
  }

  private runCommand(command: number): void {
    this.state.expects = 0;
    if (command === 0x20) this.reply(this.state.command);
    else if (command === 0xa7 || command === 0xa8) this.enable(COMMAND.mouseOff, command === 0xa8);
    else if (command === 0xad || command === 0xae) this.enable(COMMAND.keyboardOff, command === 0xae);
    else if (command === 0xaa) this.selfTest();
    else if (command === 0xa9 || command === 0xab)
      this.reply(0x00); // both interfaces are well
    else if (command === 0xa4)
      this.reply(0xf1); // no password
    else if (command === 0xc0)
      this.reply(0x80); // input port: the keyboard is not locked
    else if (command === 0xd0) this.reply(this.outputPort());
    else if (command >= 0xf0) this.pulse(command);
    else if ([0x60, 0xd1, 0xd2, 0xd3, 0xd4].includes(command)) this.state.expects = command;
    else this.state.unknown++;
  }

  private selfTest(): void {
    this.state.replies = [];
    this.state.output = null;
    this.state.command |= COMMAND.system;
    this.reply(0x55);
  }

  private outputPort(): number {
    const { a20, output } = this.state;
    return 0x01 | (a20 ? 0x02 : 0) | (output && !output.aux ? 0x10 : 0) | (output?.aux ? 0x20 : 0);
  }

  /** Bits 3:0 that are clear are pulsed low; bit 0 is the processor's reset. */
  private pulse(command: number): void {
    if ((command & 1) === 0) this.options.onReset();
  }

  private writeData(value: number): void {
    const command = this.state.expects;
    this.state.expects = 0;
    if (command === 0x60) this.state.command = value;
    else if (command === 0xd1) this.writeOutputPort(value);
    else if (command === 0xd2 || command === 0xd3) this.reply(value, command === 0xd3);
    else if (command === 0xd4) mouse.tellMouse(this.state.mouse, value);
    else this.tellKeyboard(value);
  }

  private writeOutputPort(value: number): void {
    this.state.a20 = (value & 2) !== 0;
    if ((value & 1) === 0) this.options.onReset();
  }

  /** A byte for the keyboard also switches its clock on again. */
  private tellKeyboard(value: number): void {
    this.enable(COMMAND.keyboardOff, true);
    kbd.tellKeyboard(this.state.keyboard, value);
  }

  reset(): void {
    this.state = powerOn();
    this.driveLines();
  }

  save(): I8042State {
    return clonePlain(this.state);
  }

  restore(saved: I8042State): void {
    this.state = clonePlain(saved);
    this.driveLines();
  }

  inspect(): InspectNode {
    const { command, output, keyboard, mouse: pointer, unknown } = this.state;
    return {
      command,
      output: output ? output.byte : null,
      keyboard: {
        leds: keyboard.leds,
        set: keyboard.set,
        scanning: keyboard.scanning,
        waiting: keyboard.queue.length,
        lost: keyboard.lost,
      },
      mouse: { reporting: pointer.reporting, wheel: pointer.wheel, buttons: pointer.buttons },
      unknown,
    };
  }
}
