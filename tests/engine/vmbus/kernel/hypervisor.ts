/** The hypervisor's interface: linux include/asm-generic/hyperv-tlfs.h, arch/x86/include/asm/hyperv-tlfs.h. */
import { MESSAGE_PAYLOAD } from '@engine/hypervisor/connections';
import { CallCode, HvStatus } from '@engine/hypervisor/hypercall';
import { Msr, SINT_AUTO_EOI, SINT_COUNT, SINT_MASKED, SINT_POLLING, STIMER_COUNT } from '@engine/hypervisor/msr';
import { Feature, Hint, PrivilegeHigh, PrivilegeLow } from '@engine/hypervisor/privileges';
import { constants, single, type Row } from './rows';

const registers: Row[] = constants('Msr', Msr, {
  GuestOsId: 'HV_X64_MSR_GUEST_OS_ID',
  Hypercall: 'HV_X64_MSR_HYPERCALL',
  VpIndex: 'HV_REGISTER_VP_INDEX',
  Reset: 'HV_X64_MSR_RESET',
  VpRuntime: 'HV_X64_MSR_VP_RUNTIME',
  TimeRefCount: 'HV_REGISTER_TIME_REF_COUNT',
  ReferenceTsc: 'HV_REGISTER_REFERENCE_TSC',
  TscFrequency: 'HV_X64_MSR_TSC_FREQUENCY',
  ApicFrequency: 'HV_X64_MSR_APIC_FREQUENCY',
  Eoi: 'HV_X64_MSR_EOI',
  Icr: 'HV_X64_MSR_ICR',
  Tpr: 'HV_X64_MSR_TPR',
  VpAssistPage: 'HV_X64_MSR_VP_ASSIST_PAGE',
  Scontrol: 'HV_REGISTER_SCONTROL',
  Sversion: 'HV_REGISTER_SVERSION',
  Siefp: 'HV_REGISTER_SIEFP',
  Simp: 'HV_REGISTER_SIMP',
  Eom: 'HV_REGISTER_EOM',
  Sint0: 'HV_REGISTER_SINT0',
  Stimer0Config: 'HV_REGISTER_STIMER0_CONFIG',
  Stimer0Count: 'HV_REGISTER_STIMER0_COUNT',
  GuestIdle: 'HV_X64_MSR_GUEST_IDLE',
  CrashP0: 'HV_REGISTER_CRASH_P0',
  CrashCtl: 'HV_REGISTER_CRASH_CTL',
  ReenlightenmentControl: 'HV_X64_MSR_REENLIGHTENMENT_CONTROL',
  TscEmulationControl: 'HV_X64_MSR_TSC_EMULATION_CONTROL',
  TscEmulationStatus: 'HV_X64_MSR_TSC_EMULATION_STATUS',
  TscInvariantControl: 'HV_X64_MSR_TSC_INVARIANT_CONTROL',
});

const calls: Row[] = [
  ...constants('CallCode', CallCode, {
    FlushVirtualAddressSpace: 'HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE',
    FlushVirtualAddressList: 'HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST',
    NotifyLongSpinWait: 'HVCALL_NOTIFY_LONG_SPIN_WAIT',
    SendSyntheticClusterIpi: 'HVCALL_SEND_IPI',
    FlushVirtualAddressSpaceEx: 'HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX',
    FlushVirtualAddressListEx: 'HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX',
    SendSyntheticClusterIpiEx: 'HVCALL_SEND_IPI_EX',
    PostMessage: 'HVCALL_POST_MESSAGE',
    SignalEvent: 'HVCALL_SIGNAL_EVENT',
    ExtQueryCapabilities: 'HV_EXT_CALL_QUERY_CAPABILITIES',
  }),
  ...constants('HvStatus', HvStatus, {
    Success: 'HV_STATUS_SUCCESS',
    InvalidHypercallCode: 'HV_STATUS_INVALID_HYPERCALL_CODE',
    InvalidHypercallInput: 'HV_STATUS_INVALID_HYPERCALL_INPUT',
    InvalidAlignment: 'HV_STATUS_INVALID_ALIGNMENT',
    InvalidParameter: 'HV_STATUS_INVALID_PARAMETER',
    AccessDenied: 'HV_STATUS_ACCESS_DENIED',
    OperationDenied: 'HV_STATUS_OPERATION_DENIED',
    InvalidVpIndex: null,
    InvalidPortId: 'HV_STATUS_INVALID_PORT_ID',
    InvalidConnectionId: 'HV_STATUS_INVALID_CONNECTION_ID',
    InsufficientBuffers: 'HV_STATUS_INSUFFICIENT_BUFFERS',
    InvalidSynicState: null,
  }),
];

const masks: Row[] = [
  ...constants('PrivilegeLow', PrivilegeLow, {
    VpRuntime: 'HV_MSR_VP_RUNTIME_AVAILABLE',
    ReferenceCounter: 'HV_MSR_TIME_REF_COUNT_AVAILABLE',
    Synic: 'HV_MSR_SYNIC_AVAILABLE',
    SyntheticTimers: 'HV_MSR_SYNTIMER_AVAILABLE',
    ApicMsrs: 'HV_MSR_APIC_ACCESS_AVAILABLE',
    HypercallMsrs: 'HV_MSR_HYPERCALL_AVAILABLE',
    VpIndex: 'HV_MSR_VP_INDEX_AVAILABLE',
    Reset: 'HV_MSR_RESET_AVAILABLE',
    ReferenceTsc: 'HV_MSR_REFERENCE_TSC_AVAILABLE',
    GuestIdle: 'HV_MSR_GUEST_IDLE_AVAILABLE',
    Frequencies: 'HV_ACCESS_FREQUENCY_MSRS',
    Reenlightenment: 'HV_ACCESS_REENLIGHTENMENT',
    TscInvariant: 'HV_ACCESS_TSC_INVARIANT',
  }),
  ...constants('PrivilegeHigh', PrivilegeHigh, {
    PostMessages: 'HV_POST_MESSAGES',
    SignalEvents: 'HV_SIGNAL_EVENTS',
    ExtendedHypercalls: 'HV_ENABLE_EXTENDED_HYPERCALLS',
  }),
  ...constants('Feature', Feature, {
    TimerFrequencies: 'HV_FEATURE_FREQUENCY_MSRS_AVAILABLE',
    CrashMsrs: 'HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE',
    DirectTimers: 'HV_STIMER_DIRECT_MODE_AVAILABLE',
  }),
  ...constants('Hint', Hint, {
    RemoteFlush: 'HV_X64_REMOTE_TLB_FLUSH_RECOMMENDED',
    ApicMsrs: 'HV_X64_APIC_ACCESS_RECOMMENDED',
    ResetMsr: 'HV_X64_SYSTEM_RESET_RECOMMENDED',
    RelaxedTiming: 'HV_X64_RELAXED_TIMING_RECOMMENDED',
    DeprecateAutoEoi: 'HV_DEPRECATING_AEOI_RECOMMENDED',
    ClusterIpi: 'HV_X64_CLUSTER_IPI_RECOMMENDED',
    ExProcessorMasks: 'HV_X64_EX_PROCESSOR_MASKS_RECOMMENDED',
  }),
];

/** A synthetic interrupt register of which one bit field is set. */
const sint = (field: string): string => `({ union hv_synic_sint s; s.as_uint64 = 0; s.${field} = 1; s.as_uint64; })`;

const synic: Row[] = [
  single('SINT_COUNT', SINT_COUNT, 'HV_SYNIC_SINT_COUNT'),
  single('STIMER_COUNT', STIMER_COUNT, 'HV_SYNIC_STIMER_COUNT'),
  single('MESSAGE_PAYLOAD', MESSAGE_PAYLOAD, 'HV_MESSAGE_PAYLOAD_BYTE_COUNT'),
  single('SINT_MASKED', SINT_MASKED, sint('masked')),
  single('SINT_AUTO_EOI', SINT_AUTO_EOI, sint('auto_eoi')),
  single('SINT_POLLING', SINT_POLLING, sint('polling')),
];

export const HYPERVISOR: readonly Row[] = [...registers, ...calls, ...masks, ...synic];
