import { BROADCAST_MAC } from '../../base/mac';
import { ANY_ADDRESS, LIMITED_BROADCAST, type Ipv4Address } from '../../base/net/address';
import {
  decodeDhcp,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DhcpType,
  dhcpTypeOf,
  encodeDhcp,
  type DhcpMessage,
} from '../../base/net/dhcp';
import { decodeDns, DnsCode, DnsType, DNS_INTERNET, DNS_PORT, encodeDns, type DnsMessage } from '../../base/net/dns';
import { u32Option } from '../../base/net/dhcp-options';
import type { Clock } from '../../clock/clock';
import type { DhcpServer } from './dhcp-server';
import type { LanHost } from './lan-host';

/** Names and the addresses they mean; names in small letters without final dot. */
export type DnsZone = Readonly<Record<string, Ipv4Address>>;

/** Seconds for which an answer may be kept. */
const DNS_TTL = 3600;

/** The answer of a name server that knows one zone, or null for what is no question to it. */
export function dnsAnswer(query: DnsMessage, zone: DnsZone): DnsMessage | null {
  if (query.isResponse) return null;
  const head = { ...query, isResponse: true, isAuthoritative: true, recursionAvailable: true, answers: [] };
  const [question] = query.questions;
  if (query.opcode !== 0) return { ...head, code: DnsCode.NotImplemented };
  if (!question || query.questions.length > 1) return { ...head, code: DnsCode.FormatError };
  const name = question.name.toLowerCase();
  const address = Object.hasOwn(zone, name) ? zone[name] : undefined;
  if (address === undefined || question.class !== DNS_INTERNET) return { ...head, code: DnsCode.NameError };
  const data = u32Option(address);
  return {
    ...head,
    code: DnsCode.NoError,
    answers: question.type === DnsType.A ? [{ ...question, ttl: DNS_TTL, data }] : [],
  };
}

/** Makes a host a name server. */
export function serveDns(host: LanHost, zone: DnsZone): void {
  host.serveUdp(DNS_PORT, ({ sourcePort, payload }, { source }, link) => {
    const query = decodeDns(payload);
    const answer = query && dnsAnswer(query, zone);
    const bytes = answer && encodeDns(answer);
    if (bytes) host.ip.sendUdp({ sourcePort: DNS_PORT, destinationPort: sourcePort, payload: bytes }, source, { link });
  });
}

/** Makes a host a DHCP server. */
export function serveDhcp(host: LanHost, server: DhcpServer, clock: Clock): void {
  host.serveUdp(DHCP_SERVER_PORT, ({ payload }) => {
    const message = decodeDhcp(payload);
    const answer = message && server.answer(message, clock.now());
    if (answer) sendToClient(host, answer);
  });
}

/** RFC 2131, section 4.1: where an answer goes depends on what the client can receive already. */
function sendToClient(host: LanHost, answer: DhcpMessage): void {
  const datagram = { sourcePort: DHCP_SERVER_PORT, destinationPort: DHCP_CLIENT_PORT, payload: encodeDhcp(answer) };
  if (dhcpTypeOf(answer) === DhcpType.Nak) host.ip.sendUdp(datagram, LIMITED_BROADCAST, { link: BROADCAST_MAC });
  else if (answer.clientAddress !== ANY_ADDRESS) host.ip.sendUdp(datagram, answer.clientAddress);
  else if (answer.broadcast) host.ip.sendUdp(datagram, LIMITED_BROADCAST, { link: BROADCAST_MAC });
  else host.ip.sendUdp(datagram, answer.yourAddress, { link: answer.clientMac });
}
