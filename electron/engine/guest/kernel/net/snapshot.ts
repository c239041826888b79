import { macText } from '../../../base/mac';
import { ipv4Text, type Ipv4Address } from '../../../base/net/address';
import type { Nanoseconds } from '../../../clock/clock';
import type { InterfaceState } from './net-state';

/** What an interface shows of its search for an address; `off` when it is not searching, or has no link. */
export type DhcpStatus = 'searching' | 'bound' | 'failed' | 'static' | 'off';

/** One interface for reading. Addresses as dotted text, null when there is none. */
export interface InterfaceSnapshot {
  readonly name: string;
  readonly mac: string;
  readonly linkUp: boolean;
  readonly dhcp: DhcpStatus;
  readonly address: string | null;
  readonly mask: string | null;
  readonly gateway: string | null;
  readonly dns: readonly string[];
  readonly domain: string;
  /** Who gave the address. */
  readonly leaseServer: string | null;
  readonly lease: { readonly obtained: Nanoseconds; readonly expires: Nanoseconds } | null;
  /** Another station answers for the address. */
  readonly hasConflict: boolean;
}

/** @param isKept the address is shown without a link too */
export function snapshotOf(name: string, state: InterfaceState, isKept = false): InterfaceSnapshot {
  const config = state.linkUp || isKept ? state.ip.config : null;
  const dhcp = statusOf(state);
  const lease = dhcp === 'bound' ? state.dhcp.lease : null;
  const text = (address: Ipv4Address | null = null): string | null => (address === null ? null : ipv4Text(address));
  return {
    name,
    mac: macText(state.mac),
    linkUp: state.linkUp,
    dhcp,
    address: text(config?.address),
    mask: text(config?.mask),
    gateway: text(config?.gateway),
    dns: config ? state.dns.map(ipv4Text) : [],
    domain: state.domain,
    leaseServer: text(lease?.server),
    lease: lease && { obtained: lease.obtained, expires: lease.expires },
    hasConflict: state.hasConflict,
  };
}

function statusOf({ mode, linkUp, dhcp }: InterfaceState): DhcpStatus {
  if (mode === 'static') return 'static';
  if (!linkUp || dhcp.phase === 'off') return 'off';
  if (['bound', 'renewing', 'rebinding'].includes(dhcp.phase)) return 'bound';
  return dhcp.hasFailed ? 'failed' : 'searching';
}
