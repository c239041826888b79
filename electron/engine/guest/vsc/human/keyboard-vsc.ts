import type { Packet } from '../../../vmbus/protocol/packet';
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
import { MessageDriver, newDriverState, type ChannelOptions, type DriverState } from '../message-driver';

/** How far a driver of this folder is once its channel is open. */
export type HumanPhase = 'negotiating' | 'active';

/** What the driver remembers of its channel. Plain. */
export type KeyboardVscState = DriverState<HumanPhase>;

export const newKeyboardVsc = (): KeyboardVscState => newDriverState();

export interface KeyboardVscOptions extends ChannelOptions<HumanPhase> {
  /** A key by its set 1 make code. */
  key(make: number, isDown: boolean, isExtended: boolean): void;
}

/** Linux: ten pages in each direction. drivers/input/serio/hyperv-keyboard.c. */
const RING_PAGES = 10;

/** The guest's end of the synthetic keyboard. */
export class KeyboardVsc {
  /** To start it and to stop it. */
  readonly channel: MessageDriver<HumanPhase>;

  constructor(private readonly options: KeyboardVscOptions) {
    this.channel = new MessageDriver(options, {
      ringPages: RING_PAGES,
      opened: () => this.negotiate(),
      received: (packet) => this.received(packet),
    });
  }

  /** Sets the lights: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock. */
  setLeds(leds: number): void {
    this.channel.request(KEYBOARD_LEDS.encode({ type: KeyboardMessage.LedIndicators, leds }));
  }

  private negotiate(): void {
    this.channel.enter('negotiating');
    this.channel.request(KEYBOARD_REQUEST.encode({ type: KeyboardMessage.ProtocolRequest, version: KEYBOARD_VERSION }));
  }

  private received({ payload }: Packet): boolean {
    const type = keyboardTypeOf(payload);
    const { phase } = this.options.state;
    if (type === KeyboardMessage.ProtocolResponse) return phase === 'negotiating' && this.answered(payload);
    return type === KeyboardMessage.Event && phase === 'active' && this.stroke(payload);
  }

  private answered(payload: Uint8Array): boolean {
    const status = KEYBOARD_RESPONSE.decode(payload)?.status ?? 0;
    this.channel.enter((status & PROTOCOL_ACCEPTED) !== 0 ? 'active' : 'failed');
    return true;
  }

  /** Characters instead of codes are not asked for by anybody here. */
  private stroke(payload: Uint8Array): boolean {
    const stroke = KEYSTROKE.decode(payload);
    if (!stroke || (stroke.flags & Keystroke.Unicode) !== 0) return false;
    const { makeCode, flags } = stroke;
    this.options.key(makeCode, (flags & Keystroke.Break) === 0, (flags & Keystroke.E0) !== 0);
    return true;
  }
}
