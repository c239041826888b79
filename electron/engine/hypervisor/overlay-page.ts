import type { GuestMemory } from '../memory/guest-memory';
import { PAGE_ENABLE, pageOf } from './msr';

/** Saved state: the register that places the page, and where the page lies now. */
export interface OverlayState {
  value: bigint;
  placed: number | null;
}

/**
 * A page of the hypervisor's that a guest places by writing a register: bit 0 enables it, bits 63:12 say where. A place that is
 * not RAM, or that another overlay has, leaves the page unplaced while the register keeps its value. TLFS, "GPA Overlay Pages".
 */
export class OverlayPage {
  /**
   * @param state where the owner keeps this page's state, looked up each time so that a restored state counts
   * @param content bytes that the page shows when it is placed, asked for each time; zeros when absent
   */
  constructor(
    private readonly memory: GuestMemory,
    private readonly state: () => OverlayState,
    private readonly content: (() => Uint8Array) | null = null,
  ) {}

  /** The register as the guest reads it. */
  get value(): bigint {
    return this.state().value;
  }

  set value(value: bigint) {
    const state = this.state();
    const target = (value & PAGE_ENABLE) !== 0n ? pageOf(value) : null;
    state.value = value;
    if (target === state.placed) return;
    if (state.placed !== null) this.memory.removeOverlay(state.placed);
    state.placed = target !== null && this.memory.addOverlay(target) ? target : null;
    this.refresh();
  }

  /** Writes the content again, where the page lies: it has changed. */
  refresh(): void {
    const { placed } = this.state();
    if (placed !== null && this.content) this.memory.write(placed, this.content());
  }

  /** Where the page lies, or null while it does not. */
  get gpa(): number | null {
    return this.state().placed;
  }
}
