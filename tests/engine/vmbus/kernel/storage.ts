/** The storage channel: linux drivers/scsi/storvsc_drv.c. */
import * as vstor from '@engine/vmbus/protocol/vstor';
import { constants, single, structure, type Row } from './rows';

const SRB = 'struct vmscsi_request';
const PROPERTIES = 'struct vmstorage_channel_properties';

const common = {
  length: 'length',
  srbStatus: 'srb_status',
  scsiStatus: 'scsi_status',
  port: 'port_number',
  path: 'path_id',
  target: 'target_id',
  lun: 'lun',
  cdbLength: 'cdb_length',
  senseLength: 'sense_info_length',
  dataIn: 'data_in',
  transferLength: 'data_transfer_length',
  cdb: 'cdb',
};

const structures: Row[] = [
  ...structure('VSTOR_PACKET', vstor.VSTOR_PACKET, 'struct vstor_packet', {
    operation: 'operation',
    flags: 'flags',
    status: 'status',
  }),
  ...structure('VMSCSI_REQUEST', vstor.VMSCSI_REQUEST, SRB, {
    ...common,
    queueTag: 'queue_tag',
    queueAction: 'queue_action',
    srbFlags: 'srb_flags',
    timeOut: 'time_out_value',
    queueSortKey: 'queue_sort_ey', // so it is spelt
  }),
  ...structure('VMSCSI_REQUEST_OLD', vstor.VMSCSI_REQUEST_OLD, SRB, common, {
    size: `__builtin_offsetof(${SRB}, reserve)`,
  }),
  ...structure('VSTOR_PROTOCOL_VERSION', vstor.VSTOR_PROTOCOL_VERSION, 'struct vmstorage_protocol_version', {
    majorMinor: 'major_minor',
    revision: 'revision',
  }),
  ...structure('VSTOR_PROPERTIES', vstor.VSTOR_PROPERTIES, PROPERTIES, {
    maxChannels: 'max_channel_cnt',
    flags: 'flags',
    maxTransferBytes: 'max_transfer_bytes',
  }),
  single('VSTOR_BODY', vstor.VSTOR_BODY, '__builtin_offsetof(struct vstor_packet, buffer)'),
  single('VSTOR_SUB_CHANNELS', vstor.VSTOR_SUB_CHANNELS.size, 'sizeof(((struct vstor_packet *)0)->sub_channel_count)'),
  single('vstorPacketSize', vstor.vstorPacketSize(vstor.VstorVersion.V6_2), 'sizeof(struct vstor_packet)'),
  single('SENSE_AT', vstor.SENSE_AT, `__builtin_offsetof(${SRB}, sense_data)`),
  single('senseRoom', vstor.senseRoom(vstor.VstorVersion.V6_2), 'STORVSC_SENSE_BUFFER_SIZE'),
  single('VSTOR_COMPLETION_WANTED', vstor.VSTOR_COMPLETION_WANTED, 'REQUEST_COMPLETION_FLAG'),
  single('SUPPORTS_MULTI_CHANNEL', vstor.SUPPORTS_MULTI_CHANNEL, 'STORAGE_CHANNEL_SUPPORTS_MULTI_CHANNEL'),
  single('OFFER_FLAG_IDE', vstor.OFFER_FLAG_IDE, 'STORAGE_CHANNEL_EMULATED_IDE_FLAG'),
];

const values: Row[] = [
  ...constants('VstorVersion', vstor.VstorVersion, {
    V2_0: 'VMSTOR_PROTO_VERSION_WIN6',
    V4_2: 'VMSTOR_PROTO_VERSION_WIN7',
    V5_1: 'VMSTOR_PROTO_VERSION_WIN8',
    V6_0: 'VMSTOR_PROTO_VERSION_WIN8_1',
    V6_2: 'VMSTOR_PROTO_VERSION_WIN10',
  }),
  ...constants('VstorOp', vstor.VstorOp, {
    CompleteIo: 'VSTOR_OPERATION_COMPLETE_IO',
    RemoveDevice: 'VSTOR_OPERATION_REMOVE_DEVICE',
    ExecuteSrb: 'VSTOR_OPERATION_EXECUTE_SRB',
    ResetLun: 'VSTOR_OPERATION_RESET_LUN',
    ResetAdapter: 'VSTOR_OPERATION_RESET_ADAPTER',
    ResetBus: 'VSTOR_OPERATION_RESET_BUS',
    BeginInitialization: 'VSTOR_OPERATION_BEGIN_INITIALIZATION',
    EndInitialization: 'VSTOR_OPERATION_END_INITIALIZATION',
    QueryProtocolVersion: 'VSTOR_OPERATION_QUERY_PROTOCOL_VERSION',
    QueryProperties: 'VSTOR_OPERATION_QUERY_PROPERTIES',
    EnumerateBus: 'VSTOR_OPERATION_ENUMERATE_BUS',
    CreateSubChannels: 'VSTOR_OPERATION_CREATE_SUB_CHANNELS',
  }),
  ...constants('SrbStatus', vstor.SrbStatus, {
    Success: 'SRB_STATUS_SUCCESS',
    Aborted: 'SRB_STATUS_ABORTED',
    Busy: null, // not in the Linux of these sources
    Error: 'SRB_STATUS_ERROR',
    InvalidRequest: 'SRB_STATUS_INVALID_REQUEST',
    DataOverrun: 'SRB_STATUS_DATA_OVERRUN',
    InvalidLun: 'SRB_STATUS_INVALID_LUN',
    AutosenseValid: 'SRB_STATUS_AUTOSENSE_VALID',
  }),
  ...constants('ScsiStatus', vstor.ScsiStatus, { Good: 'SAM_STAT_GOOD', CheckCondition: 'SAM_STAT_CHECK_CONDITION' }),
  ...constants('DataIn', vstor.DataIn, { Write: 'WRITE_TYPE', Read: 'READ_TYPE', None: 'UNKNOWN_TYPE' }),
];

export const STORAGE: readonly Row[] = [...structures, ...values];
