import type { VmbusClient } from '../../../vmbus/client/client';
import {
  KEYBOARD_LEDS,
  KEYBOARD_REQUEST,
  KEYBOARD_RESPONSE,
  KEYBOARD_VERSION,
  KeyboardMessage,
  keyboardTypeOf,
  KEYSTROKE,
  Keystroke,
  PROTOCOL_ACCEPTED,
} from '../../../vmbus/protocol/synth-keyboard';
import { MessageChannel } from './message-channel';

/** How far a driver of this folder is with its provider. */
export type HumanPhase = 'closed' | 'opening' | 'negotiating' | 'active' | 'failed';

/** What the driver remembers of its channel. Plain. */
export interface KeyboardVscState {
  phase: HumanPhase;
  waiting: Uint8Array[];
  malformed: number;
}

export function newKeyboardVsc(): KeyboardVscState {
  return { phase: 'closed', waiting: [], malformed: 0 };
}

export interface KeyboardVscOptions {
  readonly client: VmbusClient;
  readonly relid: number;
  readonly state: KeyboardVscState;
  /** The keyboard works, or will not. */
  changed(phase: HumanPhase): void;
  /** A key by its set 1 make code. */
  key(make: number, isDown: boolean, isExtended: boolean): void;
}

/** Linux: ten pages in each direction. drivers/input/serio/hyperv-keyboard.c. */
const RING_PAGES = 10;

/** The guest's end of the synthetic keyboard. */
export class KeyboardVsc {
  private readonly channel: MessageChannel;

  constructor(private readonly options: KeyboardVscOptions) {
    const { client, relid, state } = options;
    this.channel = new MessageChannel({
      client,
      relid,
      ringPages: RING_PAGES,
      waiting: state.waiting,
      opened: () => this.negotiate(),
      received: (payload) => this.received(payload),
      ended: () => this.enter('failed'),
    });
  }

  start(): void {
    this.enter('opening');
    this.channel.start();
  }

  stop(): void {
    this.channel.stop();
  }

  /** Sets the lights: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock. */
  setLeds(leds: number): void {
    this.channel.send(KEYBOARD_LEDS.encode({ type: KeyboardMessage.LedIndicators, leds }));
  }

  private negotiate(): void {
    this.enter('negotiating');
    this.channel.send(KEYBOARD_REQUEST.encode({ type: KeyboardMessage.ProtocolRequest, version: KEYBOARD_VERSION }));
  }

  private received(payload: Uint8Array): void {
    const type = keyboardTypeOf(payload);
    if (type === KeyboardMessage.ProtocolResponse && this.options.state.phase === 'negotiating') this.answered(payload);
    else if (type === KeyboardMessage.Event && this.options.state.phase === 'active') this.stroke(payload);
    else this.options.state.malformed++;
  }

  private answered(payload: Uint8Array): void {
    const status = KEYBOARD_RESPONSE.decode(payload)?.status ?? 0;
    this.enter((status & PROTOCOL_ACCEPTED) !== 0 ? 'active' : 'failed');
  }

  /** Characters instead of codes are not asked for by anybody here. */
  private stroke(payload: Uint8Array): void {
    const stroke = KEYSTROKE.decode(payload);
    if (!stroke || (stroke.flags & Keystroke.Unicode) !== 0) {
      this.options.state.malformed++;
      return;
    }
    const { makeCode, flags } = stroke;
    this.options.key(makeCode, (flags & Keystroke.Break) === 0, (flags & Keystroke.E0) !== 0);
  }

  private enter(phase: HumanPhase): void {
    this.options.state.phase = phase;
    this.options.changed(phase);
  }
}
