/** The network channel: linux drivers/net/hyperv/hyperv_net.h, include/linux/rndis.h. */
import { HashType } from '@engine/base/net/flow-hash';
import { TOEPLITZ_KEY } from '@engine/base/net/toeplitz';
import * as nvsp from '@engine/vmbus/protocol/nvsp';
import { Oid, PacketFilter } from '@engine/vmbus/protocol/oid';
import { NDIS_OFFLOAD } from '@engine/vmbus/protocol/offload';
import { OFFLOAD_PARAMETERS } from '@engine/vmbus/protocol/offload-parameters';
import { ChecksumFound, ChecksumWish } from '@engine/vmbus/protocol/packet-info';
import { RSS_CAPABILITIES, RSS_DISABLE, RSS_PARAMETERS, TOEPLITZ } from '@engine/vmbus/protocol/receive-scale';
import * as rndis from '@engine/vmbus/protocol/rndis';
import type { Layout } from '@engine/vmbus/protocol/layout';
import { constants, single, structure, type Row } from './rows';

const NVSP = 'struct nvsp_message';

/** An NVSP message: its type, and a body whose members are named below `path`. */
function nvspRows<T extends { type: number }>(
  name: string,
  layout: Layout<T>,
  path: string,
  members: { readonly [K in Exclude<keyof T, 'type'>]: string },
): Row[] {
  const inBody: Record<string, string> = { type: 'hdr.msg_type' };
  for (const [key, member] of Object.entries<string>(members)) inBody[key] = `msg.${path}.${member}`;
  const size = `__builtin_offsetof(${NVSP}, msg) + sizeof(((${NVSP} *)0)->msg.${path})`;
  return structure(name, layout, NVSP, inBody as { readonly [K in keyof T]: string }, { size }); // `type` and all of `members`
}

const SECTION = 'sections[0].';

const nvspStructures: Row[] = [
  ...nvspRows('NVSP_INIT', nvsp.NVSP_INIT, 'init_msg.init', {
    minVersion: 'min_protocol_ver',
    maxVersion: 'max_protocol_ver',
  }),
  ...nvspRows('NVSP_INIT_COMPLETE', nvsp.NVSP_INIT_COMPLETE, 'init_msg.init_complete', {
    version: 'negotiated_protocol_ver',
    maxMdlChain: 'max_mdl_chain_len',
    status: 'status',
  }),
  ...nvspRows('NVSP_NDIS_VERSION', nvsp.NVSP_NDIS_VERSION, 'v1_msg.send_ndis_ver', {
    major: 'ndis_major_ver',
    minor: 'ndis_minor_ver',
  }),
  ...nvspRows('NVSP_NDIS_CONFIG', nvsp.NVSP_NDIS_CONFIG, 'v2_msg.send_ndis_config', {
    mtu: 'mtu',
    capabilities: 'capability.data',
  }),
  ...nvspRows('NVSP_BUFFER receive', nvsp.NVSP_BUFFER, 'v1_msg.send_recv_buf', { gpadl: 'gpadl_handle', id: 'id' }),
  ...nvspRows('NVSP_BUFFER send', nvsp.NVSP_BUFFER, 'v1_msg.send_send_buf', { gpadl: 'gpadl_handle', id: 'id' }),
  ...nvspRows('NVSP_REVOKE receive', nvsp.NVSP_REVOKE, 'v1_msg.revoke_recv_buf', { id: 'id' }),
  ...nvspRows('NVSP_REVOKE send', nvsp.NVSP_REVOKE, 'v1_msg.revoke_send_buf', { id: 'id' }),
  ...nvspRows('NVSP_RECEIVE_BUFFER_COMPLETE', nvsp.NVSP_RECEIVE_BUFFER_COMPLETE, 'v1_msg.send_recv_buf_complete', {
    status: 'status',
    sectionCount: 'num_sections',
    offset: `${SECTION}offset`,
    subAllocationSize: `${SECTION}sub_alloc_size`,
    subAllocationCount: `${SECTION}num_sub_allocs`,
    endOffset: `${SECTION}end_offset`,
  }),
  ...nvspRows('NVSP_SEND_BUFFER_COMPLETE', nvsp.NVSP_SEND_BUFFER_COMPLETE, 'v1_msg.send_send_buf_complete', {
    status: 'status',
    sectionSize: 'section_size',
  }),
  ...nvspRows('NVSP_SUB_CHANNEL', nvsp.NVSP_SUB_CHANNEL, 'v5_msg.subchn_req', {
    operation: 'op',
    count: 'num_subchannels',
  }),
  ...nvspRows('NVSP_SUB_CHANNEL_COMPLETE', nvsp.NVSP_SUB_CHANNEL_COMPLETE, 'v5_msg.subchn_comp', {
    status: 'status',
    count: 'num_subchannels',
  }),
  ...nvspRows('NVSP_INDIRECTION_TABLE', nvsp.NVSP_INDIRECTION_TABLE, 'v5_msg.send_table', {
    count: 'count',
    offset: 'offset',
  }),
  ...nvspRows('NVSP_RNDIS_PACKET', nvsp.NVSP_RNDIS_PACKET, 'v1_msg.send_rndis_pkt', {
    channel: 'channel_type',
    section: 'send_buf_section_index',
    size: 'send_buf_section_size',
  }),
  ...nvspRows('NVSP_STATUS', nvsp.NVSP_STATUS, 'v1_msg.send_rndis_pkt_complete', { status: 'status' }),
  single('nvspMessageSize(6.1)', nvsp.nvspMessageSize(nvsp.NvspVersion.V6_1), `sizeof(${NVSP})`),
];

const nvspConstants: Row[] = [
  ...constants('NvspVersion', nvsp.NvspVersion, {
    V1: 'NVSP_PROTOCOL_VERSION_1',
    V2: 'NVSP_PROTOCOL_VERSION_2',
    V4: 'NVSP_PROTOCOL_VERSION_4',
    V5: 'NVSP_PROTOCOL_VERSION_5',
    V6: 'NVSP_PROTOCOL_VERSION_6',
    V6_1: 'NVSP_PROTOCOL_VERSION_61',
  }),
  ...constants('NvspType', nvsp.NvspType, {
    Init: 'NVSP_MSG_TYPE_INIT',
    InitComplete: 'NVSP_MSG_TYPE_INIT_COMPLETE',
    SendNdisVersion: 'NVSP_MSG1_TYPE_SEND_NDIS_VER',
    SendReceiveBuffer: 'NVSP_MSG1_TYPE_SEND_RECV_BUF',
    SendReceiveBufferComplete: 'NVSP_MSG1_TYPE_SEND_RECV_BUF_COMPLETE',
    RevokeReceiveBuffer: 'NVSP_MSG1_TYPE_REVOKE_RECV_BUF',
    SendSendBuffer: 'NVSP_MSG1_TYPE_SEND_SEND_BUF',
    SendSendBufferComplete: 'NVSP_MSG1_TYPE_SEND_SEND_BUF_COMPLETE',
    RevokeSendBuffer: 'NVSP_MSG1_TYPE_REVOKE_SEND_BUF',
    SendRndisPacket: 'NVSP_MSG1_TYPE_SEND_RNDIS_PKT',
    SendRndisPacketComplete: 'NVSP_MSG1_TYPE_SEND_RNDIS_PKT_COMPLETE',
    SendNdisConfig: 'NVSP_MSG2_TYPE_SEND_NDIS_CONFIG',
    SwitchDataPath: 'NVSP_MSG4_TYPE_SWITCH_DATA_PATH',
    SubChannel: 'NVSP_MSG5_TYPE_SUBCHANNEL',
    SendIndirectionTable: 'NVSP_MSG5_TYPE_SEND_INDIRECTION_TABLE',
  }),
  ...constants('NvspStatus', nvsp.NvspStatus, {
    None: 'NVSP_STAT_NONE',
    Success: 'NVSP_STAT_SUCCESS',
    Failure: 'NVSP_STAT_FAIL',
    ProtocolTooNew: 'NVSP_STAT_PROTOCOL_TOO_NEW',
    ProtocolTooOld: 'NVSP_STAT_PROTOCOL_TOO_OLD',
    InvalidRndisPacket: 'NVSP_STAT_INVALID_RNDIS_PKT',
  }),
  ...constants('RndisChannel', nvsp.RndisChannel, { Data: null, Control: null }), // literals in rndis_filter.c
  ...constants('NdisCapability', nvsp.NdisCapability, {
    Ieee8021q: '({ struct nvsp_2_vsc_capability c; c.data = 0; c.ieee8021q = 1; c.data; })',
  }),
  single('SUB_CHANNEL_ALLOCATE', nvsp.SUB_CHANNEL_ALLOCATE, 'NVSP_SUBCHANNEL_ALLOCATE'),
  single('SEND_TABLE_ENTRIES', nvsp.SEND_TABLE_ENTRIES, 'VRSS_SEND_TAB_SIZE'),
  single(
    'place of the send table',
    nvsp.indirectionTableMessage(new Array<number>(16).fill(0), nvsp.NvspVersion.V6).length - 64,
    'sizeof(struct nvsp_message_header) + sizeof(union nvsp_6_message_uber)',
  ),
  single('RECEIVE_BUFFER_ID', nvsp.RECEIVE_BUFFER_ID, 'NETVSC_RECEIVE_BUFFER_ID'),
  single('NO_SECTION', nvsp.NO_SECTION, '(u32)NETVSC_INVALID_INDEX'),
];

/** An RNDIS message: type and length, and a body whose members are named below `msg.`. */
function rndisRows<T extends { type: number; length: number }>(
  name: string,
  layout: Layout<T>,
  body: string,
  members: { readonly [K in Exclude<keyof T, 'type' | 'length'>]: string },
): Row[] {
  const all: Record<string, string> = { type: 'ndis_msg_type', length: 'msg_len' };
  for (const [key, member] of Object.entries<string>(members)) all[key] = `msg.${body}.${member}`;
  const size = `__builtin_offsetof(struct rndis_message, msg) + sizeof(((struct rndis_message *)0)->msg.${body})`;
  return structure(name, layout, 'struct rndis_message', all as { readonly [K in keyof T]: string }, { size }); // likewise
}

const rndisStructures: Row[] = [
  ...rndisRows('RNDIS_PACKET', rndis.RNDIS_PACKET, 'pkt', {
    dataOffset: 'data_offset',
    dataLength: 'data_len',
    perPacketOffset: 'per_pkt_info_offset',
    perPacketLength: 'per_pkt_info_len',
  }),
  ...rndisRows('RNDIS_INITIALIZE', rndis.RNDIS_INITIALIZE, 'init_req', {
    requestId: 'req_id',
    major: 'major_ver',
    minor: 'minor_ver',
    maxTransfer: 'max_xfer_size',
  }),
  ...rndisRows('RNDIS_INITIALIZE_COMPLETE', rndis.RNDIS_INITIALIZE_COMPLETE, 'init_complete', {
    requestId: 'req_id',
    status: 'status',
    major: 'major_ver',
    minor: 'minor_ver',
    deviceFlags: 'dev_flags',
    medium: 'medium',
    maxPackets: 'max_pkt_per_msg',
    maxTransfer: 'max_xfer_size',
    alignment: 'pkt_alignment_factor',
  }),
  ...rndisRows('RNDIS_REQUEST query', rndis.RNDIS_REQUEST, 'query_req', {
    requestId: 'req_id',
    oid: 'oid',
    infoLength: 'info_buflen',
    infoOffset: 'info_buf_offset',
  }),
  ...rndisRows('RNDIS_REQUEST set', rndis.RNDIS_REQUEST, 'set_req', {
    requestId: 'req_id',
    oid: 'oid',
    infoLength: 'info_buflen',
    infoOffset: 'info_buf_offset',
  }),
  ...rndisRows('RNDIS_QUERY_COMPLETE', rndis.RNDIS_QUERY_COMPLETE, 'query_complete', {
    requestId: 'req_id',
    status: 'status',
    infoLength: 'info_buflen',
    infoOffset: 'info_buf_offset',
  }),
  ...rndisRows('RNDIS_COMPLETE set', rndis.RNDIS_COMPLETE, 'set_complete', { requestId: 'req_id', status: 'status' }),
  ...rndisRows('RNDIS_COMPLETE keepalive', rndis.RNDIS_COMPLETE, 'keep_alive_complete', {
    requestId: 'req_id',
    status: 'status',
  }),
  ...rndisRows('RNDIS_RESET_COMPLETE', rndis.RNDIS_RESET_COMPLETE, 'reset_complete', {
    status: 'status',
    addressingReset: 'addressing_reset',
  }),
  ...rndisRows('RNDIS_INDICATE', rndis.RNDIS_INDICATE, 'indicate_status', {
    status: 'status',
    bufferLength: 'status_buflen',
    bufferOffset: 'status_buf_offset',
  }),
  single('RNDIS_HEADER', rndis.RNDIS_HEADER, 'RNDIS_HEADER_SIZE'),
];

const rndisConstants: Row[] = [
  ...constants('RndisType', rndis.RndisType, {
    Packet: 'RNDIS_MSG_PACKET',
    Initialize: 'RNDIS_MSG_INIT',
    Halt: 'RNDIS_MSG_HALT',
    Query: 'RNDIS_MSG_QUERY',
    Set: 'RNDIS_MSG_SET',
    Reset: 'RNDIS_MSG_RESET',
    IndicateStatus: 'RNDIS_MSG_INDICATE',
    KeepAlive: 'RNDIS_MSG_KEEPALIVE',
    InitializeComplete: 'RNDIS_MSG_INIT_C',
    QueryComplete: 'RNDIS_MSG_QUERY_C',
    SetComplete: 'RNDIS_MSG_SET_C',
    ResetComplete: 'RNDIS_MSG_RESET_C',
    KeepAliveComplete: 'RNDIS_MSG_KEEPALIVE_C',
  }),
  ...constants('RndisStatus', rndis.RndisStatus, {
    Success: 'RNDIS_STATUS_SUCCESS',
    MediaConnect: 'RNDIS_STATUS_MEDIA_CONNECT',
    MediaDisconnect: 'RNDIS_STATUS_MEDIA_DISCONNECT',
    OffloadCurrentConfig: null, // NDIS_STATUS_TASK_OFFLOAD_CURRENT_CONFIG: the driver passes over it
    Failure: 'RNDIS_STATUS_FAILURE',
    NotSupported: 'RNDIS_STATUS_NOT_SUPPORTED',
    InvalidData: 'RNDIS_STATUS_INVALID_DATA',
  }),
  ...constants('PacketFilter', PacketFilter, {
    Directed: 'NDIS_PACKET_TYPE_DIRECTED',
    Multicast: 'NDIS_PACKET_TYPE_MULTICAST',
    AllMulticast: 'NDIS_PACKET_TYPE_ALL_MULTICAST',
    Broadcast: 'NDIS_PACKET_TYPE_BROADCAST',
    Promiscuous: 'NDIS_PACKET_TYPE_PROMISCUOUS',
  }),
];

const OBJECT = { objectType: 'header.type', revision: 'header.revision', size: 'header.size' } as const;

const offloadStructures: Row[] = [
  ...structure('RSS_CAPABILITIES', RSS_CAPABILITIES, 'struct ndis_recv_scale_cap', {
    objectType: 'hdr.type',
    revision: 'hdr.rev',
    size: 'hdr.size',
    flags: 'cap_flag',
    interruptMessages: 'num_int_msg',
    receiveQueues: 'num_recv_que',
    tableEntries: 'num_indirect_tabent',
  }),
  ...structure('RSS_PARAMETERS', RSS_PARAMETERS, 'struct ndis_recv_scale_param', {
    objectType: 'hdr.type',
    revision: 'hdr.rev',
    size: 'hdr.size',
    flags: 'flag',
    baseCpu: 'base_cpu_number',
    hashInfo: 'hashinfo',
    tableBytes: 'indirect_tabsize',
    tableOffset: 'indirect_taboffset',
    keyBytes: 'hashkey_size',
    keyOffset: 'hashkey_offset',
  }),
  ...structure('NDIS_OFFLOAD', NDIS_OFFLOAD, 'struct ndis_offload', {
    ...OBJECT,
    ip4SendEncapsulation: 'csum.ip4_txenc',
    ip4Send: 'csum.ip4_txcsum',
    ip4ReceiveEncapsulation: 'csum.ip4_rxenc',
    ip4Receive: 'csum.ip4_rxcsum',
    ip6SendEncapsulation: 'csum.ip6_txenc',
    ip6Send: 'csum.ip6_txcsum',
    ip6ReceiveEncapsulation: 'csum.ip6_rxenc',
    ip6Receive: 'csum.ip6_rxcsum',
    large4Encapsulation: 'lsov2.ip4_encap',
    large4Bytes: 'lsov2.ip4_maxsz',
    large4Segments: 'lsov2.ip4_minsg',
    large6Encapsulation: 'lsov2.ip6_encap',
    large6Bytes: 'lsov2.ip6_maxsz',
    large6Segments: 'lsov2.ip6_minsg',
    large6Options: 'lsov2.ip6_opts',
  }),
  ...structure(
    'OFFLOAD_PARAMETERS',
    OFFLOAD_PARAMETERS,
    'struct ndis_offload_params',
    {
      ...OBJECT,
      ip4: 'ip_v4_csum',
      tcp4: 'tcp_ip_v4_csum',
      udp4: 'udp_ip_v4_csum',
      tcp6: 'tcp_ip_v6_csum',
      udp6: 'udp_ip_v6_csum',
      largeSend1: 'lso_v1',
      largeSend4: 'lso_v2_ipv4',
      largeSend6: 'lso_v2_ipv6',
    },
    { size: '__builtin_offsetof(struct ndis_offload_params, ip_sec_v2)' },
  ),
];

const found = (member: string): string =>
  `({ struct ndis_tcp_ip_checksum_info c; c.value = 0; c.receive.${member} = 1; c.value; })`;
const wished = (member: string): string =>
  `({ struct ndis_tcp_ip_checksum_info c; c.value = 0; c.transmit.${member} = 1; c.value; })`;

const offloadConstants: Row[] = [
  ...constants('ChecksumWish', ChecksumWish, {
    Ipv4: wished('is_ipv4'),
    Ipv6: wished('is_ipv6'),
    Tcp: wished('tcp_checksum'),
    Udp: wished('udp_checksum'),
    IpHeader: wished('ip_header_checksum'),
  }),
  ...constants('ChecksumFound', ChecksumFound, {
    TcpFailed: found('tcp_checksum_failed'),
    UdpFailed: found('udp_checksum_failed'),
    IpFailed: found('ip_checksum_failed'),
    TcpGood: found('tcp_checksum_succeeded'),
    UdpGood: found('udp_checksum_succeeded'),
    IpGood: found('ip_checksum_succeeded'),
  }),
  ...constants('HashType', HashType, {
    Ipv4: 'NDIS_HASH_IPV4',
    TcpIpv4: 'NDIS_HASH_TCP_IPV4',
    Ipv6: 'NDIS_HASH_IPV6',
    TcpIpv6: 'NDIS_HASH_TCP_IPV6',
  }),
  single('RSS_DISABLE', RSS_DISABLE, 'NDIS_RSS_PARAM_FLAG_DISABLE_RSS'),
  single('TOEPLITZ', TOEPLITZ, 'NDIS_HASH_FUNC_TOEPLITZ'),
  single('TOEPLITZ_KEY', TOEPLITZ_KEY, 'NETVSC_HASH_KEYLEN'),
];

const GENERAL = 'RNDIS_OID_GEN_';

const oids: Row[] = constants('Oid', Oid, {
  SupportedList: `${GENERAL}SUPPORTED_LIST`,
  HardwareStatus: `${GENERAL}HARDWARE_STATUS`,
  MediaSupported: `${GENERAL}MEDIA_SUPPORTED`,
  MediaInUse: `${GENERAL}MEDIA_IN_USE`,
  MaximumLookahead: `${GENERAL}MAXIMUM_LOOKAHEAD`,
  MaximumFrameSize: `${GENERAL}MAXIMUM_FRAME_SIZE`,
  LinkSpeed: `${GENERAL}LINK_SPEED`,
  TransmitBlockSize: `${GENERAL}TRANSMIT_BLOCK_SIZE`,
  ReceiveBlockSize: `${GENERAL}RECEIVE_BLOCK_SIZE`,
  VendorId: `${GENERAL}VENDOR_ID`,
  VendorDescription: `${GENERAL}VENDOR_DESCRIPTION`,
  CurrentPacketFilter: `${GENERAL}CURRENT_PACKET_FILTER`,
  CurrentLookahead: `${GENERAL}CURRENT_LOOKAHEAD`,
  DriverVersion: `${GENERAL}DRIVER_VERSION`,
  MaximumTotalSize: `${GENERAL}MAXIMUM_TOTAL_SIZE`,
  MediaConnectStatus: `${GENERAL}MEDIA_CONNECT_STATUS`,
  MaximumSendPackets: `${GENERAL}MAXIMUM_SEND_PACKETS`,
  VendorDriverVersion: `${GENERAL}VENDOR_DRIVER_VERSION`,
  ReceiveScaleCapabilities: 'OID_GEN_RECEIVE_SCALE_CAPABILITIES',
  ReceiveScaleParameters: 'OID_GEN_RECEIVE_SCALE_PARAMETERS',
  GenericConfigParameter: `${GENERAL}RNDIS_CONFIG_PARAMETER`,
  TransmitOk: `${GENERAL}XMIT_OK`,
  ReceiveOk: `${GENERAL}RCV_OK`,
  TransmitError: `${GENERAL}XMIT_ERROR`,
  ReceiveError: `${GENERAL}RCV_ERROR`,
  ReceiveNoBuffer: `${GENERAL}RCV_NO_BUFFER`,
  FriendlyName: `${GENERAL}FRIENDLY_NAME`,
  PermanentAddress: 'RNDIS_OID_802_3_PERMANENT_ADDRESS',
  CurrentAddress: 'RNDIS_OID_802_3_CURRENT_ADDRESS',
  MulticastList: 'RNDIS_OID_802_3_MULTICAST_LIST',
  MaximumListSize: 'RNDIS_OID_802_3_MAXIMUM_LIST_SIZE',
  OffloadCurrentConfig: 'OID_TCP_OFFLOAD_CURRENT_CONFIG',
  OffloadParameters: 'OID_TCP_OFFLOAD_PARAMETERS',
  OffloadCapabilities: 'OID_TCP_OFFLOAD_HARDWARE_CAPABILITIES',
});

export const NETWORK: readonly Row[] = [
  ...nvspStructures,
  ...nvspConstants,
  ...rndisStructures,
  ...rndisConstants,
  ...offloadStructures,
  ...offloadConstants,
  ...oids,
];
