import type { IcVersion } from '../../../vmbus/protocol/ic';
import { newDriverState, type DriverState } from '../message-driver';

/** Everything that a component's driver remembers. Plain. `ready`: both sides have agreed on versions. */
export interface IcDriverState extends DriverState<'ready'> {
  kind: 'ic';
  framework: IcVersion | null;
  message: IcVersion | null;
  answered: number;
  /** A request whose answer takes time. */
  open: { idLow: number; idHigh: number; payload: Uint8Array } | null;
}

export function newIcDriver(): IcDriverState {
  return { kind: 'ic', ...newDriverState(), framework: null, message: null, answered: 0, open: null };
}
