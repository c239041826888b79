import { newBios, type BiosState } from './firmware/bios-state';
import type { LoaderState } from './firmware/loader';
import { newUefi, type UefiState } from './firmware/uefi-state';
import type { KernelState } from './kernel/kernel-state';
import type { SetupState } from './setup/setup';
import type { SessionState } from './shell/session';

/** Everything that a model guest remembers, in one tree. Plain. */
export interface GuestState {
  /** Which program has the processor. */
  phase: 'off' | 'uefi' | 'firmware' | 'loader' | 'setup' | 'kernel';
  bios: BiosState;
  uefi: UefiState;
  loader: LoaderState | null;
  setup: SetupState | null;
  kernel: KernelState | null;
  session: SessionState | null;
  /** Until then the processor is busy with what it has been told to do. */
  busyUntil: number;
  /** Steps since power-on, and interrupts taken. */
  steps: number;
  interrupts: number;
}

export function newGuestState(): GuestState {
  return {
    phase: 'off',
    bios: newBios(),
    uefi: newUefi(),
    loader: null,
    setup: null,
    kernel: null,
    session: null,
    busyUntil: 0,
    steps: 0,
    interrupts: 0,
  };
}
