import { readU16 } from '../../../base/bytes';
import type { Packet } from '../../../vmbus/protocol/packet';
import {
  decodeMouse,
  encodeMouse,
  MOUSE_DEVICE_INFO,
  MOUSE_REQUEST,
  MOUSE_RESPONSE,
  MOUSE_VERSION,
  MouseMessage,
} from '../../../vmbus/protocol/synth-mouse';
import { fieldValue, HidUsage, parseReportDescriptor, type HidField } from './hid-report';
import { MessageDriver, newDriverState, type ChannelOptions, type DriverState } from '../message-driver';
import type { HumanPhase } from './keyboard-vsc';

/** Where the pointer is, in parts of the screen (0 to 1), and what is pressed: bit 0 left, bit 1 right, bit 2 middle. */
export interface PointerPlace {
  x: number;
  y: number;
  buttons: number;
  /** Notches since the driver began, away from the user. */
  wheel: number;
}

/** What the driver remembers. Plain. */
export interface MouseVscState extends DriverState<HumanPhase> {
  vendor: number;
  product: number;
  /** What the device's reports mean, as it has described them. */
  fields: HidField[];
  pointer: PointerPlace;
  reports: number;
}

export function newMouseVsc(): MouseVscState {
  const pointer = { x: 0.5, y: 0.5, buttons: 0, wheel: 0 };
  return { ...newDriverState(), vendor: 0, product: 0, fields: [], pointer, reports: 0 };
}

export interface MouseVscOptions extends ChannelOptions<HumanPhase> {
  readonly state: MouseVscState;
}

/** Linux: 36 KB of data in each direction. drivers/hid/hid-hyperv.c. */
const RING_PAGES = 10;
const LENGTH_AT = 7; // of the report descriptor, in the HID descriptor

/** The guest's end of the synthetic mouse: reads the device's own description, and its reports by that. */
export class MouseVsc {
  /** To start it and to stop it. */
  readonly channel: MessageDriver<HumanPhase>;

  constructor(private readonly options: MouseVscOptions) {
    this.channel = new MessageDriver(options, {
      ringPages: RING_PAGES,
      opened: () => this.negotiate(),
      received: (packet) => this.received(packet),
    });
  }

  private get state(): MouseVscState {
    return this.options.state;
  }

  private negotiate(): void {
    this.channel.enter('negotiating');
    this.channel.request(encodeMouse(MouseMessage.ProtocolRequest, MOUSE_REQUEST.encode({ version: MOUSE_VERSION })));
  }

  private received({ payload }: Packet): boolean {
    const message = decodeMouse(payload);
    if (message?.type === MouseMessage.ProtocolResponse) this.answered(message.body);
    else if (message?.type === MouseMessage.InitialDeviceInfo) this.introduced(message.body);
    else if (message?.type === MouseMessage.InputReport && this.state.phase === 'active') this.report(message.body);
    else return false;
    return true;
  }

  private answered(body: Uint8Array): void {
    if (MOUSE_RESPONSE.decode(body)?.approved !== 1) this.channel.enter('failed');
  }

  /** Without coordinates and a button it is no pointing device. */
  private introduced(body: Uint8Array): void {
    const info = MOUSE_DEVICE_INFO.decode(body);
    const { state } = this;
    if (!info) return this.channel.enter('failed');
    const length = readU16(info.descriptor, LENGTH_AT);
    state.fields = parseReportDescriptor(body.slice(MOUSE_DEVICE_INFO.size, MOUSE_DEVICE_INFO.size + length));
    Object.assign(state, { vendor: info.vendor, product: info.product });
    const needed = [HidUsage.x, HidUsage.y, HidUsage.firstButton];
    if (needed.some((usage) => !this.field(usage))) return this.channel.enter('failed');
    this.channel.request(encodeMouse(MouseMessage.InitialDeviceInfoAck, new Uint8Array(1)));
    this.channel.enter('active');
  }

  private field(usage: number): HidField | undefined {
    return this.state.fields.find((field) => field.usage === usage);
  }

  private report(report: Uint8Array): void {
    const { pointer } = this.state;
    const part = (usage: number): number => {
      const field = this.field(usage);
      return field ? fieldValue(report, field) / field.maximum : 0;
    };
    pointer.x = part(HidUsage.x);
    pointer.y = part(HidUsage.y);
    const wheel = this.field(HidUsage.wheel);
    pointer.wheel += wheel ? fieldValue(report, wheel) : 0;
    pointer.buttons = 0;
    for (let usage: number = HidUsage.firstButton; usage <= HidUsage.lastButton; usage++) {
      const button = this.field(usage);
      if (button && fieldValue(report, button) === 1) pointer.buttons |= 1 << (usage - HidUsage.firstButton);
    }
    this.state.reports++;
  }
}
