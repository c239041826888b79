import type { PointerEvent } from '@engine/base/backends';
import type { VmRecord, VmRuntime } from '@shared/model/inventory';
import type { DesktopAction, GuestScreen } from '@shared/model/guest-view';

/**
 * What a running machine holds ready for other settings: files are open, nothing else has changed yet. It is ended once, by one of
 * the two. The order is: everything that can fail, then the durable record, then what cannot fail. Whoever dies in between leaves
 * records and machines that agree: a reservation dies with the machine's process, which gives the files back, and a machine
 * whose settings are recorded but not taken over is gone with its process and begins from the record.
 */
export interface Reservation {
  /** The settings are durable: takes them over. Never throws. */
  take(): void;
  /** The change did not come about: closes what was opened. Never throws. */
  release(): void;
}

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
  /**
   * Gets a running machine ready for settings that may change while it runs (switch, VLAN, services, media in drives, disks,
   * name ...). Throws a LabError when a disk, disc or diskette cannot be opened; then nothing has changed.
   */
  reserve(vm: VmRecord): Reservation;

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
  /** The guest has taken the disc out of a DVD drive. */
  onEjected(handler: (vmId: string, driveId: string) => void): void;
}
