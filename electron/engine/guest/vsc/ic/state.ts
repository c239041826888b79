import type { IcVersion } from '../../../vmbus/protocol/ic';

/** Everything that a component's driver remembers. Plain. */
export interface IcDriverState {
  kind: 'ic';
  phase: 'closed' | 'opening' | 'open' | 'ready' | 'failed' | 'removed';
  framework: IcVersion | null;
  message: IcVersion | null;
  /** Answers that wait for room in the ring. */
  waiting: { idLow: number; idHigh: number; payload: Uint8Array }[];
  answered: number;
  malformed: number;
}

export function newIcDriver(): IcDriverState {
  return { kind: 'ic', phase: 'closed', framework: null, message: null, waiting: [], answered: 0, malformed: 0 };
}
