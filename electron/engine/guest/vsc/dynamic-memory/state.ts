/** Everything that the driver for dynamic memory remembers. Plain. */
export interface BalloonDriverState {
  kind: 'dynamicMemory';
  phase: 'closed' | 'opening' | 'negotiating' | 'capabilities' | 'ready' | 'failed' | 'removed';
  /** Which of the driver's versions was asked for. */
  attempt: number;
  transaction: number;
  /** The host does not want reports. */
  isSilent: boolean;
  /** Most memory that the machine can get, in megabytes; 0 until the host says. */
  maximumMB: number;
  waiting: Uint8Array[];
  reports: number;
  malformed: number;
}

export function newBalloonDriver(): BalloonDriverState {
  return {
    kind: 'dynamicMemory',
    phase: 'closed',
    attempt: 0,
    transaction: 0,
    isSilent: false,
    maximumMB: 0,
    waiting: [],
    reports: 0,
    malformed: 0,
  };
}
