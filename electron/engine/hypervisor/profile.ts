import type { CpuidResult } from './processor';

/** How a hypervisor of one age presents itself to its guests: data, by host. TLFS, "Feature Discovery". */
export interface HypervisorProfile {
  /** Host id, for example `ws2022`. */
  readonly id: string;
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly servicePack: number;
  /** 31:24 service branch, 23:0 service number. */
  readonly service: number;
  /** Highest leaf, at least 0x40000005. */
  readonly maxLeaf: number;
  /** Leaf 0x40000003 as the host documents or prints it; the partition cuts it to what is implemented. */
  readonly privilegesLow: number;
  readonly privilegesHigh: number;
  readonly features: number;
  /** Leaf 0x40000004 EAX, likewise. */
  readonly hints: number;
  /** Spin-lock retries before a guest should notify; 0xFFFFFFFF is never. */
  readonly spinRetries: number;
  readonly maxVps: number;
  readonly maxLps: number;
  /** Leaf 0x40000006 EAX: hardware features in use. */
  readonly hardwareFeatures: number;
}

/** The processor below the hypervisor, as CPUID tells of it. */
export interface ProcessorModel {
  /** Twelve characters. */
  readonly vendor: string;
  /** Leaf 1 EAX: family, model, stepping. */
  readonly signature: number;
  readonly featuresEcx: number;
  readonly featuresEdx: number;
  /** At most 47 characters. */
  readonly brand: string;
  /** Ticks of the TSC in a second. */
  readonly tscFrequency: number;
  /** The TSC runs at that rate whatever happens, and is what `Processor.readTsc` reads: the reference TSC page may rely on it. */
  readonly invariantTsc: boolean;
}

/** A server processor of the 2010s: SSE to SSE4.2, AVX, APIC, no VMX for the child. Intel SDM volume 2, CPUID. */
export const DEFAULT_PROCESSOR: ProcessorModel = {
  vendor: 'GenuineIntel',
  signature: 0x0003_06e4,
  featuresEcx: 0x17ba_2203,
  featuresEdx: 0x0f8b_fbff,
  brand: 'Intel(R) Xeon(R) CPU E5-2680 v2 @ 2.80GHz',
  tscFrequency: 2_800_000_000,
  invariantTsc: true,
};

/** Frequency of the local APIC timer that the hypervisor announces, in hertz: guests print it divided by their ticks, see the profiles. */
export const APIC_FREQUENCY = 200_000_000;

/** A leaf that holds nothing. */
export const EMPTY_LEAF: CpuidResult = { eax: 0, ebx: 0, ecx: 0, edx: 0 };
