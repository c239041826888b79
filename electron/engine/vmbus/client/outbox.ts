import { HvStatus } from '../../hypervisor/hypercall';
import { VMBUS_MESSAGE_TYPE } from '../protocol/transport';
import type { VmbusClientState } from './state';
import type { SynicGuest } from './synic-guest';

/** The guest's messages to the host, in order: those that the host has no room for wait in the client's state. */
export class Outbox {
  constructor(
    private readonly synic: SynicGuest,
    private readonly state: () => VmbusClientState,
  ) {}

  post(message: Uint8Array): void {
    const { outbox, messageConnection: connection } = this.state();
    outbox.push({ connection, message });
    this.flush();
  }

  /** Posts what waits; stops while the host has no room, and is to be called again with the next interrupt. */
  flush(): void {
    const { outbox } = this.state();
    for (let next = outbox[0]; next; next = outbox[0]) {
      const status = this.synic.post(next.connection, VMBUS_MESSAGE_TYPE, next.message);
      if (status === HvStatus.InsufficientBuffers) return;
      outbox.shift();
    }
  }
}
