import type { InspectNode } from '../base/unit';
import type { Clock } from '../clock/clock';
import type { Trace } from '../trace/trace';
import { EthernetSwitch, SwitchError, type EthernetSwitchOptions } from './ethernet-switch';
import type { PortKind, PortOptions } from './port-settings';
import type { SwitchPort } from './switch-port';

/**
 * Connection type of a virtual switch: an external one reaches the physical network, an internal one the management system,
 * a private one only virtual machines.
 */
export type SwitchKind = 'external' | 'internal' | 'private';

/** Which adapters each type of switch takes beside those of virtual machines. */
const TAKES: Readonly<Record<SwitchKind, readonly PortKind[]>> = {
  external: ['synthetic', 'legacy', 'host', 'external'],
  internal: ['synthetic', 'legacy', 'host'],
  private: ['synthetic', 'legacy'],
};

export interface VirtualSwitchOptions extends EthernetSwitchOptions {
  /** What the administrator calls it; may change. */
  readonly name: string;
  readonly kind: SwitchKind;
}

/** A Hyper-V virtual switch (2008: virtual network): an Ethernet switch that knows which adapters its type may have. */
export class VirtualSwitch extends EthernetSwitch {
  name: string;
  readonly kind: SwitchKind;

  constructor(clock: Clock, trace: Trace, options: VirtualSwitchOptions) {
    super(clock, trace, options);
    this.name = options.name;
    this.kind = options.kind;
  }

  /** Throws `SwitchError` for an adapter that this type of switch cannot have, and for a second physical one. */
  override connect(options: PortOptions): SwitchPort {
    if (!TAKES[this.kind].includes(options.kind)) {
      throw new SwitchError(`${this.kind} switch ${this.name} takes no ${options.kind} adapter`);
    }
    if (options.kind === 'external' && this.uplink) throw new SwitchError(`switch ${this.name} has an uplink already`);
    return super.connect(options);
  }

  /** The port of the physical NIC, or null. */
  get uplink(): SwitchPort | null {
    return this.ports.find((port) => port.kind === 'external') ?? null;
  }

  override inspect(): { readonly [key: string]: InspectNode } {
    return { name: this.name, kind: this.kind, ...super.inspect() };
  }
}
