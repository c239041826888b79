/** Frames with TCP and UDP packets, made by the stack's own encoders. */
import { writeBe16, writeBe32 } from '@engine/base/bytes';
import { parseIpv4, type Ipv4Address } from '@engine/base/net/address';
import { EtherType } from '@engine/base/net/ethernet';
import { encodeIpv4, IpProtocol, ipv4Packet } from '@engine/base/net/ipv4';
import { encodeTcp, TcpFlag, type TcpSegment } from '@engine/base/net/tcp';
import { encodeUdp } from '@engine/base/net/udp';

const TO = [0x00, 0x15, 0x5d, 0x01, 0x02, 0x04];
const FROM = [0x00, 0x15, 0x5d, 0x01, 0x02, 0x03];

export function ipv4(text: string): Ipv4Address {
  const address = parseIpv4(text);
  if (address === null) throw new RangeError(text);
  return address;
}

/** Eight groups of hexadecimal digits, none left out. */
export function ipv6(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  text.split(':').forEach((group, i) => writeBe16(bytes, i * 2, parseInt(group, 16)));
  return bytes;
}

function frame(
  type: number,
  packet: Uint8Array,
  to: readonly number[] = TO,
  from: readonly number[] = FROM,
): Uint8Array {
  return Uint8Array.from([...to, ...from, type >> 8, type & 0xff, ...packet]);
}

interface TcpOptions extends Partial<TcpSegment> {
  readonly source?: Ipv4Address;
  readonly destination?: Ipv4Address;
  readonly identification?: number;
  readonly to?: Uint8Array;
  readonly from?: Uint8Array;
}

const SOURCE = ipv4('10.0.0.1');
const DESTINATION = ipv4('10.0.0.2');

export function tcpFrame({
  source = SOURCE,
  destination = DESTINATION,
  identification = 7,
  to,
  from,
  ...rest
}: TcpOptions): Uint8Array {
  const segment: TcpSegment = {
    sourcePort: 40_000,
    destinationPort: 80,
    sequence: 1,
    acknowledgment: 2,
    flags: TcpFlag.Ack,
    window: 1000,
    maximumSegment: null,
    payload: new Uint8Array(0),
    ...rest,
  };
  const payload = encodeTcp(segment, source, destination);
  const fields = { source, destination, identification, protocol: IpProtocol.Tcp, payload };
  return frame(EtherType.Ipv4, encodeIpv4(ipv4Packet(fields)), to && [...to], from && [...from]);
}

export function udpFrame(sourcePort: number, destinationPort: number, data: Uint8Array): Uint8Array {
  const payload = encodeUdp({ sourcePort, destinationPort, payload: data }, SOURCE, DESTINATION);
  const fields = { source: SOURCE, destination: DESTINATION, protocol: IpProtocol.Udp, payload };
  return frame(EtherType.Ipv4, encodeIpv4(ipv4Packet(fields)));
}

/** A TCP packet over IPv6, its checksum zero. */
export function tcp6Frame(
  source: Uint8Array,
  destination: Uint8Array,
  sourcePort: number,
  destinationPort: number,
  data: Uint8Array,
): Uint8Array {
  const packet = new Uint8Array(60 + data.length);
  packet[0] = 0x60;
  writeBe16(packet, 4, 20 + data.length);
  packet[6] = IpProtocol.Tcp;
  packet.set(source, 8);
  packet.set(destination, 24);
  writeBe16(packet, 40, sourcePort);
  writeBe16(packet, 42, destinationPort);
  writeBe32(packet, 44, 1);
  packet[52] = 0x50;
  packet.set(data, 60);
  return frame(EtherType.Ipv6, packet);
}
