/** Integration components: linux include/linux/hyperv.h, include/uapi/linux/hyperv.h. */
import * as ic from '@engine/vmbus/protocol/ic';
import * as bodies from '@engine/vmbus/protocol/ic-bodies';
import { KVP_ADDRESS } from '@engine/vmbus/protocol/kvp-address';
import { constants, structure, type Row } from './rows';

const structures: Row[] = [
  ...structure('IC_HEADER', ic.IC_HEADER, 'struct icmsg_hdr', {
    frameworkMajor: 'icverframe.major',
    frameworkMinor: 'icverframe.minor',
    type: 'icmsgtype',
    messageMajor: 'icvermsg.major',
    messageMinor: 'icvermsg.minor',
    size: 'icmsgsize',
    status: 'status',
    transaction: 'ictransaction_id',
    flags: 'icflags',
  }),
  ...structure('HEARTBEAT', bodies.HEARTBEAT, 'struct heartbeat_msg_data', {
    sequence: 'seq_num',
    applicationState: 'reserved[0]',
  }),
  ...structure('SHUTDOWN', bodies.SHUTDOWN, 'struct shutdown_msg_data', {
    reason: 'reason_code',
    timeoutSeconds: 'timeout_seconds',
    flags: 'flags',
    message: 'display_message',
  }),
  ...structure('TIME_SYNC', bodies.TIME_SYNC, 'struct ictimesync_data', {
    parentTime: 'parenttime',
    childTime: 'childtime',
    roundTrip: 'roundtriptime',
    flags: 'flags',
  }),
  ...structure('TIME_SYNC_REFERENCE', bodies.TIME_SYNC_REFERENCE, 'struct ictimesync_ref_data', {
    parentTime: 'parenttime',
    referenceTime: 'vmreferencetime',
    flags: 'flags',
    leapFlags: 'leapflags',
    stratum: 'stratum',
  }),
  ...structure(
    'KVP_ENUMERATE',
    bodies.KVP_ENUMERATE,
    'struct hv_kvp_msg',
    {
      operation: 'kvp_hdr.operation',
      pool: 'kvp_hdr.pool',
      reserved: 'kvp_hdr.pad',
      index: 'body.kvp_enum_data.index',
      valueType: 'body.kvp_enum_data.data.value_type',
      keyBytes: 'body.kvp_enum_data.data.key_size',
      valueBytes: 'body.kvp_enum_data.data.value_size',
      key: 'body.kvp_enum_data.data.key',
      value: 'body.kvp_enum_data.data.value',
    },
    { size: 'sizeof(struct hv_kvp_hdr) + sizeof(struct hv_kvp_msg_enumerate)' },
  ),
  ...structure('KVP_ADDRESS', KVP_ADDRESS, 'struct hv_kvp_ip_msg', {
    operation: 'operation',
    pool: 'pool',
    adapter: 'kvp_ip_val.adapter_id',
    family: 'kvp_ip_val.addr_family',
    dhcp: 'kvp_ip_val.dhcp_enabled',
    addresses: 'kvp_ip_val.ip_addr',
    masks: 'kvp_ip_val.sub_net',
    gateways: 'kvp_ip_val.gate_way',
    dns: 'kvp_ip_val.dns_addr',
  }),
];

const values: Row[] = [
  ...constants('IcType', ic.IcType, {
    Negotiate: 'ICMSGTYPE_NEGOTIATE',
    Heartbeat: 'ICMSGTYPE_HEARTBEAT',
    KeyValuePair: 'ICMSGTYPE_KVPEXCHANGE',
    Shutdown: 'ICMSGTYPE_SHUTDOWN',
    TimeSync: 'ICMSGTYPE_TIMESYNC',
    Backup: 'ICMSGTYPE_VSS',
    FileCopy: 'ICMSGTYPE_FCOPY',
  }),
  ...constants('IcFlag', ic.IcFlag, {
    Transaction: 'ICMSGHDRFLAG_TRANSACTION',
    Request: 'ICMSGHDRFLAG_REQUEST',
    Response: 'ICMSGHDRFLAG_RESPONSE',
  }),
  ...constants('IcStatus', ic.IcStatus, {
    Ok: 'HV_S_OK',
    Fail: 'HV_E_FAIL',
    AlreadyExists: 'HV_ERROR_ALREADY_EXISTS',
    DiskFull: 'HV_ERROR_DISK_FULL',
    InvalidArgument: 'HV_INVALIDARG',
    GuidNotFound: 'HV_GUID_NOTFOUND',
    EndOfList: 'HV_S_CONT',
  }),
  ...constants('TimeSyncFlag', bodies.TimeSyncFlag, { Sync: 'ICTIMESYNCFLAG_SYNC', Sample: 'ICTIMESYNCFLAG_SAMPLE' }),
  ...constants('KvpOperation', bodies.KvpOperation, {
    Get: 'KVP_OP_GET',
    Set: 'KVP_OP_SET',
    Delete: 'KVP_OP_DELETE',
    Enumerate: 'KVP_OP_ENUMERATE',
    GetAddress: 'KVP_OP_GET_IP_INFO',
    SetAddress: 'KVP_OP_SET_IP_INFO',
  }),
  ...constants('KvpPool', bodies.KvpPool, {
    External: 'KVP_POOL_EXTERNAL',
    Guest: 'KVP_POOL_GUEST',
    Auto: 'KVP_POOL_AUTO',
    AutoExternal: 'KVP_POOL_AUTO_EXTERNAL',
    AutoInternal: 'KVP_POOL_AUTO_INTERNAL',
  }),
];

export const COMPONENTS: readonly Row[] = [...structures, ...values];
