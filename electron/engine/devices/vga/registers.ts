/** The register files of a VGA. IBM VGA XGA Technical Reference Manual, chapter 2 (also FreeVGA). */
export interface VgaRegisters {
  misc: number;
  sequencerIndex: number;
  sequencer: Uint8Array;
  graphicsIndex: number;
  graphics: Uint8Array;
  crtcIndex: number;
  crtc: Uint8Array;
  attributeIndex: number;
  /** False: the next write to 3C0 is an index. */
  attributeData: boolean;
  attribute: Uint8Array;
  dacMask: number;
  dacRead: number;
  dacWrite: number;
  /** Component of the colour that comes next, 0-2. */
  dacStep: number;
  palette: Uint8Array;
  /** Reads of the status register so far: display and retrace are derived from it. */
  statusReads: number;
}

export function freshRegisters(): VgaRegisters {
  return {
    misc: 0,
    sequencerIndex: 0,
    sequencer: new Uint8Array(8),
    graphicsIndex: 0,
    graphics: new Uint8Array(16),
    crtcIndex: 0,
    crtc: new Uint8Array(256),
    attributeIndex: 0,
    attributeData: false,
    attribute: new Uint8Array(32),
    dacMask: 0xff,
    dacRead: 0,
    dacWrite: 0,
    dacStep: 0,
    palette: new Uint8Array(768),
    statusReads: 0,
  };
}

export const Crtc = {
  displayEnd: 0x01,
  overflow: 0x07,
  maximumScanLine: 0x09,
  cursorStart: 0x0a,
  startHigh: 0x0c,
  startLow: 0x0d,
  cursorHigh: 0x0e,
  cursorLow: 0x0f,
  retraceEnd: 0x11,
  verticalDisplayEnd: 0x12,
  offset: 0x13,
} as const;
