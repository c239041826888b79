import { HvStatus } from './hypercall';

/** Largest payload of a message in bytes. TLFS, "Inter-Partition Communication". */
export const MESSAGE_PAYLOAD = 240;

/** The parent's message port behind a connection of the child. */
export interface MessageReceiver {
  /** Takes one message that the child posted. The status goes back to the child. */
  message(type: number, payload: Uint8Array): HvStatus;
}

/** The parent's event port behind a connection of the child. */
export interface EventReceiver {
  event(flag: number): void;
}

/**
 * Connections of a child to ports of its parent, by connection id (24 bits). Wiring, not state: the owner of a port
 * connects it again when it is restored. TLFS, "Ports and Connections".
 */
export class ConnectionTable {
  private readonly messages = new Map<number, MessageReceiver>();
  private readonly events = new Map<number, { readonly receiver: EventReceiver; readonly flags: number }>();

  connectMessage(id: number, receiver: MessageReceiver): void {
    this.messages.set(id, receiver);
  }

  /** @param flags how many event flags the port has: a signal names one of them */
  connectEvent(id: number, receiver: EventReceiver, flags = 1): void {
    this.events.set(id, { receiver, flags });
  }

  disconnect(id: number): void {
    this.messages.delete(id);
    this.events.delete(id);
  }

  /** HvCallPostMessage on connection `id`. A connection of the other type is as good as none. */
  post(id: number, type: number, payload: Uint8Array): HvStatus {
    return this.messages.get(id)?.message(type, payload) ?? HvStatus.InvalidConnectionId;
  }

  /** HvCallSignalEvent on connection `id`. A flag beyond those of the port is an invalid parameter. */
  signal(id: number, flag: number): HvStatus {
    const port = this.events.get(id);
    if (!port) return HvStatus.InvalidConnectionId;
    if (flag >= port.flags) return HvStatus.InvalidParameter;
    port.receiver.event(flag);
    return HvStatus.Success;
  }

  /** Ids in use, for inspection. */
  ids(): { messages: number[]; events: number[] } {
    return { messages: [...this.messages.keys()], events: [...this.events.keys()] };
  }
}
