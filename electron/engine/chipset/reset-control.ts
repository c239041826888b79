import { allOnes } from '../base/bytes';
import type { InspectNode, Unit } from '../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../bus/port-space';

export interface ResetControlOptions {
  readonly ports: PortSpace;
  /** The guest asked for a reset of the machine. Called from inside the port access. */
  readonly onReset: () => void;
}

export interface ResetControlState {
  /** Port 92h: bit 0 fast reset, bit 1 address line 20. */
  systemControl: number;
  /** Port CF9h: bit 1 kind of reset, bit 2 reset. */
  resetControl: number;
}

const SYSTEM_CONTROL = 0x92;
const RESET_CONTROL = 0xcf9;
const FAST_RESET = 0x01;
const RESET_CPU = 0x04;

/**
 * The two ports by which software restarts a PC: system control port A (92h) and the PIIX4's reset control register
 * (82371AB data sheet, 5.1.5: CF9h). Must be made before the PCI bus, whose address register lies around the second.
 */
export class ResetControl implements PortDevice, Unit<ResetControlState> {
  private state: ResetControlState = { systemControl: 0x02, resetControl: 0 };

  constructor(private readonly options: ResetControlOptions) {
    options.ports.claim('reset control', SYSTEM_CONTROL, 1, this);
    options.ports.claim('reset control', RESET_CONTROL, 1, this);
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    return port === SYSTEM_CONTROL ? this.state.systemControl : this.state.resetControl;
  }

  /** Only a bit that rises resets. */
  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    const { systemControl, resetControl } = this.state;
    const isFast = port === SYSTEM_CONTROL && (value & ~systemControl & FAST_RESET) !== 0;
    const isFull = port === RESET_CONTROL && (value & ~resetControl & RESET_CPU) !== 0;
    if (port === SYSTEM_CONTROL) this.state.systemControl = value & 0x03;
    else this.state.resetControl = value & 0x0e;
    if (isFast || isFull) this.options.onReset();
  }

  reset(): void {
    this.state = { systemControl: 0x02, resetControl: 0 };
  }

  save(): ResetControlState {
    return { ...this.state };
  }

  restore(saved: ResetControlState): void {
    this.state = { ...saved };
  }

  inspect(): InspectNode {
    return { ...this.state };
  }
}
