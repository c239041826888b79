import type { MacAddress } from '../../../base/mac';
import type { Ipv4Address } from '../../../base/net/address';
import { newIpStation } from '../../../base/net/stack/ip-station';
import { newTcp, type TcpState } from '../../../base/net/stack/tcp/tcp-types';
import type { IpStationState } from '../../../base/net/stack/ip-types';
import type { Nanoseconds } from '../../../clock/clock';
import type { VlanState } from './vlans';

/** What a DHCP server gave, and until when. Times are the partition's. */
export interface DhcpLease {
  address: Ipv4Address;
  mask: Ipv4Address;
  gateway: Ipv4Address | null;
  dns: Ipv4Address[];
  domain: string;
  server: Ipv4Address;
  obtained: Nanoseconds;
  renewAt: Nanoseconds;
  rebindAt: Nanoseconds;
  expires: Nanoseconds;
}

/**
 * Where a DHCP client stands: RFC 2131, figure 5, with two of ours: `checking` (is the address free?) and `declined` (it was
 * not, and the client waits before it begins anew).
 */
export type DhcpPhase =
  'off' | 'rebooting' | 'selecting' | 'requesting' | 'checking' | 'declined' | 'bound' | 'renewing' | 'rebinding';

export interface DhcpState {
  phase: DhcpPhase;
  transaction: number;
  startedAt: Nanoseconds;
  attempt: number;
  /** When the client goes on by itself. */
  due: Nanoseconds | null;
  offer: { address: Ipv4Address; server: Ipv4Address } | null;
  /** The lease that is in use, was in use last, or is being checked. */
  lease: DhcpLease | null;
  /** A whole search was in vain; it goes on in the background. */
  hasFailed: boolean;
}

/** An address that nobody gave: chosen, asked about, then used. */
export interface LinkLocalState {
  candidate: Ipv4Address;
  /** When the question counts as unanswered; null once the address is used. */
  due: Nanoseconds | null;
}

/** How an interface gets its address. */
export type AddressMode = 'dhcp' | 'static';

/** All that an interface remembers. Plain. */
export interface InterfaceState {
  mac: MacAddress;
  mode: AddressMode;
  linkUp: boolean;
  ip: IpStationState;
  dhcp: DhcpState;
  /** The station on the wire through which the DHCP server last answered. */
  dhcpLink: MacAddress | null;
  linkLocal: LinkLocalState | null;
  dns: Ipv4Address[];
  domain: string;
  /** Another station answers for our address. */
  hasConflict: boolean;
}

/** How the last echo request ended. */
export type EchoResult =
  | { kind: 'reply'; from: Ipv4Address; time: Nanoseconds; ttl: number; bytes: number }
  /** A router, a host, or (when ARP found nobody) we ourselves say that it cannot be reached; code of RFC 792. */
  | { kind: 'unreachable'; from: Ipv4Address; code: number }
  /** The time to live ran out at that router. */
  | { kind: 'expired'; from: Ipv4Address };

export interface EchoState {
  destination: Ipv4Address;
  identifier: number;
  sequence: number;
  sentAt: Nanoseconds;
  result: EchoResult | null;
}

/** What became of a name; `until` is when it is forgotten or, while open, when the next question goes out. */
export interface NameState {
  name: string;
  /** Full names that are tried one after the other. */
  candidates: string[];
  result: 'open' | 'unknown' | Ipv4Address;
  id: number;
  attempt: number;
  until: Nanoseconds;
}

/** Everything that the protocol stack remembers. Plain. */
export interface NetworkState {
  /** By the name under which the kernel knows the adapter. */
  interfaces: { [name: string]: InterfaceState };
  /** VLAN interfaces over adapters, in the order in which they were made. */
  vlans: VlanState[];
  echo: EchoState | null;
  names: NameState[];
  /** Draws from the random source so far: each one seeds the next. */
  draws: number;
  tcp: TcpState;
  /** How many local ports have been given to connections so far. */
  portsGiven: number;
}

export function newNetworkState(): NetworkState {
  return { interfaces: {}, vlans: [], echo: null, names: [], draws: 0, tcp: newTcp(), portsGiven: 0 };
}

export function newInterface(mac: MacAddress, mode: AddressMode = 'dhcp'): InterfaceState {
  return {
    mac: mac.slice(),
    mode,
    linkUp: false,
    ip: newIpStation(),
    dhcp: newDhcp(),
    dhcpLink: null,
    linkLocal: null,
    dns: [],
    domain: '',
    hasConflict: false,
  };
}

function newDhcp(): DhcpState {
  const quiet = { transaction: 0, startedAt: 0, attempt: 0, due: null, offer: null, lease: null };
  return { phase: 'off', hasFailed: false, ...quiet };
}
