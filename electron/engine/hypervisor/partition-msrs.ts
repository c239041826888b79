import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { GuestMemory } from '../memory/guest-memory';
import { Msr, PAGE_ENABLE } from './msr';
import { OverlayPage, type OverlayState } from './overlay-page';
import type { ReferenceTime, ReferenceTimeState } from './reference-time';

const LOCKED = 2n; // hypercall MSR, bit 1
const CRASH_NOTIFY = 1n << 63n;
const CRASH_MESSAGE = 1n << 62n;

/** What a guest reports before it stops. TLFS, "Guest Crash Enlightenment". */
export interface CrashReport {
  readonly parameters: readonly bigint[];
  /** Text that the guest left in memory (P3 address, P4 length); empty when it did not say so. */
  readonly message: Uint8Array;
}

/** What the partition's owner hears. The calls come from inside the guest's own instruction: note them and act later. */
export interface PartitionListener {
  /** The guest wrote the RESET register. */
  resetRequested(): void;
  crashed(report: CrashReport): void;
}

/** Saved state of the registers that all VPs share. */
export interface PartitionMsrState {
  guestOsId: bigint;
  hypercall: OverlayState;
  referenceTsc: OverlayState;
  crash: bigint[];
  time: ReferenceTimeState;
  /** Registers that only keep what is written: re-enlightenment and invariant TSC, by number. */
  kept: { [msr: string]: bigint };
}

const CRASH_TEXT_LIMIT = 4096;

/** The synthetic registers of a whole partition: identity, hypercall page, reference TSC page, crash. TLFS, "Synthetic MSRs". */
export class PartitionMsrs implements Unit<PartitionMsrState> {
  private state = fresh();
  private readonly hypercall: OverlayPage;
  private readonly referenceTsc: OverlayPage;
  listener: PartitionListener | null = null;

  /**
   * @param hypercallPage the bytes that a guest calls into
   * @param time what the reference TSC page speaks of
   */
  constructor(
    private readonly memory: GuestMemory,
    hypercallPage: Uint8Array,
    readonly time: ReferenceTime,
  ) {
    this.hypercall = new OverlayPage(
      memory,
      () => this.state.hypercall,
      () => hypercallPage,
    );
    this.referenceTsc = new OverlayPage(
      memory,
      () => this.state.referenceTsc,
      () => time.page(),
    );
  }

  /** True when guests may call the hypercall page. */
  get hypercallEnabled(): boolean {
    return this.hypercall.gpa !== null;
  }

  get guestOsId(): bigint {
    return this.state.guestOsId;
  }

  /** The register's value, or null when it is not one of these. */
  read(msr: number): bigint | null {
    if (msr >= Msr.CrashP0 && msr < Msr.CrashCtl) return this.state.crash[msr - Msr.CrashP0] ?? 0n;
    switch (msr) {
      case Msr.GuestOsId:
        return this.state.guestOsId;
      case Msr.Hypercall:
        return this.hypercall.value;
      case Msr.ReferenceTsc:
        return this.referenceTsc.value;
      case Msr.CrashCtl:
        return CRASH_NOTIFY | CRASH_MESSAGE; // what the hypervisor can take
      default:
        return isKept(msr) ? (this.state.kept[String(msr)] ?? 0n) : null;
    }
  }

  /** True when written, false when the write faults, null when the register is not one of these. */
  write(msr: number, value: bigint): boolean | null {
    if (msr >= Msr.CrashP0 && msr < Msr.CrashCtl) {
      this.state.crash[msr - Msr.CrashP0] = value;
      return true;
    }
    switch (msr) {
      case Msr.GuestOsId:
        return this.identify(value);
      case Msr.Hypercall:
        return this.placeHypercallPage(value);
      case Msr.ReferenceTsc:
        this.referenceTsc.value = value;
        return true;
      case Msr.Reset:
        if ((value & 1n) !== 0n) this.listener?.resetRequested();
        return true;
      case Msr.CrashCtl:
        return this.crash(value);
      default:
        if (!isKept(msr)) return null;
        this.state.kept[String(msr)] = value;
        return true;
    }
  }

  /** A guest without identity has no hypercall page. */
  private identify(value: bigint): boolean {
    this.state.guestOsId = value;
    if (value === 0n) this.hypercall.value &= ~PAGE_ENABLE;
    return true;
  }

  private placeHypercallPage(value: bigint): boolean {
    if ((this.hypercall.value & LOCKED) !== 0n) return false;
    this.hypercall.value = this.state.guestOsId === 0n ? value & ~PAGE_ENABLE : value;
    return true;
  }

  private crash(value: bigint): boolean {
    if ((value & CRASH_NOTIFY) === 0n) return true;
    const [, , , at = 0n, length = 0n] = this.state.crash;
    const hasText = (value & CRASH_MESSAGE) !== 0n && at < 1n << 52n;
    const message = hasText
      ? this.memory.read(Number(at), Math.min(Number(length), CRASH_TEXT_LIMIT))
      : new Uint8Array(0);
    this.listener?.crashed({ parameters: [...this.state.crash], message });
    return true;
  }

  reset(): void {
    this.hypercall.value = 0n;
    this.referenceTsc.value = 0n;
    this.state = fresh();
  }

  save(): PartitionMsrState {
    return { ...clonePlain(this.state), time: this.time.save() };
  }

  /** Memory and clock must have been restored before: on another processor the reference TSC page is written anew. */
  restore({ time, ...own }: PartitionMsrState): void {
    this.state = clonePlain(own);
    this.time.restore(time);
    if (this.time.save().sequence !== time.sequence) this.referenceTsc.refresh();
  }

  inspect(): InspectNode {
    return {
      guestOsId: this.state.guestOsId.toString(16),
      hypercallPage: this.hypercall.gpa,
      referenceTscPage: this.referenceTsc.gpa,
      referenceTime: this.time.inspect(),
      crash: this.state.crash.map((value) => value.toString(16)),
    };
  }
}

function isKept(msr: number): boolean {
  return (msr >= Msr.ReenlightenmentControl && msr <= Msr.TscEmulationStatus) || msr === Msr.TscInvariantControl;
}

function fresh(): Omit<PartitionMsrState, 'time'> {
  return {
    guestOsId: 0n,
    hypercall: { value: 0n, placed: null },
    referenceTsc: { value: 0n, placed: null },
    crash: [0n, 0n, 0n, 0n, 0n],
    kept: {},
  };
}
