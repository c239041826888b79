/** The bus and its rings: linux include/linux/hyperv.h, drivers/hv/hyperv_vmbus.h. */
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import * as m from '@engine/vmbus/protocol/messages';
import { OfferFlag } from '@engine/vmbus/protocol/messages';
import { MonitorPage, MONITORS, triggerOf } from '@engine/vmbus/protocol/monitor';
import * as packet from '@engine/vmbus/protocol/packet';
import { PIPE_HEADER_BYTES, PipeMode } from '@engine/vmbus/protocol/pipe';
import { MAX_RELID, VMBUS_SINT, VmbusConnection } from '@engine/vmbus/protocol/transport';
import { VmbusVersion } from '@engine/vmbus/protocol/versions';
import { FEATURE_PENDING_SEND_SIZE, RingControl } from '@engine/vmbus/ring/ring-buffer';
import { constants, guids, single, structure, type Row } from './rows';

const RELID_MESSAGES = ['rescind_offer', 'close_channel', 'relid_released'];

const messages: Row[] = [
  ...structure('OFFER_CHANNEL', m.OFFER_CHANNEL, 'struct vmbus_channel_offer_channel', {
    interfaceType: 'offer.if_type',
    instance: 'offer.if_instance',
    flags: 'offer.chn_flags',
    mmioMegabytes: 'offer.mmio_megabytes',
    userDefined: 'offer.u.std.user_def',
    subChannelIndex: 'offer.sub_channel_index',
    relid: 'child_relid',
    monitorId: 'monitorid',
    monitorAllocated: ':monitor_allocated',
    dedicatedInterrupt: ':is_dedicated_interrupt',
    connectionId: 'connection_id',
  }),
  ...RELID_MESSAGES.flatMap((name) =>
    structure(`RELID_MESSAGE as ${name}`, m.RELID_MESSAGE, `struct vmbus_channel_${name}`, { relid: 'child_relid' }),
  ),
  ...structure('OPEN_CHANNEL', m.OPEN_CHANNEL, 'struct vmbus_channel_open_channel', {
    relid: 'child_relid',
    openId: 'openid',
    ringGpadl: 'ringbuffer_gpadlhandle',
    targetVp: 'target_vp',
    downstreamPage: 'downstream_ringbuffer_pageoffset',
    userData: 'userdata',
  }),
  ...structure('OPEN_RESULT', m.OPEN_RESULT, 'struct vmbus_channel_open_result', {
    relid: 'child_relid',
    openId: 'openid',
    status: 'status',
  }),
  ...structure('GPADL_HEADER', m.GPADL_HEADER, 'struct vmbus_channel_gpadl_header', {
    relid: 'child_relid',
    gpadl: 'gpadl',
    rangeBytes: 'range_buflen',
    rangeCount: 'rangecount',
  }),
  ...structure('GPADL_BODY', m.GPADL_BODY, 'struct vmbus_channel_gpadl_body', {
    messageNumber: 'msgnumber',
    gpadl: 'gpadl',
  }),
  ...structure('GPADL_CREATED', m.GPADL_CREATED, 'struct vmbus_channel_gpadl_created', {
    relid: 'child_relid',
    gpadl: 'gpadl',
    status: 'creation_status',
  }),
  ...structure('GPADL_TEARDOWN', m.GPADL_TEARDOWN, 'struct vmbus_channel_gpadl_teardown', {
    relid: 'child_relid',
    gpadl: 'gpadl',
  }),
  ...structure('GPADL_TORNDOWN', m.GPADL_TORNDOWN, 'struct vmbus_channel_gpadl_torndown', { gpadl: 'gpadl' }),
  ...structure('INITIATE_CONTACT', m.INITIATE_CONTACT, 'struct vmbus_channel_initiate_contact', {
    version: 'vmbus_version_requested',
    targetVp: 'target_vcpu',
    interruptPage: 'interrupt_page',
    monitorPage1: 'monitor_page1',
    monitorPage2: 'monitor_page2',
  }),
  ...structure('VERSION_RESPONSE', m.VERSION_RESPONSE, 'struct vmbus_channel_version_response', {
    supported: 'version_supported',
    connectionState: 'connection_state',
    messageConnection: 'msg_conn_id',
  }),
  ...structure('MODIFY_CHANNEL', m.MODIFY_CHANNEL, 'struct vmbus_channel_modifychannel', {
    relid: 'child_relid',
    targetVp: 'target_vp',
  }),
  ...structure('MODIFY_CHANNEL_RESPONSE', m.MODIFY_CHANNEL_RESPONSE, 'struct vmbus_channel_modifychannel_response', {
    relid: 'child_relid',
    status: 'status',
  }),
  ...structure('TL_CONNECT_REQUEST', m.TL_CONNECT_REQUEST, 'struct vmbus_channel_tl_connect_request', {
    endpoint: 'guest_endpoint_id',
    service: 'host_service_id',
  }),
  single('MESSAGE_HEADER', m.MESSAGE_HEADER, 'sizeof(struct vmbus_channel_message_header)'),
  single('MAX_MESSAGE', m.MAX_MESSAGE, 'HV_MESSAGE_PAYLOAD_BYTE_COUNT'),
];

const messageConstants: Row[] = [
  ...constants('MessageType', m.MessageType, {
    OfferChannel: 'CHANNELMSG_OFFERCHANNEL',
    RescindChannelOffer: 'CHANNELMSG_RESCIND_CHANNELOFFER',
    RequestOffers: 'CHANNELMSG_REQUESTOFFERS',
    AllOffersDelivered: 'CHANNELMSG_ALLOFFERS_DELIVERED',
    OpenChannel: 'CHANNELMSG_OPENCHANNEL',
    OpenChannelResult: 'CHANNELMSG_OPENCHANNEL_RESULT',
    CloseChannel: 'CHANNELMSG_CLOSECHANNEL',
    GpadlHeader: 'CHANNELMSG_GPADL_HEADER',
    GpadlBody: 'CHANNELMSG_GPADL_BODY',
    GpadlCreated: 'CHANNELMSG_GPADL_CREATED',
    GpadlTeardown: 'CHANNELMSG_GPADL_TEARDOWN',
    GpadlTorndown: 'CHANNELMSG_GPADL_TORNDOWN',
    RelidReleased: 'CHANNELMSG_RELID_RELEASED',
    InitiateContact: 'CHANNELMSG_INITIATE_CONTACT',
    VersionResponse: 'CHANNELMSG_VERSION_RESPONSE',
    Unload: 'CHANNELMSG_UNLOAD',
    UnloadResponse: 'CHANNELMSG_UNLOAD_RESPONSE',
    TlConnectRequest: 'CHANNELMSG_TL_CONNECT_REQUEST',
    ModifyChannel: 'CHANNELMSG_MODIFYCHANNEL',
    TlConnectResult: 'CHANNELMSG_TL_CONNECT_RESULT',
    ModifyChannelResponse: 'CHANNELMSG_MODIFYCHANNEL_RESPONSE',
  }),
  ...constants('VmbusVersion', VmbusVersion, {
    V0_13: 'VERSION_WS2008',
    V1_1: 'VERSION_WIN7',
    V2_4: 'VERSION_WIN8',
    V3_0: 'VERSION_WIN8_1',
    V4_0: 'VERSION_WIN10',
    V4_1: 'VERSION_WIN10_V4_1',
    V5_0: 'VERSION_WIN10_V5',
    V5_1: 'VERSION_WIN10_V5_1',
    V5_2: 'VERSION_WIN10_V5_2',
    V5_3: 'VERSION_WIN10_V5_3',
  }),
  ...constants('VmbusConnection', VmbusConnection, {
    Message: 'VMBUS_MESSAGE_CONNECTION_ID',
    Event: 'VMBUS_EVENT_CONNECTION_ID',
    Message4: 'VMBUS_MESSAGE_CONNECTION_ID_4',
  }),
  ...constants('OfferFlag', OfferFlag, {
    EnumerateDeviceInterface: 'VMBUS_CHANNEL_ENUMERATE_DEVICE_INTERFACE',
    NamedPipeMode: 'VMBUS_CHANNEL_NAMED_PIPE_MODE',
    TlnpiProvider: 'VMBUS_CHANNEL_TLNPI_PROVIDER_OFFER',
  }),
  single('VMBUS_SINT', VMBUS_SINT, 'VMBUS_MESSAGE_SINT'),
  single('MAX_RELID', MAX_RELID + 1, 'MAX_CHANNEL_RELIDS'),
];

const rings: Row[] = [
  ...(
    [
      ['WriteIndex', 'write_index'],
      ['ReadIndex', 'read_index'],
      ['InterruptMask', 'interrupt_mask'],
      ['PendingSendSize', 'pending_send_sz'],
      ['FeatureBits', 'feature_bits.value'],
      ['Data', 'buffer'],
    ] as const
  ).map(([name, member]) => single(name, RingControl[name], `__builtin_offsetof(struct hv_ring_buffer, ${member})`)),
  single(
    'FEATURE_PENDING_SEND_SIZE',
    FEATURE_PENDING_SEND_SIZE,
    '({ struct hv_ring_buffer r; r.feature_bits.value = 0; r.feature_bits.feat_pending_send_sz = 1; r.feature_bits.value; })',
  ),
  single('DESCRIPTOR_BYTES', packet.DESCRIPTOR_BYTES, 'sizeof(struct vmpacket_descriptor)'),
  single('RANGES_AT', packet.RANGES_AT, '__builtin_offsetof(struct vmtransfer_page_packet_header, ranges)'),
  single('RANGES_AT direct', packet.RANGES_AT, '__builtin_offsetof(struct vmdata_gpa_direct, range)'),
  single('COMPLETION_REQUESTED', packet.COMPLETION_REQUESTED, 'VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED'),
  ...constants('PacketType', packet.PacketType, {
    InBand: 'VM_PKT_DATA_INBAND',
    TransferPages: 'VM_PKT_DATA_USING_XFER_PAGES',
    GpaDirect: 'VM_PKT_DATA_USING_GPA_DIRECT',
    Completion: 'VM_PKT_COMP',
  }),
  single('PIPE_HEADER_BYTES', PIPE_HEADER_BYTES, 'sizeof(struct vmbuspipe_hdr)'),
  ...constants('PipeMode', PipeMode, { Byte: 'VMBUS_PIPE_TYPE_BYTE', Message: 'VMBUS_PIPE_TYPE_MESSAGE' }),
];

const monitors: Row[] = [
  ...(
    [
      ['GroupEnable', 'trigger_state'],
      ['Groups', 'trigger_group'],
      ['Latency', 'latency'],
      ['Parameter', 'parameter'],
    ] as const
  ).map(([name, member]) =>
    single(`MonitorPage.${name}`, MonitorPage[name], `__builtin_offsetof(struct hv_monitor_page, ${member})`),
  ),
  single(
    'MONITORS',
    MONITORS,
    'sizeof(((struct hv_monitor_page *)0)->parameter) / sizeof(struct hv_monitor_parameter)',
  ),
  single(
    'monitor 77',
    triggerOf(77).word,
    '__builtin_offsetof(struct hv_monitor_page, trigger_group[77 / 32].pending)',
  ),
];

const classes: Row[] = guids('DeviceClass', DeviceClass, {
  Network: 'HV_NIC_GUID',
  Scsi: 'HV_SCSI_GUID',
  Ide: 'HV_IDE_GUID',
  Keyboard: 'HV_KBD_GUID',
  Mouse: 'HV_MOUSE_GUID',
  Video: 'HV_SYNTHVID_GUID',
  Heartbeat: 'HV_HEART_BEAT_GUID',
  KeyValuePair: 'HV_KVP_GUID',
  Shutdown: 'HV_SHUTDOWN_GUID',
  TimeSync: 'HV_TS_GUID',
  Backup: 'HV_VSS_GUID',
  FileCopy: 'HV_FCOPY_GUID',
  DynamicMemory: 'HV_DM_GUID',
});

export const BUS: readonly Row[] = [...messages, ...messageConstants, ...rings, ...monitors, ...classes];
