import type { PointerEvent } from '../../../base/backends';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import { PacketType, type OutgoingPacket, type Packet } from '../../../vmbus/protocol/packet';
import {
  decodeMouse,
  encodeMouse,
  MOUSE_REQUEST,
  MOUSE_RESPONSE,
  MOUSE_VERSION,
  MouseMessage,
} from '../../../vmbus/protocol/synth-mouse';
import type { VspDevice } from '../../../vmbus/server/device';
import type { HostChannel } from '../../../vmbus/server/host-channel';
import { completionOf, flushOutbox, inBand } from '../outbox';
import { deviceInfo, inputReport } from './report';

/** Everything about the synthetic mouse that a guest (or a person) can change. */
export interface MouseVspState {
  /** `introduced`: the device has told what it is and waits for the guest's acknowledgement. */
  phase: 'closed' | 'open' | 'introduced' | 'active';
  waiting: OutgoingPacket[];
  /** A position that found reports waiting: only the newest counts, and it goes when they are out. */
  latest: PointerEvent | null;
  buttons: number;
  counters: MouseVspCounters;
}

export interface MouseVspCounters {
  reports: number;
  /** Movements that a newer one has overtaken, because the guest does not read fast enough. */
  merged: number;
  lost: number;
  refusedVersions: number;
  malformed: number;
  /** Messages that have no place in the present phase. */
  outOfPlace: number;
}

/** Reports that wait for a guest that does not read. */
const WAITING_LIMIT = 64;

/**
 * The synthetic mouse of the parent partition: a HID device over a VMBus channel whose reports say where on the picture the
 * pointer is, so that nothing has to be captured. linux drivers/hid/hid-hyperv.c is the other side.
 */
export class MouseVsp implements VspDevice, Unit<MouseVspState> {
  readonly offer: OfferSpec = {
    name: 'mouse',
    interfaceType: DeviceClass.Mouse,
    instance: DeviceInstance.Mouse,
    pipe: true,
  };
  private state = fresh();
  private channel: HostChannel | null = null;

  /** True when the guest's driver listens: the pointer is integrated. */
  get active(): boolean {
    return this.state.phase === 'active';
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

  private begin(phase: MouseVspState['phase']): void {
    this.state = { ...fresh(), phase, counters: this.state.counters };
  }

  /** The pointer moved over the picture, or a button or the wheel. Ignored while no driver listens. */
  point(event: PointerEvent): void {
    const { state } = this;
    if (state.phase !== 'active') return;
    const isMovement = event.buttons === state.buttons && event.wheel === 0;
    state.buttons = event.buttons;
    if (state.waiting.length === 0) this.report(event);
    else if (isMovement) this.postpone(event);
    else if (state.waiting.length >= WAITING_LIMIT) state.counters.lost++;
    else this.report(event);
    this.channel?.schedule();
  }

  private postpone(event: PointerEvent): void {
    if (this.state.latest) this.state.counters.merged++;
    this.state.latest = { ...event };
  }

  private report(event: PointerEvent): void {
    this.state.latest = null;
    this.state.waiting.push(inBand(encodeMouse(MouseMessage.InputReport, inputReport(event))));
    this.state.counters.reports++;
  }

  signalled(channel: HostChannel): void {
    if (!this.flush(channel)) return;
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      if (packet.type !== PacketType.InBand) continue; // completions of reports: nothing waits for them
      this.handle(packet);
      if (!this.flush(channel)) return;
    }
  }

  private flush(channel: HostChannel): boolean {
    const { waiting } = this.state;
    if (!flushOutbox(channel, waiting)) return false;
    if (this.state.latest) this.report(this.state.latest);
    return flushOutbox(channel, waiting);
  }

  private handle(packet: Packet): void {
    const { state } = this;
    state.waiting.push(...completionOf(packet));
    const message = decodeMouse(packet.payload);
    if (message?.type === MouseMessage.ProtocolRequest) this.negotiate(message.body);
    else if (message?.type === MouseMessage.InitialDeviceInfoAck) this.acknowledged();
    else state.counters.malformed++;
  }

  /** The answer, and behind it what this device is. The pipe's size must be exact: Linux drops a larger answer. */
  private negotiate(body: Uint8Array): void {
    const request = MOUSE_REQUEST.decode(body);
    const { state } = this;
    if (!request) state.counters.malformed++;
    else if (state.phase !== 'open') state.counters.outOfPlace++;
    else {
      const { version } = request;
      const approved = version === MOUSE_VERSION ? 1 : 0;
      state.waiting.push(
        inBand(encodeMouse(MouseMessage.ProtocolResponse, MOUSE_RESPONSE.encode({ version, approved }))),
      );
      if (approved === 0) state.counters.refusedVersions++;
      else this.introduce();
    }
  }

  private introduce(): void {
    this.state.phase = 'introduced';
    this.state.waiting.push(inBand(encodeMouse(MouseMessage.InitialDeviceInfo, deviceInfo())));
  }

  private acknowledged(): void {
    if (this.state.phase === 'introduced') this.state.phase = 'active';
    else this.state.counters.outOfPlace++;
  }

  reset(): void {
    this.state = fresh();
  }

  save(): MouseVspState {
    return clonePlain(this.state);
  }

  restore(saved: MouseVspState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { phase, waiting, buttons, counters } = this.state;
    return { phase, waiting: waiting.length, buttons, counters: { ...counters } };
  }
}

function fresh(): MouseVspState {
  const counters = { reports: 0, merged: 0, lost: 0, refusedVersions: 0, malformed: 0, outOfPlace: 0 };
  return { phase: 'closed', waiting: [], latest: null, buttons: 0, counters };
}
