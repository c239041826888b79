import type { MacAddress } from '../../mac';
import { isStationAddress } from '../address';
import { decodeIcmp, echoReplyTo, encodeIcmp, icmpError, IcmpType, Unreachable } from '../icmp';
import { IpProtocol, type Ipv4Packet } from '../ipv4';
import { decodeTcp, encodeTcp, resetFor } from '../tcp';
import { decodeUdp } from '../udp';
import type { IpSend, IpStationOptions } from './ip-types';

/** What dispatching needs of a station. */
interface Replier {
  readonly options: IpStationOptions;
  send(fields: IpSend): unknown;
}

/**
 * Gives a whole packet to the protocol it is for, and answers what no protocol takes (RFC 1122, 3.2.2 and 4.2.2).
 * @param isPersonal the packet was sent to our address, not to a group of which we are part
 * @returns false when the protocol's header is malformed
 */
export function dispatch(station: Replier, packet: Ipv4Packet, from: MacAddress, isPersonal: boolean): boolean {
  if (packet.protocol === IpProtocol.Icmp) return dispatchIcmp(station, packet, isPersonal);
  if (packet.protocol === IpProtocol.Udp) return dispatchUdp(station, packet, from, isPersonal);
  if (packet.protocol === IpProtocol.Tcp) return dispatchTcp(station, packet, isPersonal);
  if (isPersonal) refuse(station, packet, Unreachable.Protocol);
  return true;
}

function dispatchIcmp(station: Replier, packet: Ipv4Packet, isPersonal: boolean): boolean {
  const message = decodeIcmp(packet.payload);
  if (message === null) return false;
  const reply = echoReplyTo(message);
  if (!reply) station.options.upper.icmp(message, packet);
  else if (station.options.answersEcho && isPersonal) {
    station.send({ destination: packet.source, protocol: IpProtocol.Icmp, payload: encodeIcmp(reply) });
  }
  return true;
}

function dispatchUdp(station: Replier, packet: Ipv4Packet, from: MacAddress, isPersonal: boolean): boolean {
  const datagram = decodeUdp(packet.payload, packet.source, packet.destination);
  if (datagram === null) return false;
  if (!station.options.upper.udp(datagram, packet, from) && isPersonal) refuse(station, packet, Unreachable.Port);
  return true;
}

function dispatchTcp(station: Replier, packet: Ipv4Packet, isPersonal: boolean): boolean {
  const segment = decodeTcp(packet.payload, packet.source, packet.destination);
  if (segment === null) return false;
  if (!isPersonal || station.options.upper.tcp(segment, packet)) return true;
  const reset = resetFor(segment);
  const payload = reset && encodeTcp(reset, packet.destination, packet.source);
  if (payload) station.send({ destination: packet.source, protocol: IpProtocol.Tcp, payload });
  return true;
}

/** Tells the sender, if it is one station, that there is nobody for its packet. Never called about ICMP. */
function refuse(station: Replier, packet: Ipv4Packet, code: number): void {
  if (!isStationAddress(packet.source)) return;
  const payload = encodeIcmp(icmpError(IcmpType.Unreachable, code, packet));
  station.send({ destination: packet.source, protocol: IpProtocol.Icmp, payload });
}
