/** Sense key, additional sense code and qualifier: SPC-3, 4.5.6. */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
}

/** The conditions that our drives report. */
export const SenseOf = {
  none: { key: 0, asc: 0, ascq: 0 },
  mediumNotPresent: { key: 2, asc: 0x3a, ascq: 0 },
  writeError: { key: 3, asc: 0x0c, ascq: 0 },
  unrecoveredReadError: { key: 3, asc: 0x11, ascq: 0 },
  internalTargetFailure: { key: 4, asc: 0x44, ascq: 0 },
  parameterListLength: { key: 5, asc: 0x1a, ascq: 0 },
  invalidOpcode: { key: 5, asc: 0x20, ascq: 0 },
  outOfRange: { key: 5, asc: 0x21, ascq: 0 },
  invalidField: { key: 5, asc: 0x24, ascq: 0 },
  invalidParameter: { key: 5, asc: 0x26, ascq: 0 },
  removalPrevented: { key: 5, asc: 0x53, ascq: 2 },
  mediumMayHaveChanged: { key: 6, asc: 0x28, ascq: 0 },
  reset: { key: 6, asc: 0x29, ascq: 0 },
  capacityChanged: { key: 6, asc: 0x2a, ascq: 9 },
  reportedLunsChanged: { key: 6, asc: 0x3f, ascq: 0x0e },
  writeProtected: { key: 7, asc: 0x27, ascq: 0 },
  spaceAllocationFailed: { key: 7, asc: 0x27, ascq: 7 },
} as const satisfies Readonly<Record<string, Sense>>;

export const SENSE_BYTES = 18;

/** Fixed-format sense data of the current command: SPC-3, 4.5.3. */
export function fixedSense({ key, asc, ascq }: Sense): Uint8Array {
  const data = new Uint8Array(SENSE_BYTES);
  [data[0], data[2], data[7], data[12], data[13]] = [0x70, key, SENSE_BYTES - 8, asc, ascq];
  return data;
}

/** Takes fixed-format sense data apart; null when it is of another format or too short. */
export function decodeSense(data: Uint8Array): Sense | null {
  if (data.length < 14 || ((data[0] ?? 0) & 0x7e) !== 0x70) return null;
  return { key: (data[2] ?? 0) & 0x0f, asc: data[12] ?? 0, ascq: data[13] ?? 0 };
}
