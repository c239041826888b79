import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { ConfigSpace, type ConfigState } from '../../bus/config-space';
import type { DeviceMemory } from '../../bus/device-memory';
import type { MmioSpace } from '../../bus/mmio-space';
import type { PciBus, PciFunction } from '../../bus/pci';
import type { PortSpace } from '../../bus/port-space';
import { DisplayMemory, textCell, WINDOW_BASE, WINDOW_SIZE } from './display-memory';
import { VgaPorts } from './ports';
import { Crtc, freshRegisters, type VgaRegisters } from './registers';

/** What the console shows of a text mode. `cells` has two bytes a cell, character and attribute, row by row. */
export interface TextSnapshot {
  readonly columns: number;
  readonly rows: number;
  readonly cells: Uint8Array;
  readonly cursor: { readonly column: number; readonly row: number; readonly visible: boolean };
}

export interface VgaOptions {
  readonly name: string;
  readonly ports: PortSpace;
  readonly mmio: MmioSpace;
  /** Memory behind the linear aperture; the rest of it floats. A unit of its own: the synthetic device uses it too. */
  readonly vram: DeviceMemory;
}

export interface VgaState {
  config: ConfigState;
  registers: VgaRegisters;
  planes: Uint8Array;
}

const APERTURE = 64 * 1024 * 1024;

/**
 * The emulated video adapter of a Generation 1 machine: Microsoft's 1414:5353, a VGA with a linear aperture. Text modes are
 * complete; in graphics modes the aperture is plain memory, which only the synthetic video device makes a picture of.
 */
export class Vga implements PciFunction, Unit<VgaState> {
  readonly name = 'vga';
  /** Grows with everything that may change the picture. */
  generation = 0;
  private registers = freshRegisters();
  private planes: Uint8Array = new Uint8Array(4 * 65_536);
  private readonly config: ConfigSpace;

  constructor({ ports, mmio, name, vram }: VgaOptions) {
    const changed = (): void => void this.generation++;
    const aperture = mmio.claim(`${name}/aperture`, null, APERTURE, vram, { intercepts: false });
    this.config = new ConfigSpace(
      {
        vendor: 0x1414,
        device: 0x5353,
        revision: 0,
        classCode: 0x030000,
        status: 0x0200,
        interruptPin: 1,
        commandMask: 0x0003,
      },
      [{ index: 0, kind: 'memory', size: APERTURE, onChange: (base) => aperture.move(base) }],
    );
    new VgaPorts(ports, () => this.registers, changed);
    mmio.claim(
      `${name}/window`,
      WINDOW_BASE,
      WINDOW_SIZE,
      new DisplayMemory(
        () => this.registers,
        () => this.planes,
        changed,
      ),
      { intercepts: false },
    );
  }

  /** Plugs the adapter into PCI bus 0 at 00:08.0. */
  attach(pci: PciBus): void {
    pci.attach({ device: 8, fn: 0 }, this);
  }

  configRead(register: number): number {
    return this.config.read(register);
  }

  configWrite(register: number, value: number, mask: number): void {
    this.config.write(register, value, mask);
  }

  /** The text on the screen as registers and memory say, or null while no text mode is set or the screen is off. */
  textSnapshot(): TextSnapshot | null {
    const { crtc, attribute, attributeIndex, graphics } = this.registers;
    const isText = ((attribute[0x10] ?? 0) & 1) === 0 && ((graphics[6] ?? 0) & 1) === 0;
    const columns = (crtc[Crtc.displayEnd] ?? 0) + 1;
    const rows = this.textRows();
    if (!isText || (attributeIndex & 0x20) === 0 || columns < 2 || rows < 1 || columns > 132 || rows > 60) return null;
    const pitch = (crtc[Crtc.offset] ?? 0) * 2;
    const start = this.word(Crtc.startHigh);
    const cells = new Uint8Array(columns * rows * 2);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        cells.set(textCell(this.planes, start + row * pitch + column), (row * columns + column) * 2);
      }
    }
    return { columns, rows, cells, cursor: this.cursor(columns, rows, start, pitch) };
  }

  private word(register: number): number {
    return ((this.registers.crtc[register] ?? 0) << 8) | (this.registers.crtc[register + 1] ?? 0);
  }

  private textRows(): number {
    const { crtc } = this.registers;
    const overflow = crtc[Crtc.overflow] ?? 0;
    const lines = ((crtc[Crtc.verticalDisplayEnd] ?? 0) | ((overflow & 2) << 7) | ((overflow & 0x40) << 3)) + 1;
    return Math.floor(lines / (((crtc[Crtc.maximumScanLine] ?? 0) & 0x1f) + 1));
  }

  private cursor(columns: number, rows: number, start: number, pitch: number): TextSnapshot['cursor'] {
    const place = this.word(Crtc.cursorHigh) - start;
    const [row, column] = pitch > 0 ? [Math.floor(place / pitch), place % pitch] : [0, place];
    const isInside = place >= 0 && row < rows && column < columns;
    return { column, row, visible: isInside && ((this.registers.crtc[Crtc.cursorStart] ?? 0) & 0x20) === 0 };
  }

  reset(): void {
    this.config.reset();
    this.registers = freshRegisters();
    this.planes = new Uint8Array(4 * 65_536);
    this.generation++;
  }

  save(): VgaState {
    return clonePlain({
      config: this.config.save(),
      registers: this.registers,
      planes: this.planes,
    });
  }

  restore(saved: VgaState): void {
    const { config, registers, planes } = clonePlain(saved);
    this.config.restore(config);
    [this.registers, this.planes] = [registers, planes];
    this.generation++;
  }

  inspect(): InspectNode {
    const { crtc, misc } = this.registers;
    const text = this.textSnapshot();
    return {
      config: this.config.inspect(),
      misc,
      crtc: Array.from(crtc.subarray(0, 0x19)),
      text: text ? `${text.columns}x${text.rows}` : null,
    };
  }
}
