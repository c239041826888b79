import { asciiBytes, readU32 } from '../base/bytes';
import type { CpuidResult } from './processor';
import { IMPLEMENTED } from './privileges';
import { EMPTY_LEAF, type HypervisorProfile, type ProcessorModel } from './profile';

const HYPERVISOR_PRESENT = 0x8000_0000; // leaf 1 ECX
const INTERFACE_SIGNATURE = 0x3123_7648; // "Hv#1"

/** Masks of a profile cut to what this hypervisor implements. */
export interface EffectiveMasks {
  readonly privilegesLow: number;
  readonly privilegesHigh: number;
  readonly features: number;
  readonly hints: number;
}

export function effectiveMasks(profile: HypervisorProfile): EffectiveMasks {
  return {
    privilegesLow: (profile.privilegesLow & IMPLEMENTED.privilegesLow) >>> 0,
    privilegesHigh: (profile.privilegesHigh & IMPLEMENTED.privilegesHigh) >>> 0,
    features: (profile.features & IMPLEMENTED.features) >>> 0,
    hints: (profile.hints & IMPLEMENTED.hints) >>> 0,
  };
}

/** What CPUID answers on one VP. TLFS, "Feature Discovery"; Intel SDM volume 2 for the processor's own leaves. */
export class CpuidTable {
  private readonly masks: EffectiveMasks;

  constructor(
    private readonly profile: HypervisorProfile,
    private readonly processor: ProcessorModel,
    private readonly vpCount: number,
  ) {
    this.masks = effectiveMasks(profile);
  }

  /** The answer for `leaf` on VP `vp`; a leaf that does not exist reads zeros. */
  read(leaf: number, vp: number): CpuidResult {
    if (leaf >= 0x4000_0000 && leaf <= 0x4000_ffff) return this.hypervisorLeaf(leaf);
    if (leaf >= 0x8000_0000) return this.extendedLeaf(leaf);
    if (leaf === 0) return this.vendorLeaf();
    return leaf === 1 ? this.featureLeaf(vp) : EMPTY_LEAF;
  }

  private vendorLeaf(): CpuidResult {
    const text = asciiBytes(this.processor.vendor, 12);
    return { eax: 1, ebx: readU32(text, 0), edx: readU32(text, 4), ecx: readU32(text, 8) };
  }

  private featureLeaf(vp: number): CpuidResult {
    const { signature, featuresEcx, featuresEdx } = this.processor;
    const ebx = ((vp << 24) | (Math.min(this.vpCount, 255) << 16) | (8 << 8)) >>> 0; // APIC id, logical count, CLFLUSH of 64 bytes
    return { eax: signature, ebx, ecx: (featuresEcx | HYPERVISOR_PRESENT) >>> 0, edx: featuresEdx };
  }

  private extendedLeaf(leaf: number): CpuidResult {
    if (leaf === 0x8000_0000) return { ...EMPTY_LEAF, eax: 0x8000_0004 };
    if (leaf < 0x8000_0002 || leaf > 0x8000_0004) return EMPTY_LEAF;
    const text = asciiBytes(this.processor.brand, 48);
    const at = (leaf - 0x8000_0002) * 16;
    return {
      eax: readU32(text, at),
      ebx: readU32(text, at + 4),
      ecx: readU32(text, at + 8),
      edx: readU32(text, at + 12),
    };
  }

  private hypervisorLeaf(leaf: number): CpuidResult {
    const { profile, masks } = this;
    if (leaf > profile.maxLeaf) return EMPTY_LEAF;
    switch (leaf) {
      case 0x4000_0000:
        return { eax: profile.maxLeaf, ebx: 0x7263_694d, ecx: 0x666f_736f, edx: 0x7648_2074 }; // "Microsoft Hv"
      case 0x4000_0001:
        return { ...EMPTY_LEAF, eax: INTERFACE_SIGNATURE };
      case 0x4000_0002: // answered before the guest has an identity too: guests print the host build first thing
        return {
          eax: profile.build,
          ebx: ((profile.major << 16) | profile.minor) >>> 0,
          ecx: profile.servicePack,
          edx: profile.service,
        };
      case 0x4000_0003:
        return { eax: masks.privilegesLow, ebx: masks.privilegesHigh, ecx: 0, edx: masks.features };
      case 0x4000_0004:
        return { eax: masks.hints, ebx: profile.spinRetries, ecx: 0, edx: 0 };
      case 0x4000_0005:
        return { eax: profile.maxVps, ebx: profile.maxLps, ecx: 0, edx: 0 };
      case 0x4000_0006:
        return { ...EMPTY_LEAF, eax: profile.hardwareFeatures };
      default:
        return EMPTY_LEAF;
    }
  }
}
