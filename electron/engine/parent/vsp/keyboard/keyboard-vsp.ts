import type { KeyEvent } from '../../../base/backends';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType, type OutgoingPacket, type Packet } from '../../../vmbus/protocol/packet';
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
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { completionOf, flushOutbox, inBand } from '../outbox';

/** Everything about the synthetic keyboard that a guest (or a person) can change. */
export interface KeyboardVspState {
  /** `open` until a version is agreed: after a refusal the guest may ask for another. */
  phase: 'closed' | 'open' | 'active';
  /** Lights as the guest set them: bit 0 Scroll Lock, bit 1 Num Lock, bit 2 Caps Lock. */
  leds: number;
  waiting: OutgoingPacket[];
  counters: KeyboardVspCounters;
}

export interface KeyboardVspCounters {
  keystrokes: number;
  /** Keystrokes for which there was no room, because the guest does not read. */
  lost: number;
  refusedVersions: number;
  malformed: number;
  /** Messages that have no place in the present phase. */
  outOfPlace: number;
}

/** Packets that wait for a guest that does not read. A keyboard's buffer is small. */
const WAITING_LIMIT = 64;

/**
 * The synthetic keyboard of the parent partition: keystrokes as set 1 make codes over a VMBus channel without pipe headers,
 * since Windows Server 2012. linux drivers/input/serio/hyperv-keyboard.c is the other side.
 */
export class KeyboardVsp implements VspDevice, Unit<KeyboardVspState> {
  readonly offer: OfferSpec = {
    name: 'keyboard',
    interfaceType: DeviceClass.Keyboard,
    instance: DeviceInstance.Keyboard,
  };
  private state = fresh();
  private channel: HostChannel | null = null;

  /** True when the guest's driver listens: keys go this way and not to the emulated keyboard. */
  get active(): boolean {
    return this.state.phase === 'active';
  }

  /** Lights that the guest's driver has set. */
  get leds(): number {
    return this.state.leds;
  }

  attached(channel: HostChannel): void {
    this.channel = channel;
  }

  opened(): boolean {
    this.begin('open');
    return true;
  }

  closed(): void {
    this.begin('closed');
  }

  private begin(phase: KeyboardVspState['phase']): void {
    this.state = { ...fresh(), phase, counters: this.state.counters };
  }

  /** A key of the console went down or up. Ignored while no driver listens. */
  press({ code, down, extended }: KeyEvent): void {
    const { state } = this;
    if (state.phase !== 'active') return;
    if (state.waiting.length >= WAITING_LIMIT) {
      state.counters.lost++;
      return;
    }
    const flags = (down ? 0 : Keystroke.Break) | (extended ? Keystroke.E0 : 0);
    state.waiting.push(inBand(KEYSTROKE.encode({ type: KeyboardMessage.Event, makeCode: code, flags })));
    state.counters.keystrokes++;
    this.channel?.schedule();
  }

  signalled(channel: HostChannel): void {
    if (!flushOutbox(channel, this.state.waiting)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      if (packet.type !== PacketType.InBand) continue; // completions of keystrokes: nothing waits for them
      this.handle(packet);
      if (!flushOutbox(channel, this.state.waiting)) return;
    }
  }

  private handle(packet: Packet): void {
    const { state } = this;
    state.waiting.push(...completionOf(packet));
    const type = keyboardTypeOf(packet.payload);
    if (type === KeyboardMessage.ProtocolRequest) this.negotiate(packet.payload);
    else if (type === KeyboardMessage.LedIndicators) this.setLeds(packet.payload);
    else state.counters.malformed++;
  }

  private negotiate(payload: Uint8Array): void {
    const request = KEYBOARD_REQUEST.decode(payload);
    const { state } = this;
    if (!request) state.counters.malformed++;
    else if (state.phase !== 'open') state.counters.outOfPlace++;
    else {
      const isKnown = request.version === KEYBOARD_VERSION;
      if (isKnown) state.phase = 'active';
      else state.counters.refusedVersions++;
      const status = isKnown ? PROTOCOL_ACCEPTED : 0;
      state.waiting.push(inBand(KEYBOARD_RESPONSE.encode({ type: KeyboardMessage.ProtocolResponse, status })));
    }
  }

  private setLeds(payload: Uint8Array): void {
    const message = KEYBOARD_LEDS.decode(payload);
    const { state } = this;
    if (!message) state.counters.malformed++;
    else if (state.phase !== 'active') state.counters.outOfPlace++;
    else state.leds = message.leds & 7;
  }

  reset(): void {
    this.state = fresh();
  }

  save(): KeyboardVspState {
    return clonePlain(this.state);
  }

  restore(saved: KeyboardVspState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { phase, leds, waiting, counters } = this.state;
    return { phase, leds, waiting: waiting.length, counters: { ...counters } };
  }
}

function fresh(): KeyboardVspState {
  const counters = { keystrokes: 0, lost: 0, refusedVersions: 0, malformed: 0, outOfPlace: 0 };
  return { phase: 'closed', leds: 0, waiting: [], counters };
}
