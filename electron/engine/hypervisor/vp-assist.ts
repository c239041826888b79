import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { GuestMemory } from '../memory/guest-memory';
import { OverlayPage, type OverlayState } from './overlay-page';

/** Saved state: the page, and the vector whose end of interrupt the guest was told it may leave out, or null. */
export interface VpAssistState {
  page: OverlayState;
  spared: number | null;
}

/** First word of the page: the guest clears bit 0 instead of an end of interrupt where it finds it set. */
export const APIC_ASSIST = 0;
export const NO_EOI_REQUIRED = 1;

/**
 * The page that one VP shares with the hypervisor (register 0x40000073). Of its fields this hypervisor uses the first: "no EOI required".
 * It says so when an interrupt is delivered and no other waits; when one comes after all it takes that back, unless the guest was faster.
 * TLFS, "Virtual Processor Assist Page" and "EOI Assist".
 */
export class VpAssist implements Unit<VpAssistState> {
  private state = fresh();
  private readonly page: OverlayPage;

  constructor(private readonly memory: GuestMemory) {
    this.page = new OverlayPage(memory, () => this.state.page);
  }

  get value(): bigint {
    return this.page.value;
  }

  /** Settle before: an end that the guest was spared it owes again. */
  set value(value: bigint) {
    this.page.value = value;
  }

  /** `vector` is in service and nothing else waits: where there is a page, the guest need not end it at the APIC. */
  spare(vector: number): void {
    const { gpa } = this.page;
    if (gpa === null) return;
    this.memory.writeU32(gpa + APIC_ASSIST, (this.memory.readU32(gpa + APIC_ASSIST) | NO_EOI_REQUIRED) >>> 0);
    this.state.spared = vector;
  }

  /**
   * Before anything is done at the APIC: the vector that the guest has ended meanwhile by clearing the bit, for the APIC to end; else null,
   * and the bit is taken back.
   */
  settle(): number | null {
    const { spared } = this.state;
    const { gpa } = this.page;
    this.state.spared = null;
    if (spared === null || gpa === null) return null;
    const word = this.memory.readU32(gpa + APIC_ASSIST);
    if ((word & NO_EOI_REQUIRED) === 0) return spared;
    this.memory.writeU32(gpa + APIC_ASSIST, (word & ~NO_EOI_REQUIRED) >>> 0);
    return null;
  }

  reset(): void {
    this.page.value = 0n;
    this.state = fresh();
  }

  save(): VpAssistState {
    return clonePlain(this.state);
  }

  restore(saved: VpAssistState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return { page: this.page.gpa, spared: this.state.spared };
  }
}

function fresh(): VpAssistState {
  return { page: { value: 0n, placed: null }, spared: null };
}
