/** SINT of VMBus: slot 2 of the message page, block 2 of the flag page. linux include/asm-generic/mshyperv.h, VMBUS_MESSAGE_SINT. */
export const VMBUS_SINT = 2;
/** Hypervisor message type of every channel message. */
export const VMBUS_MESSAGE_TYPE = 1;

/** Connections of a guest. linux include/linux/hyperv.h, VMBUS_*_CONNECTION_ID. */
export const VmbusConnection = {
  /** Messages to the host, before 5.0 and after the answer of a newer host. */
  Message: 1,
  /** Signals of guests older than Windows 8, with the interrupt page. */
  Event: 2,
  /** INITIATE_CONTACT of 5.0 and later: absent on older hosts, which is how the guest notices. */
  Message4: 4,
} as const;

/** Port of the guest that the host's channel messages come through. */
export const VMBUS_MESSAGE_PORT = 1;

/** Ids of channels run from 1 to 2047: one event flag each, flag 0 is not a channel. */
export const MAX_RELID = 2047;
/** Halves of the interrupt page: flags for the guest, flags from the guest. */
export const INTERRUPT_PAGE_HALF = 2048;

/** The connection id that the offer of channel `relid` names: 24 bits, out of the way of the fixed ones. */
export function channelConnection(relid: number): number {
  return (VMBUS_SINT << 12) | relid;
}
