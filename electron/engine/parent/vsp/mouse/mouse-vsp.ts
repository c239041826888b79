import type { PointerEvent } from '../../../base/backends';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import {
  decodeMouse,
  encodeMouse,
  MOUSE_REQUEST,
  MOUSE_RESPONSE,
  MOUSE_VERSION,
  MouseMessage,
} from '../../../vmbus/protocol/synth-mouse';
import { agreeOn, inBand, MessageProvider, type ProviderState, type VersionCounters } from '../message-provider';
import { deviceInfo, inputReport } from './report';

/** Everything about the synthetic mouse that a guest (or a person) can change. */
export interface MouseVspState extends ProviderState {
  /** `introduced`: the device has told what it is and waits for the guest's acknowledgement. */
  phase: 'closed' | 'open' | 'introduced' | 'active';
  /** A position that found reports waiting: only the newest counts, and it goes when they are out. */
  latest: PointerEvent | null;
  buttons: number;
  counters: MouseVspCounters;
}

export interface MouseVspCounters extends VersionCounters {
  reports: number;
  /** Movements that a newer one has overtaken, because the guest does not read fast enough. */
  merged: number;
  lost: number;
}

/** Reports that wait for a guest that does not read. */
const WAITING_LIMIT = 64;

/**
 * The synthetic mouse of the parent partition: a HID device over a VMBus channel whose reports say where on the picture the
 * pointer is, so that nothing has to be captured. linux drivers/hid/hid-hyperv.c is the other side.
 */
export class MouseVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device = new MessageProvider<MouseVspState>({
    offer: { name: 'mouse', interfaceType: DeviceClass.Mouse, instance: DeviceInstance.Mouse, pipe: true },
    fresh,
    kept: (state, { counters }) => ({ ...state, counters }),
    received: (payload) => this.received(payload),
    drained: () => this.catchUp(),
    describe: ({ buttons }) => ({ buttons }),
  });

  private get state(): MouseVspState {
    return this.device.state;
  }

  /** True when the guest's driver listens: the pointer is integrated. */
  get active(): boolean {
    return this.state.phase === 'active';
  }

  /** The pointer moved over the picture, or a button or the wheel. Ignored while no driver listens. */
  point(event: PointerEvent): void {
    const { state } = this;
    if (!this.active) return;
    const isMovement = event.buttons === state.buttons && event.wheel === 0;
    state.buttons = event.buttons;
    if (state.waiting.length === 0) this.report(event);
    else if (isMovement) this.postpone(event);
    else if (state.waiting.length >= WAITING_LIMIT) state.counters.lost++;
    else this.report(event);
    this.device.schedule();
  }

  private postpone(event: PointerEvent): void {
    if (this.state.latest) this.state.counters.merged++;
    this.state.latest = { ...event };
  }

  private report(event: PointerEvent): void {
    this.state.latest = null;
    this.state.counters.reports++;
    this.device.queue(inBand(encodeMouse(MouseMessage.InputReport, inputReport(event))));
  }

  private catchUp(): void {
    if (this.state.latest) this.report(this.state.latest);
  }

  private received(payload: Uint8Array): boolean {
    const message = decodeMouse(payload);
    if (message?.type === MouseMessage.ProtocolRequest) return this.negotiate(message.body);
    return message?.type === MouseMessage.InitialDeviceInfoAck && this.acknowledged();
  }

  /** The answer, and behind it what this device is. The pipe's size must be exact: Linux drops a larger answer. */
  private negotiate(body: Uint8Array): boolean {
    const request = MOUSE_REQUEST.decode(body);
    if (!request) return false;
    const { state } = this;
    const { version } = request;
    const agreement = agreeOn(version === MOUSE_VERSION, state);
    if (agreement === 'unheard') return true;
    const answer = { version, approved: agreement === 'agreed' ? 1 : 0 };
    this.device.queue(inBand(encodeMouse(MouseMessage.ProtocolResponse, MOUSE_RESPONSE.encode(answer))));
    if (agreement === 'agreed') this.introduce();
    return true;
  }

  private introduce(): void {
    this.state.phase = 'introduced';
    this.device.queue(inBand(encodeMouse(MouseMessage.InitialDeviceInfo, deviceInfo())));
  }

  private acknowledged(): boolean {
    if (this.state.phase === 'introduced') this.state.phase = 'active';
    else this.state.counters.outOfPlace++;
    return true;
  }
}

function fresh(): MouseVspState {
  const counters = { reports: 0, merged: 0, lost: 0, refusedVersions: 0, malformed: 0, outOfPlace: 0 };
  return { phase: 'closed', waiting: [], latest: null, buttons: 0, counters };
}
