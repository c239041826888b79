import type { KeyEvent } from '../../../base/backends';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
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
import { agreeOn, inBand, MessageProvider, type ProviderState, type VersionCounters } from '../message-provider';

/** Everything about the synthetic keyboard that a guest (or a person) can change. */
export interface KeyboardVspState extends ProviderState {
  /** `open` until a version is agreed: after a refusal the guest may ask for another. */
  phase: 'closed' | 'open' | 'active';
  /** Lights as the guest set them: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock. */
  leds: number;
  counters: KeyboardVspCounters;
}

export interface KeyboardVspCounters extends VersionCounters {
  keystrokes: number;
  /** Keystrokes for which there was no room, because the guest does not read. */
  lost: number;
}

/** Packets that wait for a guest that does not read. A keyboard's buffer is small. */
const WAITING_LIMIT = 64;

/**
 * The synthetic keyboard of the parent partition: keystrokes as set 1 make codes over a VMBus channel without pipe headers,
 * since Windows Server 2012. linux drivers/input/serio/hyperv-keyboard.c is the other side.
 */
export class KeyboardVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device = new MessageProvider<KeyboardVspState>({
    offer: { name: 'keyboard', interfaceType: DeviceClass.Keyboard, instance: DeviceInstance.Keyboard },
    fresh,
    kept: (state, { counters }) => ({ ...state, counters }),
    received: (payload) => this.received(payload),
    describe: ({ leds }) => ({ leds }),
  });

  private get state(): KeyboardVspState {
    return this.device.state;
  }

  /** True when the guest's driver listens: keys go this way and not to the emulated keyboard. */
  get active(): boolean {
    return this.state.phase === 'active';
  }

  /** Lights that the guest's driver has set. */
  get leds(): number {
    return this.state.leds;
  }

  /** A key of the console went down or up. Ignored while no driver listens. */
  press({ code, down, extended }: KeyEvent): void {
    const { waiting, counters } = this.state;
    if (!this.active) return;
    if (waiting.length >= WAITING_LIMIT) {
      counters.lost++;
      return;
    }
    const flags = (down ? 0 : Keystroke.Break) | (extended ? Keystroke.E0 : 0);
    this.device.queue(inBand(KEYSTROKE.encode({ type: KeyboardMessage.Event, makeCode: code, flags })));
    this.device.schedule();
    counters.keystrokes++;
  }

  private received(payload: Uint8Array): boolean {
    const type = keyboardTypeOf(payload);
    if (type === KeyboardMessage.ProtocolRequest) return this.negotiate(payload);
    return type === KeyboardMessage.LedIndicators && this.setLeds(payload);
  }

  private negotiate(payload: Uint8Array): boolean {
    const request = KEYBOARD_REQUEST.decode(payload);
    if (!request) return false;
    const { state } = this;
    const agreement = agreeOn(request.version === KEYBOARD_VERSION, state);
    if (agreement === 'unheard') return true;
    if (agreement === 'agreed') state.phase = 'active';
    const status = agreement === 'agreed' ? PROTOCOL_ACCEPTED : 0;
    this.device.queue(inBand(KEYBOARD_RESPONSE.encode({ type: KeyboardMessage.ProtocolResponse, status })));
    return true;
  }

  private setLeds(payload: Uint8Array): boolean {
    const message = KEYBOARD_LEDS.decode(payload);
    if (!message) return false;
    if (this.active) this.state.leds = message.leds & 7;
    else this.state.counters.outOfPlace++;
    return true;
  }
}

function fresh(): KeyboardVspState {
  const counters = { keystrokes: 0, lost: 0, refusedVersions: 0, malformed: 0, outOfPlace: 0 };
  return { phase: 'closed', leds: 0, waiting: [], counters };
}
