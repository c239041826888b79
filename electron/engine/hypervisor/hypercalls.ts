import { readU16, readU32, readU64 } from '../base/bytes';
import type { GuestMemory } from '../memory/guest-memory';
import { MESSAGE_PAYLOAD, type ConnectionTable } from './connections';
import type { EffectiveMasks } from './cpuid';
import { CallCode, decodeControl, HvStatus, isPrivilegedCall, resultWord, type HypercallControl } from './hypercall';
import { FAST_BYTES, fitsShape, readInput, type CallShape } from './hypercall-input';
import { mayPost, maySignal } from './msr-gates';
import { Hint, PrivilegeHigh } from './privileges';
import { maskedVps, readVpSet, VP_SET_HEADER } from './vp-set';

/** What the calls work on. */
export interface HypercallHost {
  readonly memory: GuestMemory;
  readonly masks: EffectiveMasks;
  readonly connections: ConnectionTable;
  readonly vpCount: number;
  sendInterrupt(vp: number, vector: number): void;
}

/** One call: when it exists, who may make it, what it takes, what it does. */
interface Call {
  readonly shape: CallShape;
  /** False on hosts that do not have it: "invalid code". */
  exists?(masks: EffectiveMasks): boolean;
  /** False for partitions without the privilege: "access denied". */
  allowed?(masks: EffectiveMasks): boolean;
  run(input: Uint8Array, word: HypercallControl, output: bigint): HvStatus;
}

const hasHint =
  (hint: number) =>
  (masks: EffectiveMasks): boolean =>
    (masks.hints & hint) !== 0;

const FLUSH = { input: 24 } as const; // address space u64, flags u64, processor mask u64
const FLUSH_EX = { input: 16 + VP_SET_HEADER, isVariable: true } as const; // address space u64, flags u64, set
const PAGE_LIST = { element: 8 } as const; // page and count of each range
const FLUSH_FLAGS = 0xfn; // all processors, all address spaces, non-global only, ranges in larger steps
const VTL_MASK = 0xf;

/**
 * The hypercalls that a child's guest makes; the rest is refused with the architected status. TLFS, "Hypercall Reference". Which register is
 * which parameter is the processor's matter: a 64-bit guest has RCX, RDX and R8, a 32-bit one EDX:EAX, EBX:ECX and EDI:ESI.
 */
export class Hypercalls {
  private readonly calls: Readonly<Record<number, Call>>;
  private readonly fast = new Uint8Array(FAST_BYTES);

  constructor(private readonly host: HypercallHost) {
    this.calls = { ...this.interPartitionCalls(), ...this.processorCalls(), ...this.flushCalls() };
  }

  /** Runs one call: the result word. */
  call(control: bigint, input: bigint, output: bigint): bigint {
    const word = decodeControl(control);
    const { masks, memory } = this.host;
    const call = this.calls[word.code];
    if (word.malformed) return resultWord(HvStatus.InvalidHypercallInput);
    if (!call || call.exists?.(masks) === false)
      return resultWord(isPrivilegedCall(word.code) ? HvStatus.AccessDenied : HvStatus.InvalidHypercallCode);
    if (call.allowed?.(masks) === false) return resultWord(HvStatus.AccessDenied);
    if (!fitsShape(word, call.shape)) return resultWord(HvStatus.InvalidHypercallInput);
    const block = readInput(memory, word, call.shape, [input, output], this.fast);
    const status = typeof block === 'number' ? block : call.run(block, word, output);
    return resultWord(status, status === HvStatus.Success ? word.repCount : 0);
  }

  private interPartitionCalls(): Record<number, Call> {
    return {
      [CallCode.PostMessage]: {
        shape: { input: 16 + MESSAGE_PAYLOAD },
        allowed: mayPost,
        run: (input) => this.postMessage(input),
      },
      [CallCode.SignalEvent]: { shape: { input: 8 }, allowed: maySignal, run: (input) => this.signalEvent(input) },
      [CallCode.ExtQueryCapabilities]: {
        shape: { input: 0, output: 8 },
        allowed: ({ privilegesHigh }) => (privilegesHigh & PrivilegeHigh.ExtendedHypercalls) !== 0,
        run: (_input, _word, output) => this.extendedCapabilities(output),
      },
    };
  }

  private processorCalls(): Record<number, Call> {
    return {
      [CallCode.NotifyLongSpinWait]: { shape: { input: 8 }, run: () => HvStatus.Success },
      [CallCode.SendSyntheticClusterIpi]: {
        shape: { input: 16 },
        exists: hasHint(Hint.ClusterIpi),
        run: (input) => this.interrupt(input, maskedVps(readU64(input, 8), this.host.vpCount)),
      },
      [CallCode.SendSyntheticClusterIpiEx]: {
        shape: { input: 8 + VP_SET_HEADER, isVariable: true },
        exists: hasHint(Hint.ExProcessorMasks),
        run: (input, { variableHeader }) =>
          this.interrupt(input, readVpSet(input, 8, variableHeader, this.host.vpCount)),
      },
    };
  }

  /** No VP here caches translations: what is asked for is checked, and then done already. */
  private flushCalls(): Record<number, Call> {
    const plain = { run: (input: Uint8Array) => this.flush(input, []) };
    const sets = {
      exists: hasHint(Hint.ExProcessorMasks),
      run: (input: Uint8Array, { variableHeader }: HypercallControl) =>
        this.flush(input, readVpSet(input, 16, variableHeader, this.host.vpCount)),
    };
    return {
      [CallCode.FlushVirtualAddressSpace]: { shape: FLUSH, ...plain },
      [CallCode.FlushVirtualAddressList]: { shape: { ...FLUSH, ...PAGE_LIST }, ...plain },
      [CallCode.FlushVirtualAddressSpaceEx]: { shape: FLUSH_EX, ...sets },
      [CallCode.FlushVirtualAddressListEx]: { shape: { ...FLUSH_EX, ...PAGE_LIST }, ...sets },
    };
  }

  /** Connection u32@0, reserved u32@4, type u32@8 (not 0, bit 31 clear), size u32@12, payload@16. */
  private postMessage(input: Uint8Array): HvStatus {
    const [connection, reserved, type, size] = [0, 4, 8, 12].map((at) => readU32(input, at));
    if (reserved !== 0 || !type || type >= 0x8000_0000 || size === undefined || size > MESSAGE_PAYLOAD)
      return HvStatus.InvalidParameter;
    return this.host.connections.post(connection ?? 0, type, input.subarray(16, 16 + size));
  }

  /** Connection u32@0, flag u16@4, reserved u16@6. */
  private signalEvent(input: Uint8Array): HvStatus {
    if (readU16(input, 6) !== 0) return HvStatus.InvalidParameter;
    return this.host.connections.signal(readU32(input, 0), readU16(input, 4));
  }

  /** Vector u32@0, target VTL u8@4 (there is VTL 0 only), reserved u8[3]@5. */
  private interrupt(input: Uint8Array, members: readonly number[] | HvStatus): HvStatus {
    if (typeof members === 'number') return members;
    const vector = readU32(input, 0);
    const target = readU32(input, 4);
    if (vector < 16 || vector > 255 || target > 0xff || (target & VTL_MASK) !== 0) return HvStatus.InvalidParameter;
    for (const vp of members) this.host.sendInterrupt(vp, vector);
    return HvStatus.Success;
  }

  private flush(input: Uint8Array, members: readonly number[] | HvStatus): HvStatus {
    if (typeof members === 'number') return members;
    return readU64(input, 8) <= FLUSH_FLAGS ? HvStatus.Success : HvStatus.InvalidParameter;
  }

  private extendedCapabilities(output: bigint): HvStatus {
    this.host.memory.fill(Number(output), 8, 0); // none of the extended calls
    return HvStatus.Success;
  }
}
