/** Keyboard and mouse: linux drivers/input/serio/hyperv-keyboard.c, drivers/hid/hid-hyperv.c. */
import * as keyboard from '@engine/vmbus/protocol/synth-keyboard';
import * as mouse from '@engine/vmbus/protocol/synth-mouse';
import { constants, single, structure, type Row } from './rows';

export const KEYBOARD: readonly Row[] = [
  ...structure('KEYBOARD_REQUEST', keyboard.KEYBOARD_REQUEST, 'struct synth_kbd_protocol_request', {
    type: 'header.type',
    version: 'version_requested',
  }),
  ...structure('KEYBOARD_RESPONSE', keyboard.KEYBOARD_RESPONSE, 'struct synth_kbd_protocol_response', {
    type: 'header.type',
    status: 'proto_status',
  }),
  ...structure('KEYSTROKE', keyboard.KEYSTROKE, 'struct synth_kbd_keystroke', {
    type: 'header.type',
    makeCode: 'make_code',
    flags: 'info',
  }),
  ...constants('KeyboardMessage', keyboard.KeyboardMessage, {
    ProtocolRequest: 'SYNTH_KBD_PROTOCOL_REQUEST',
    ProtocolResponse: 'SYNTH_KBD_PROTOCOL_RESPONSE',
    Event: 'SYNTH_KBD_EVENT',
    LedIndicators: 'SYNTH_KBD_LED_INDICATORS',
  }),
  ...constants('Keystroke', keyboard.Keystroke, { Unicode: 'IS_UNICODE', Break: 'IS_BREAK', E0: 'IS_E0', E1: 'IS_E1' }),
  single('KEYBOARD_VERSION', keyboard.KEYBOARD_VERSION, 'SYNTH_KBD_VERSION'),
  single('PROTOCOL_ACCEPTED', keyboard.PROTOCOL_ACCEPTED, 'PROTOCOL_ACCEPTED'),
];

/** Ours are the bodies behind the header. */
const behind = (type: string): { size: string; base: string } => ({
  size: `sizeof(${type}) - sizeof(struct synthhid_msg_hdr)`,
  base: 'sizeof(struct synthhid_msg_hdr)',
});

const REQUEST = 'struct synthhid_protocol_request';
const RESPONSE = 'struct synthhid_protocol_response';
const INFO = 'struct synthhid_device_info';

export const MOUSE: readonly Row[] = [
  ...structure('MOUSE_REQUEST', mouse.MOUSE_REQUEST, REQUEST, { version: 'version_requested' }, behind(REQUEST)),
  ...structure(
    'MOUSE_RESPONSE',
    mouse.MOUSE_RESPONSE,
    RESPONSE,
    { version: 'version_requested', approved: 'approved' },
    behind(RESPONSE),
  ),
  ...structure(
    'MOUSE_DEVICE_INFO',
    mouse.MOUSE_DEVICE_INFO,
    INFO,
    {
      size: 'hid_dev_info.size',
      vendor: 'hid_dev_info.vendor',
      product: 'hid_dev_info.product',
      version: 'hid_dev_info.version',
      descriptor: 'hid_descriptor',
    },
    behind(INFO),
  ),
  single('MOUSE_INFO_BYTES', mouse.MOUSE_INFO_BYTES, 'sizeof(struct hv_input_dev_info)'),
  single('MOUSE_VERSION', mouse.MOUSE_VERSION, 'SYNTHHID_INPUT_VERSION'),
  ...constants('MouseMessage', mouse.MouseMessage, {
    ProtocolRequest: 'SYNTH_HID_PROTOCOL_REQUEST',
    ProtocolResponse: 'SYNTH_HID_PROTOCOL_RESPONSE',
    InitialDeviceInfo: 'SYNTH_HID_INITIAL_DEVICE_INFO',
    InitialDeviceInfoAck: 'SYNTH_HID_INITIAL_DEVICE_INFO_ACK',
    InputReport: 'SYNTH_HID_INPUT_REPORT',
  }),
];
