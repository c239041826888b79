import { DhcpOption } from '../../../base/net/dhcp-options';
import { TCP_LINUX } from '../../../base/net/stack/tcp/linux-policy';
import type { TcpPolicy } from '../../../base/net/stack/tcp/tcp-types';
import { MILLISECOND, SECOND, type Nanoseconds } from '../../../clock/clock';

/** How a system looks for a DHCP server. */
export interface DhcpPolicy {
  /** Waits after each discover message; when the last is over, the search has failed. */
  readonly waits: readonly Nanoseconds[];
  /** From a failed search to the next message. */
  readonly retryAfter: Nanoseconds;
  /** Takes an address of 169.254.0.0/16 when the search has failed (APIPA; RFC 3927). */
  readonly takesLinkLocal: boolean;
  /** Asks the wire whether somebody has an address before it takes it. */
  readonly probesAddress: boolean;
  /** Asks for answers by broadcast. */
  readonly wantsBroadcast: boolean;
  /** Option 60, or null for none. */
  readonly vendorClass: string | null;
  /** Option 55: what the system wants to know. */
  readonly parameters: readonly number[];
}

/** What differs between systems in how they use a network. */
export interface NetworkPolicy {
  readonly dhcp: DhcpPolicy;
  /** Time to live of packets. */
  readonly ttl: number;
  /** Whether pings are answered; the firewall of Windows Vista and later does not let them in. */
  readonly answersEcho: boolean;
  /** The first UDP port given to programs that ask for any. */
  readonly firstPort: number;
  readonly tcp: TcpPolicy;
}

const RETRY = 300 * SECOND;

const { SubnetMask, Router, DomainNameServer, HostName, DomainName, VendorSpecific } = DhcpOption;
/** NetBIOS name server, node type and scope (RFC 2132, section 8.5), static routes: asked for by Windows, unused here. */
const WINDOWS_PARAMETERS = [SubnetMask, DomainName, Router, DomainNameServer, 44, 46, 47, 31, 33, 249, VendorSpecific];

/** Seconds of RFC 2131, section 4.1: 4, 8, 16, 32. */
const BACK_OFF = [4, 8, 16, 32].map((seconds) => seconds * SECOND);

/** Windows XP and Server 2003: TcpMaxConnectRetransmissions 2, TcpMaxDataRetransmissions 5, TcpTimedWaitDelay 240 s (Microsoft KB314053). */
const TCP_NT5: TcpPolicy = {
  initialTimeout: 3 * SECOND,
  minimumTimeout: 300 * MILLISECOND,
  acknowledgeAfter: 200 * MILLISECOND,
  initialSegments: 2,
  openTries: 2,
  tries: 5,
  timeWait: 240 * SECOND,
};

/** Windows XP and Server 2003 search for three minutes (Microsoft KB931550). */
const NT5: NetworkPolicy = {
  dhcp: {
    waits: [...BACK_OFF, ...BACK_OFF, ...BACK_OFF],
    retryAfter: RETRY,
    takesLinkLocal: true,
    probesAddress: true,
    wantsBroadcast: false,
    vendorClass: 'MSFT 5.0',
    parameters: WINDOWS_PARAMETERS,
  },
  ttl: 128,
  answersEcho: true,
  firstPort: 1025,
  tcp: TCP_NT5,
};

/** Since Windows Vista the search lasts six seconds (Microsoft KB931550). */
const NT6: NetworkPolicy = {
  ...NT5,
  dhcp: { ...NT5.dhcp, waits: [2 * SECOND, 4 * SECOND] },
  answersEcho: false,
  firstPort: 49_152,
  tcp: { ...TCP_NT5, initialSegments: 4, timeWait: 120 * SECOND },
};

/** The ISC client as Debian sets it up: a minute of searching, nothing taken without a server. */
const LINUX: NetworkPolicy = {
  dhcp: {
    waits: BACK_OFF,
    retryAfter: RETRY,
    takesLinkLocal: false,
    probesAddress: false,
    wantsBroadcast: false,
    vendorClass: null,
    parameters: [SubnetMask, 28, 2, Router, DomainName, DomainNameServer, HostName],
  },
  ttl: 64,
  answersEcho: true,
  firstPort: 32_768,
  tcp: TCP_LINUX,
};

/** The habits of a family of systems. */
export function networkPolicy(family: 'nt5' | 'nt6' | 'linux'): NetworkPolicy {
  return { nt5: NT5, nt6: NT6, linux: LINUX }[family];
}
