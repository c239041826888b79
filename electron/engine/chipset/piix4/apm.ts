import { allOnes } from '../../base/bytes';
import type { InspectNode, Unit } from '../../base/unit';
import type { AccessSize, PortDevice, PortSpace } from '../../bus/port-space';

export interface ApmOptions {
  readonly ports: PortSpace;
  /** ACPI events go to the guest (true) or stay with the firmware. */
  readonly onAcpi: (isOn: boolean) => void;
  readonly onPowerOff: () => void;
}

export interface ApmState {
  control: number;
  status: number;
}

const CONTROL = 0xb2;
/** The values that the FADT of this firmware names for its command port. */
export const ACPI_ENABLE = 0xe1;
export const ACPI_DISABLE = 0x1e;
const OFF_FIRST = 0x45; // 'E', then 'T': power-off without ACPI
const OFF_SECOND = 0x54;

/**
 * The APM control and status ports (82371AB data sheet, 5.4). On a real board a write of the first enters system management
 * mode; what the firmware's handler would do there is done here.
 */
export class Apm implements PortDevice, Unit<ApmState> {
  private state: ApmState = { control: 0, status: 0 };

  constructor(private readonly options: ApmOptions) {
    options.ports.claim('APM', CONTROL, 2, this);
  }

  portRead(port: number, size: AccessSize): number {
    if (size !== 1) return allOnes(size);
    return port === CONTROL ? this.state.control : this.state.status;
  }

  portWrite(port: number, size: AccessSize, value: number): void {
    if (size !== 1) return;
    if (port !== CONTROL) {
      this.state.status = value;
      return;
    }
    const isOff = this.state.control === OFF_FIRST && value === OFF_SECOND;
    this.state.control = value;
    if (value === ACPI_ENABLE || value === ACPI_DISABLE) this.options.onAcpi(value === ACPI_ENABLE);
    if (isOff) this.options.onPowerOff();
  }

  reset(): void {
    this.state = { control: 0, status: 0 };
  }

  save(): ApmState {
    return { ...this.state };
  }

  restore(saved: ApmState): void {
    this.state = { ...saved };
  }

  inspect(): InspectNode {
    return { ...this.state };
  }
}
