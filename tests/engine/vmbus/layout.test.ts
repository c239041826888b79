import { describe, expect, it } from 'vitest';
import * as ic from '@engine/vmbus/protocol/ic';
import * as bodies from '@engine/vmbus/protocol/ic-bodies';
import * as messages from '@engine/vmbus/protocol/messages';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import * as rndis from '@engine/vmbus/protocol/rndis';
import type { Layout } from '@engine/vmbus/protocol/layout';
import { guidBytes, guidText } from '@engine/vmbus/protocol/guid';
import { DESCRIPTOR_BYTES, RANGES_AT } from '@engine/vmbus/protocol/packet';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { RingControl } from '@engine/vmbus/ring/ring-buffer';
import { versionsUpTo, VmbusVersion } from '@engine/vmbus/protocol/versions';

type Offsets = Readonly<Record<string, number>>;

/** A structure as the table tests it: what it says of itself, and a way from bytes to bytes. */
interface Row {
  readonly size: number;
  readonly offsets: Offsets;
  readonly throughValues: (bytes: Uint8Array) => Uint8Array | null;
}

function row<T extends object>(layout: Layout<T>): Row {
  const throughValues = (bytes: Uint8Array): Uint8Array | null => {
    const values = layout.decode(bytes);
    return values && layout.encode(values);
  };
  return { size: layout.size, offsets: layout.offsets(), throughValues };
}

/** Sizes and offsets of the kernel's own structures: linux include/linux/hyperv.h. */
const TABLE: readonly (readonly [string, Row, number, Offsets])[] = [
  [
    'vmbus_channel_offer_channel',
    row(messages.OFFER_CHANNEL),
    196,
    {
      interfaceType: 8,
      instance: 24,
      flags: 56,
      mmioMegabytes: 58,
      userDefined: 60,
      subChannelIndex: 180,
      relid: 184,
      monitorId: 188,
      monitorAllocated: 189,
      dedicatedInterrupt: 190,
      connectionId: 192,
    },
  ],
  ['vmbus_channel_rescind_offer', row(messages.RELID_MESSAGE), 12, { relid: 8 }],
  [
    'vmbus_channel_open_channel',
    row(messages.OPEN_CHANNEL),
    148,
    { relid: 8, openId: 12, ringGpadl: 16, targetVp: 20, downstreamPage: 24, userData: 28 },
  ],
  ['vmbus_channel_open_result', row(messages.OPEN_RESULT), 20, { relid: 8, openId: 12, status: 16 }],
  [
    'vmbus_channel_gpadl_header',
    row(messages.GPADL_HEADER),
    20,
    { relid: 8, gpadl: 12, rangeBytes: 16, rangeCount: 18 },
  ],
  ['vmbus_channel_gpadl_body', row(messages.GPADL_BODY), 16, { messageNumber: 8, gpadl: 12 }],
  ['vmbus_channel_gpadl_created', row(messages.GPADL_CREATED), 20, { relid: 8, gpadl: 12, status: 16 }],
  ['vmbus_channel_gpadl_teardown', row(messages.GPADL_TEARDOWN), 16, { relid: 8, gpadl: 12 }],
  ['vmbus_channel_gpadl_torndown', row(messages.GPADL_TORNDOWN), 12, { gpadl: 8 }],
  [
    'vmbus_channel_initiate_contact',
    row(messages.INITIATE_CONTACT),
    40,
    { version: 8, targetVp: 12, interruptPage: 16, monitorPage1: 24, monitorPage2: 32 },
  ],
  [
    'vmbus_channel_version_response',
    row(messages.VERSION_RESPONSE),
    16,
    { supported: 8, connectionState: 9, messageConnection: 12 },
  ],
  ['vmbus_channel_modifychannel', row(messages.MODIFY_CHANNEL), 16, { relid: 8, targetVp: 12 }],
  ['vmbus_channel_modifychannel_response', row(messages.MODIFY_CHANNEL_RESPONSE), 16, { relid: 8, status: 12 }],
  ['vmbus_channel_tl_connect_request', row(messages.TL_CONNECT_REQUEST), 40, { endpoint: 8, service: 24 }],
];

/** linux drivers/net/hyperv/hyperv_net.h, include/linux/rndis.h, include/linux/hyperv.h, include/uapi/linux/hyperv.h. */
const CLASS_TABLE: typeof TABLE = [
  ['nvsp_message_init', row(nvsp.NVSP_INIT), 12, { type: 0, minVersion: 4, maxVersion: 8 }],
  ['nvsp_message_init_complete', row(nvsp.NVSP_INIT_COMPLETE), 16, { type: 0, version: 4, maxMdlChain: 8, status: 12 }],
  ['nvsp_1_message_send_ndis_version', row(nvsp.NVSP_NDIS_VERSION), 12, { type: 0, major: 4, minor: 8 }],
  ['nvsp_2_vsc_capability', row(nvsp.NVSP_NDIS_CONFIG), 20, { type: 0, mtu: 4, capabilities: 12 }],
  ['nvsp_1_message_send_receive_buffer', row(nvsp.NVSP_BUFFER), 10, { type: 0, gpadl: 4, id: 8 }],
  ['nvsp_1_message_revoke_receive_buffer', row(nvsp.NVSP_REVOKE), 6, { type: 0, id: 4 }],
  [
    'nvsp_1_message_send_receive_buffer_complete',
    row(nvsp.NVSP_RECEIVE_BUFFER_COMPLETE),
    28,
    { type: 0, status: 4, sectionCount: 8, offset: 12, subAllocationSize: 16, subAllocationCount: 20, endOffset: 24 },
  ],
  [
    'nvsp_1_message_send_send_buffer_complete',
    row(nvsp.NVSP_SEND_BUFFER_COMPLETE),
    12,
    { type: 0, status: 4, sectionSize: 8 },
  ],
  ['nvsp_1_message_send_rndis_packet', row(nvsp.NVSP_RNDIS_PACKET), 16, { type: 0, channel: 4, section: 8, size: 12 }],
  [
    'rndis_packet',
    row(rndis.RNDIS_PACKET),
    44,
    { type: 0, length: 4, dataOffset: 8, dataLength: 12, perPacketOffset: 28, perPacketLength: 32 },
  ],
  [
    'rndis_initialize_request',
    row(rndis.RNDIS_INITIALIZE),
    24,
    { type: 0, length: 4, requestId: 8, major: 12, minor: 16, maxTransfer: 20 },
  ],
  [
    'rndis_initialize_complete',
    row(rndis.RNDIS_INITIALIZE_COMPLETE),
    52,
    {
      type: 0,
      length: 4,
      requestId: 8,
      status: 12,
      major: 16,
      minor: 20,
      deviceFlags: 24,
      medium: 28,
      maxPackets: 32,
      maxTransfer: 36,
      alignment: 40,
    },
  ],
  [
    'rndis_query_request',
    row(rndis.RNDIS_REQUEST),
    28,
    { type: 0, length: 4, requestId: 8, oid: 12, infoLength: 16, infoOffset: 20 },
  ],
  [
    'rndis_query_complete',
    row(rndis.RNDIS_QUERY_COMPLETE),
    24,
    { type: 0, length: 4, requestId: 8, status: 12, infoLength: 16, infoOffset: 20 },
  ],
  [
    'rndis_indicate_status',
    row(rndis.RNDIS_INDICATE),
    20,
    { type: 0, length: 4, status: 8, bufferLength: 12, bufferOffset: 16 },
  ],
  [
    'icmsg_hdr',
    row(ic.IC_HEADER),
    20,
    {
      frameworkMajor: 0,
      frameworkMinor: 2,
      type: 4,
      messageMajor: 6,
      messageMinor: 8,
      size: 10,
      status: 12,
      transaction: 16,
      flags: 17,
    },
  ],
  ['heartbeat_msg_data', row(bodies.HEARTBEAT), 40, { sequence: 0, applicationState: 8 }],
  ['shutdown_msg_data', row(bodies.SHUTDOWN), 2060, { reason: 0, timeoutSeconds: 4, flags: 8, message: 12 }],
  ['ictimesync_data', row(bodies.TIME_SYNC), 25, { parentTime: 0, childTime: 8, roundTrip: 16, flags: 24 }],
  [
    'ictimesync_ref_data',
    row(bodies.TIME_SYNC_REFERENCE),
    22,
    { parentTime: 0, referenceTime: 8, flags: 16, leapFlags: 17, stratum: 18 },
  ],
  [
    'hv_kvp_msg_enumerate',
    row(bodies.KVP_ENUMERATE),
    2580,
    { operation: 0, pool: 1, reserved: 2, index: 4, valueType: 8, keyBytes: 12, valueBytes: 16, key: 20, value: 532 },
  ],
];

describe('structures of the VMBus protocol', () => {
  it.each([...TABLE, ...CLASS_TABLE])('%s', (_name, layout, size, offsets) => {
    expect(layout.size).toBe(size);
    expect(layout.offsets).toEqual(offsets);
  });

  it.each([...TABLE, ...CLASS_TABLE])('%s comes back from the wire as it was', (_name, layout, size) => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 37 + 11) & 0xff);
    const back = layout.throughValues(bytes);
    expect(back?.length).toBe(size);
    expect(layout.throughValues(back ?? new Uint8Array(0))).toEqual(back);
    for (const at of Object.values(layout.offsets)) expect(back?.[at]).toBe(bytes[at]);
    expect(layout.throughValues(bytes.subarray(0, size - 1))).toBeNull();
  });

  it('has the rings where the kernel has them', () => {
    expect(RingControl).toEqual({
      WriteIndex: 0,
      ReadIndex: 4,
      InterruptMask: 8,
      PendingSendSize: 12,
      FeatureBits: 64,
      Data: 4096,
    });
    expect([DESCRIPTOR_BYTES, RANGES_AT]).toEqual([16, 24]);
  });

  it('writes GUIDs mixed-endian', () => {
    const bytes = guidBytes(`{${DeviceClass.Network.toUpperCase()}}`);
    expect([...bytes.subarray(0, 10)]).toEqual([0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46, 0x91, 0x3f]);
    expect(guidText(bytes)).toBe(DeviceClass.Network);
    expect(guidBytes('not a guid')).toEqual(new Uint8Array(16));
  });

  it('lists versions newest first', () => {
    expect(versionsUpTo(VmbusVersion.V3_0)).toEqual([0x3_0000, 0x2_0004, 0x1_0001, 0xd]);
  });
});
