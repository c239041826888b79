/**
 * Every kind of event that the engine records. Operands a-d are 32-bit unsigned; what they mean stands beside the kind.
 * Add at the end: numbers are part of stored traces.
 */
export const TraceKind = {
  None: 0,
  // intercepts: a crossing from a virtual processor to the hypervisor
  PortRead: 1, // a port, b size, c value
  PortWrite: 2, // a port, b size, c value
  MmioRead: 3, // a address low, b size, c value, d address high
  MmioWrite: 4, // a address low, b size, c value, d address high
  Cpuid: 5, // a leaf, b eax
  MsrRead: 6, // a msr, b low, c high
  MsrWrite: 7, // a msr, b low, c high
  Hypercall: 8, // a call code, b control low, c status
  Halt: 9,
  InterruptWindow: 10, // a vector
  // interrupts towards a processor
  InterruptRaised: 16, // a vector or line, b level
  InterruptTaken: 17, // a vector
  SynicMessage: 18, // a sint, b message type
  SynicEvent: 19, // a sint, b flag, c 1 when an interrupt was requested
  // VMBus
  VmbusFromGuest: 32, // a channel message type, b length
  VmbusToGuest: 33, // a channel message type, b length
  RingWrite: 34, // a relid, b bytes, c packet type, d 1 towards the guest
  RingRead: 35, // a relid, b bytes, c packet type, d 1 from the guest
  RingSignal: 36, // a relid, b 1 towards the guest
  ChannelOpen: 37, // a relid, b status
  ChannelClose: 38, // a relid
  // devices and memory
  DmaRead: 48, // a address low, b bytes
  DmaWrite: 49, // a address low, b bytes
  Copy: 50, // a bytes: bytes moved by a provider between partitions
  DiskRead: 51, // a lba low, b sectors
  DiskWrite: 52, // a lba low, b sectors
  // network
  FrameFromGuest: 64, // a length, b source port number
  FrameToGuest: 65, // a length, b destination port number
  FrameForwarded: 66, // a length, b from port, c to port
  FrameDropped: 67, // a length, b port, c reason
  // guest model
  GuestStage: 80, // a stage number
  GuestDriver: 81, // a driver number, b result
  // machine and management
  MachineState: 96, // a old, b new
  Input: 97, // a kind of input, b and c what it was
} as const;

export type TraceKind = (typeof TraceKind)[keyof typeof TraceKind];

/** Every kind, in the order of their numbers. */
export const TRACE_KINDS: readonly TraceKind[] = Object.values(TraceKind).sort((a, b) => a - b);

/** The name of a kind, for people. */
export function traceKindName(kind: number): string {
  return Object.entries(TraceKind).find(([, value]) => value === kind)?.[0] ?? `kind ${kind}`;
}
