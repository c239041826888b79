/** Registers, bits and codes of an ATA device: ATA/ATAPI-6, chapters 7 and 8. */

/** Task file offsets from the command block's base. */
export const Register = { data: 0, error: 1, count: 2, low: 3, mid: 4, high: 5, device: 6, status: 7 } as const;

export const Status = { error: 0x01, request: 0x08, seek: 0x10, fault: 0x20, ready: 0x40, busy: 0x80 } as const;

export const Failure = { abort: 0x04, notFound: 0x10, uncorrectable: 0x40 } as const;

export const Control = { noInterrupt: 0x02, reset: 0x04, highOrder: 0x80 } as const;

/** Interrupt reason, in the count register of a packet device. */
export const Reason = { command: 1, toHost: 2 } as const;

export const SECTOR = 512;
/** Most sectors that one READ or WRITE MULTIPLE block may have. */
export const MAX_MULTIPLE = 128;
