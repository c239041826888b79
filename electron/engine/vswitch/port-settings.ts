import type { MacAddress } from '../base/mac';
import { UNMANAGED, type Bandwidth } from './bandwidth';

/** Who is at the other end of a port: a VM's synthetic or legacy adapter, the management system's own adapter, a physical NIC. */
export type PortKind = 'synthetic' | 'legacy' | 'host' | 'external';

/** Port mirroring (Set-VMNetworkAdapter -PortMirroring): destinations get a copy of what sources send and receive. */
export type MirrorMode = 'none' | 'source' | 'destination';

/** VLANs of a trunk (Set-VMNetworkAdapterVlan -Trunk): untagged frames belong to `native`, the others carry their tag. */
export interface TrunkVlans {
  readonly native: number;
  readonly allowed: readonly number[] | 'all';
}

/** What can be changed while a port is connected. Names are those of Msvm_EthernetSwitchPortSecuritySettingData and -VlanSettingData. */
export interface PortSettings {
  /** The adapter's address. An external port has none of its own: its NIC is promiscuous. */
  readonly mac: MacAddress;
  /** VLAN id in access mode (1 to 4094), or null: untagged. */
  readonly vlan: number | null;
  /** Trunk mode; wins over `vlan`. */
  readonly trunk: TrunkVlans | null;
  /** The adapter may send from any address; the switch learns them, and floods unknown destinations to it. */
  readonly allowMacSpoofing: boolean;
  readonly dhcpGuard: boolean;
  readonly routerGuard: boolean;
  readonly mirror: MirrorMode;
  readonly bandwidth: Bandwidth;
}

/** Name and kind of a port that is to be connected, and what differs from the usual settings. */
export interface PortOptions extends Partial<PortSettings> {
  /** Unique in the switch, for example `vm-1/nic-0`: saved state names the port by it. */
  readonly name: string;
  readonly kind: PortKind;
  readonly mac: MacAddress;
  /** Bits a second at which frames leave through the port; null: as fast as memory. 1 Gbit/s for an external port. */
  readonly lineRate?: number | null;
}

/** Line rate of a physical NIC unless another is given. */
export const GIGABIT = 1_000_000_000;

/** The settings that a port has at first: an external port is a trunk of all VLANs, any other is untagged. */
export function settingsOf(options: PortOptions): PortSettings {
  const isExternal = options.kind === 'external';
  const hasVlan = options.vlan !== undefined && options.vlan !== null;
  return {
    mac: options.mac.slice(),
    vlan: options.vlan ?? null,
    trunk: options.trunk ?? (isExternal && !hasVlan ? { native: 0, allowed: 'all' } : null),
    allowMacSpoofing: options.allowMacSpoofing ?? isExternal,
    dhcpGuard: options.dhcpGuard ?? false,
    routerGuard: options.routerGuard ?? false,
    mirror: options.mirror ?? 'none',
    bandwidth: options.bandwidth ?? UNMANAGED,
  };
}
