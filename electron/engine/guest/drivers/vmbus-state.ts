import type { VmbusClientState } from '../../vmbus/client/state';

/** The root of VMBus. Plain; `client` is what the bus driver's client saved. */
export interface VmbusDriverState {
  kind: 'vmbus';
  client: VmbusClientState | null;
}
