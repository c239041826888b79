import { readBe16 } from '../base/bytes';
import { DHCP_SERVER_PORT } from '../base/net/dhcp';
import { decodeEthernet, EtherType } from '../base/net/ethernet';
import { decodeIpv4, IpProtocol } from '../base/net/ipv4';
import { DropReason } from './drop-reason';
import type { PortSettings } from './port-settings';

const IPV6_HEADER = 40;
const IPV6_ICMP = 58;
/** DHCPv6 servers send from this port (RFC 8415, section 7.2). */
const DHCPV6_SERVER_PORT = 547;
/** Redirect and router advertisement in ICMP (RFC 792, RFC 1256) and ICMPv6 (RFC 4861). */
const ROUTER_MESSAGES = [5, 9];
const ROUTER_MESSAGES_V6 = [134, 137];

/** What a guard looks at: the protocol and the bytes behind the IP header. */
interface Upper {
  readonly version: 4 | 6;
  readonly protocol: number;
  readonly bytes: Uint8Array;
}

/** The reason for which a guarded port refuses an (untagged) frame, or null. */
export function guardReason(settings: PortSettings, frame: Uint8Array): DropReason | null {
  if (!settings.dhcpGuard && !settings.routerGuard) return null;
  const upper = upperOf(frame);
  if (!upper) return null;
  if (settings.dhcpGuard && isDhcpServer(upper)) return DropReason.DhcpGuard;
  return settings.routerGuard && isRouterMessage(upper) ? DropReason.RouterGuard : null;
}

function isDhcpServer({ version, protocol, bytes }: Upper): boolean {
  const port = version === 4 ? DHCP_SERVER_PORT : DHCPV6_SERVER_PORT;
  return protocol === IpProtocol.Udp && bytes.length >= 2 && readBe16(bytes, 0) === port;
}

function isRouterMessage({ version, protocol, bytes }: Upper): boolean {
  const [icmp, types] = version === 4 ? [IpProtocol.Icmp, ROUTER_MESSAGES] : [IPV6_ICMP, ROUTER_MESSAGES_V6];
  return protocol === icmp && types.includes(bytes[0] ?? 0);
}

function upperOf(bytes: Uint8Array): Upper | null {
  const frame = decodeEthernet(bytes);
  if (frame?.type === EtherType.Ipv4) {
    const packet = decodeIpv4(frame.payload);
    if (!packet || packet.fragmentOffset > 0) return null;
    return { version: 4, protocol: packet.protocol, bytes: packet.payload };
  }
  if (frame?.type !== EtherType.Ipv6 || frame.payload.length < IPV6_HEADER) return null;
  return { version: 6, protocol: frame.payload[6] ?? 0, bytes: frame.payload.subarray(IPV6_HEADER) };
}
