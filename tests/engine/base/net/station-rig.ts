import { type MacAddress } from '@engine/base/mac';
import { ipv4Text, maskOf, parseIpv4 } from '@engine/base/net/address';
import { decodeEthernet } from '@engine/base/net/ethernet';
import { echoRequest, encodeIcmp, type IcmpMessage } from '@engine/base/net/icmp';
import { IpProtocol, type Ipv4Packet } from '@engine/base/net/ipv4';
import { IpStation } from '@engine/base/net/stack/ip-station';
import type { UdpDatagram } from '@engine/base/net/udp';

export const SECOND = 1_000_000_000;

export const MAC = (n: number): MacAddress => Uint8Array.of(2, 0, 0, 0, 0, n);

export const ip = (text: string): number => parseIpv4(text) ?? 0;

/** What one station handed up. */
export interface Heard {
  udp: UdpDatagram[];
  icmp: IcmpMessage[];
  unreachable: Ipv4Packet[];
  conflicts: string[];
  forwarded: Ipv4Packet[];
}

/** Stations on one wire; frames lie on it until `run`. */
export class Wire {
  now = 0;
  readonly sent: Uint8Array[] = [];
  readonly stations: IpStation[] = [];
  readonly heard: Heard[] = [];
  private readonly under: { from: IpStation; frame: Uint8Array }[] = [];

  add(
    address: string | null,
    options: { ports?: number[]; answersEcho?: boolean; gateway?: string; router?: boolean } = {},
  ): IpStation {
    const heard: Heard = { udp: [], icmp: [], unreachable: [], conflicts: [], forwarded: [] };
    const upper = {
      udp: (datagram: UdpDatagram) => (
        heard.udp.push(datagram),
        options.ports?.includes(datagram.destinationPort) ?? false
      ),
      tcp: () => false,
      icmp: (message: IcmpMessage) => void heard.icmp.push(message),
      unreachable: (packet: Ipv4Packet) => void heard.unreachable.push(packet),
      conflict: (taken: number) => void heard.conflicts.push(ipv4Text(taken)),
      ...(options.router ? { forward: (packet: Ipv4Packet) => void heard.forwarded.push(packet) } : {}),
    };
    const station: IpStation = new IpStation({
      mac: MAC(this.stations.length + 1),
      ttl: 64,
      answersEcho: options.answersEcho ?? true,
      now: () => this.now,
      transmit: (frame) => {
        this.sent.push(frame);
        this.under.push({ from: station, frame });
      },
      upper,
    });
    const gateway = options.gateway === undefined ? null : ip(options.gateway);
    if (address !== null) station.configure({ address: ip(address), mask: maskOf(24), gateway });
    this.stations.push(station);
    this.heard.push(heard);
    return station;
  }

  run(): void {
    for (let next = this.under.shift(); next; next = this.under.shift()) {
      for (const station of this.stations) if (station !== next.from) station.receive(next.frame);
    }
  }

  /** Lets time pass second by second, as an owner with an alarm does. */
  wait(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.now += SECOND;
      for (const station of this.stations) if ((station.nextDue() ?? Infinity) <= this.now) station.runDue();
      this.run();
    }
  }
}

export function ping(from: IpStation, to: string, length = 32): string {
  const payload = encodeIcmp(echoRequest(1, 1, new Uint8Array(length).fill(7)));
  return from.send({ destination: ip(to), protocol: IpProtocol.Icmp, payload });
}

export const types = (frames: readonly Uint8Array[]): number[] =>
  frames.map((frame) => decodeEthernet(frame)?.type ?? 0);
