import { newDriverState, type DriverState } from '../message-driver';

/** How far the driver for dynamic memory is once its channel is open. */
export type BalloonPhase = 'negotiating' | 'capabilities' | 'ready';

/** Everything that the driver for dynamic memory remembers. Plain. */
export interface BalloonDriverState extends DriverState<BalloonPhase> {
  kind: 'dynamicMemory';
  /** Which of the driver's versions was asked for. */
  attempt: number;
  transaction: number;
  /** The host does not want reports. */
  isSilent: boolean;
  /** Most memory that the machine can get, in megabytes; 0 until the host says. */
  maximumMB: number;
  reports: number;
}

export function newBalloonDriver(): BalloonDriverState {
  const told = { attempt: 0, transaction: 0, isSilent: false, maximumMB: 0, reports: 0 };
  return { kind: 'dynamicMemory', ...newDriverState(), ...told };
}
