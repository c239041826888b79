import { allOnes } from '../../base/bytes';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';
import { Crtc, type VgaRegisters } from './registers';

/** Identification of Microsoft's adapter in the extended CRTC registers, as its own BIOS looks for it. */
const FIXED_CRTC: ReadonlyMap<number, number> = new Map([
  [0x2d, 0x53],
  [0x2e, 0x53],
  [0x30, 0],
  [0x36, 0x02],
]);

/** The VGA's ports at 3C0-3DF. The CRTC answers at 3Dx or, for monochrome, at 3Bx, as the miscellaneous register says. */
export class VgaPorts implements PortDevice {
  /**
   * @param registers the state; asked for each time, because a restore replaces it
   * @param changed told when something that the screen shows has changed
   */
  constructor(
    ports: PortSpace,
    private readonly registers: () => VgaRegisters,
    private readonly changed: () => void,
  ) {
    ports.claim('vga', 0x3c0, 0x20, this);
    ports.claim('vga-mono', 0x3b0, 0x0c, this);
  }

  portRead(port: number, size: AccessSize): number {
    if (size === 1) return this.readByte(port);
    const next = this.portRead(port + 1, size === 4 ? 2 : 1);
    return (this.readByte(port) | (next << 8)) & allOnes(size);
  }

  /** A 16-bit write to an index port sets index and data at once. */
  portWrite(port: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.writeByte(port + i, (value >>> (i * 8)) & 0xff);
  }

  private crtcOffset(port: number): number {
    const base = (this.registers().misc & 1) !== 0 ? 0x3d0 : 0x3b0;
    return port - base;
  }

  private readByte(port: number): number {
    const r = this.registers();
    switch (port) {
      case 0x3c0:
        return r.attributeIndex;
      case 0x3c1:
        return r.attribute[r.attributeIndex & 0x1f] ?? 0xff;
      case 0x3c2:
        return 0x70; // no switch sense, no retrace interrupt
      case 0x3c4:
        return r.sequencerIndex;
      case 0x3c5:
        return r.sequencer[r.sequencerIndex] ?? 0xff;
      case 0x3c6:
        return r.dacMask;
      case 0x3c7:
        return 3;
      case 0x3c8:
        return r.dacWrite;
      case 0x3c9:
        return this.readColour(r);
      case 0x3cc:
        return r.misc;
      case 0x3ce:
        return r.graphicsIndex;
      case 0x3cf:
        return r.graphics[r.graphicsIndex] ?? 0xff;
      default:
        return this.readCrtc(this.crtcOffset(port), r);
    }
  }

  private readCrtc(offset: number, r: VgaRegisters): number {
    if (offset === 4) return r.crtcIndex;
    if (offset === 5) return FIXED_CRTC.get(r.crtcIndex) ?? r.crtc[r.crtcIndex] ?? 0xff;
    if (offset !== 0x0a) return 0xff;
    r.attributeData = false; // reading the status puts the attribute controller back to its index
    r.statusReads = (r.statusReads + 1) & 0xffff;
    return r.statusReads % 4 === 0 ? 0x09 : r.statusReads % 2; // both bits change, so that waiting ends
  }

  private readColour(r: VgaRegisters): number {
    const value = r.palette[r.dacRead * 3 + r.dacStep] ?? 0;
    r.dacStep = (r.dacStep + 1) % 3;
    if (r.dacStep === 0) r.dacRead = (r.dacRead + 1) & 0xff;
    return value;
  }

  private writeByte(port: number, value: number): void {
    const r = this.registers();
    switch (port) {
      case 0x3c0:
        return this.writeAttribute(r, value);
      case 0x3c2:
        return void (r.misc = value);
      case 0x3c4:
        return void (r.sequencerIndex = value & 7);
      case 0x3c5:
        return void (r.sequencer[r.sequencerIndex] = value);
      case 0x3c6:
        return void (r.dacMask = value);
      case 0x3c7:
        return void ([r.dacRead, r.dacStep] = [value, 0]);
      case 0x3c8:
        return void ([r.dacWrite, r.dacStep] = [value, 0]);
      case 0x3c9:
        return this.writeColour(r, value);
      case 0x3ce:
        return void (r.graphicsIndex = value & 0x0f);
      case 0x3cf:
        return void (r.graphics[r.graphicsIndex] = value);
      default:
        return this.writeCrtc(this.crtcOffset(port), r, value);
    }
  }

  private writeAttribute(r: VgaRegisters, value: number): void {
    if (r.attributeData) r.attribute[r.attributeIndex & 0x1f] = value;
    else r.attributeIndex = value & 0x3f;
    r.attributeData = !r.attributeData;
    this.changed();
  }

  private writeColour(r: VgaRegisters, value: number): void {
    r.palette[r.dacWrite * 3 + r.dacStep] = value & 0x3f;
    r.dacStep = (r.dacStep + 1) % 3;
    if (r.dacStep === 0) r.dacWrite = (r.dacWrite + 1) & 0xff;
    this.changed();
  }

  private writeCrtc(offset: number, r: VgaRegisters, value: number): void {
    if (offset === 4) r.crtcIndex = value;
    if (offset !== 5) return;
    const isProtected = r.crtcIndex < 8 && ((r.crtc[Crtc.retraceEnd] ?? 0) & 0x80) !== 0;
    if (isProtected) return;
    r.crtc[r.crtcIndex] = value;
    this.changed();
  }
}
