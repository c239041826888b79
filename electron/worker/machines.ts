import type { PointerEvent } from '@engine/base/backends';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import type { DesktopAction, GuestScreen } from '@shared/model/guest-view';

/**
 * The running machines as management sees them. Implementations own worker processes' lives; management owns records.
 * Every call is synchronous: when it returns, the state has changed (or begun to change, for long work) or it threw a LabError.
 */
export interface Machines {
  /** Powers the machine on, from its saved state when `restState` is `saved`. */
  start(vm: VmRecord): void;
  turnOff(vmId: string): void;
  /** Asks the guest through its shutdown channel; throws `shutdownNotAvailable` when the guest has not opened it. */
  shutDown(vmId: string): void;
  /** Writes the saved state and ends the machine. */
  save(vmId: string): void;
  deleteSavedState(vmId: string): void;
  pause(vmId: string): void;
  resume(vmId: string): void;
  reset(vmId: string): void;
  /** Takes over settings that may change while the machine runs (switch, VLAN, services, media in drives, name ...). */
  settingsChanged(vm: VmRecord): void;

  runtime(vmId: string): VmRuntime | null;
  screen(vmId: string): GuestScreen;
  key(vmId: string, code: number, down: boolean, extended: boolean): void;
  /** What a person does to the windows of the guest's desktop. */
  act(vmId: string, action: DesktopAction): void;
  pointer(vmId: string, event: PointerEvent): void;
  /** Some window begins, or the last one ceases, to show the machine's screen. */
  watch(vmId: string, isWatched: boolean): void;
  counters(vmId: string): Record<string, number>;
  inspect(vmId: string): unknown;

  /** Called after anything that a snapshot shows has changed. */
  onChanged(handler: (vmId: string) => void): void;
  onScreen(handler: (vmId: string, screen: GuestScreen) => void): void;
  /** The machine ended by itself or by a command: `off` or `saved`. */
  onEnded(handler: (vmId: string, restState: 'off' | 'saved') => void): void;
}
