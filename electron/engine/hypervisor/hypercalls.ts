import { readU32 } from '../base/bytes';
import type { GuestMemory } from '../memory/guest-memory';
import { PAGE_SIZE } from '../memory/guest-memory';
import { MESSAGE_PAYLOAD, type ConnectionTable } from './connections';
import type { EffectiveMasks } from './cpuid';
import { CallCode, decodeControl, HvStatus, isPrivilegedCall, resultWord, type HypercallControl } from './hypercall';
import { mayPost, maySignal } from './msr-gates';
import { PrivilegeHigh } from './privileges';

/** What the calls work on. */
export interface HypercallHost {
  readonly memory: GuestMemory;
  readonly masks: EffectiveMasks;
  readonly connections: ConnectionTable;
  readonly vpCount: number;
  sendInterrupt(vp: number, vector: number): void;
}

const ADDRESS_LIMIT = 1n << 52n;
const SPARSE_SET = 0n; // HV_GENERIC_SET_SPARSE_4K
const ALL_VPS = 1n; // HV_GENERIC_SET_ALL
const BANK = 64; // VPs in a bank of a sparse set

/** The hypercalls that a child's guest makes; the rest is refused with the architected status. TLFS, "Hypercall Reference". */
export class Hypercalls {
  constructor(private readonly host: HypercallHost) {}

  /** Runs one call: the result word. */
  call(control: bigint, input: bigint, output: bigint): bigint {
    const word = decodeControl(control);
    if (word.malformed) return resultWord(HvStatus.InvalidHypercallInput);
    switch (word.code) {
      case CallCode.PostMessage:
        return resultWord(word.repCount > 0 ? HvStatus.InvalidHypercallInput : this.postMessage(word, input));
      case CallCode.SignalEvent:
        return resultWord(word.repCount > 0 ? HvStatus.InvalidHypercallInput : this.signalEvent(word, input));
      case CallCode.SendSyntheticClusterIpi:
        return resultWord(this.sendIpi(word, input, output));
      case CallCode.SendSyntheticClusterIpiEx:
        return resultWord(this.sendIpiEx(word, input));
      case CallCode.NotifyLongSpinWait:
      case CallCode.FlushVirtualAddressSpace:
      case CallCode.FlushVirtualAddressSpaceEx:
        return resultWord(HvStatus.Success); // no VP here caches translations
      case CallCode.FlushVirtualAddressList:
      case CallCode.FlushVirtualAddressListEx:
        return resultWord(HvStatus.Success, word.repCount);
      case CallCode.ExtQueryCapabilities:
        return resultWord(this.extendedCapabilities(output));
      default:
        return resultWord(isPrivilegedCall(word.code) ? HvStatus.AccessDenied : HvStatus.InvalidHypercallCode);
    }
  }

  /** Connection u32@0, type u32@8 (not 0, bit 31 clear), size u32@12, payload@16; 256 bytes, never fast. */
  private postMessage(word: HypercallControl, input: bigint): HvStatus {
    if (!mayPost(this.host.masks)) return HvStatus.AccessDenied;
    if (word.fast) return HvStatus.InvalidHypercallInput;
    const block = this.block(input, 16 + MESSAGE_PAYLOAD);
    if (!block) return HvStatus.InvalidAlignment;
    const type = readU32(block, 8);
    const size = readU32(block, 12);
    if (type === 0 || type >= 0x8000_0000 || size > MESSAGE_PAYLOAD) return HvStatus.InvalidParameter;
    return this.host.connections.post(readU32(block, 0), type, block.subarray(16, 16 + size));
  }

  /** Connection u32@0, flag u16@4, reserved u16@6; the fast form has the same eight bytes in the register. */
  private signalEvent(word: HypercallControl, input: bigint): HvStatus {
    if (!maySignal(this.host.masks)) return HvStatus.AccessDenied;
    if (word.fast) return this.host.connections.signal(Number(input & 0xffff_ffffn), Number((input >> 32n) & 0xffffn));
    const block = this.block(input, 8);
    if (!block) return HvStatus.InvalidAlignment;
    return this.host.connections.signal(readU32(block, 0), readU32(block, 4) & 0xffff);
  }

  /** Vector u32, target VTL u8, processor mask u64: two registers when fast. */
  private sendIpi(word: HypercallControl, input: bigint, output: bigint): HvStatus {
    if (word.fast) return this.interruptSet(Number(input & 0xffff_ffffn), [[0, output]]);
    const block = this.block(input, 16);
    if (!block) return HvStatus.InvalidAlignment;
    return this.interruptSet(readU32(block, 0), [[0, wordAt(block, 8)]]);
  }

  /** Vector u32@0, VTL u8@4, VP set @8: format u64, valid banks u64, one u64 of VPs for each valid bank. */
  private sendIpiEx(word: HypercallControl, input: bigint): HvStatus {
    const header = word.fast ? null : this.block(input, 24 + word.variableHeader * 8);
    if (!header) return word.fast ? HvStatus.InvalidHypercallInput : HvStatus.InvalidAlignment;
    const format = wordAt(header, 8);
    const valid = wordAt(header, 16);
    if (format === ALL_VPS) return this.interruptSet(readU32(header, 0), [[0, (1n << BigInt(this.host.vpCount)) - 1n]]);
    if (format !== SPARSE_SET) return HvStatus.InvalidParameter;
    const banks = Array.from({ length: BANK }, (_, bank) => bank).filter(
      (bank) => ((valid >> BigInt(bank)) & 1n) === 1n,
    );
    if (banks.length !== word.variableHeader) return HvStatus.InvalidHypercallInput;
    return this.interruptSet(
      readU32(header, 0),
      banks.map((bank, i) => [bank, wordAt(header, 24 + i * 8)]),
    );
  }

  private interruptSet(vector: number, banks: readonly (readonly [number, bigint])[]): HvStatus {
    if (vector < 16 || vector > 255) return HvStatus.InvalidParameter;
    for (const [bank, mask] of banks) {
      for (let vp = bank * BANK, rest = mask; rest !== 0n && vp < this.host.vpCount; vp++, rest >>= 1n) {
        if ((rest & 1n) === 1n) this.host.sendInterrupt(vp, vector);
      }
    }
    return HvStatus.Success;
  }

  private extendedCapabilities(output: bigint): HvStatus {
    if ((this.host.masks.privilegesHigh & PrivilegeHigh.ExtendedHypercalls) === 0) return HvStatus.AccessDenied;
    if (!this.block(output, 8)) return HvStatus.InvalidAlignment;
    this.host.memory.fill(Number(output), 8, 0); // none of the extended calls
    return HvStatus.Success;
  }

  /** A parameter block: 8-byte aligned, in RAM, within one page; null when it is not. */
  private block(gpa: bigint, length: number): Uint8Array | null {
    if (gpa >= ADDRESS_LIMIT || (gpa & 7n) !== 0n) return null;
    const at = Number(gpa);
    if ((at % PAGE_SIZE) + length > PAGE_SIZE || !this.host.memory.isRam(at, length)) return null;
    return this.host.memory.read(at, length);
  }
}

function wordAt(bytes: Uint8Array, at: number): bigint {
  return (BigInt(readU32(bytes, at + 4)) << 32n) | BigInt(readU32(bytes, at));
}
