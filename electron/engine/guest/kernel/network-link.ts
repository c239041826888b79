import { ipv4Text } from '../../base/net/address';
import { decodeDhcp, DHCP_CLIENT_PORT } from '../../base/net/dhcp';
import { echoIdentifier, echoRequest, echoSequence, encodeIcmp, errorSubject, IcmpType, type IcmpMessage } from '../../base/net/icmp';
import { IpProtocol, type Ipv4Packet } from '../../base/net/ipv4';
import { IpStation, newIpStation } from '../../base/net/stack/ip-station';
import type { IpStationState } from '../../base/net/stack/ip-types';
import type { NetworkInterface } from '../drivers/network-interface';
import { DhcpClient, newDhcpClient, type DhcpClientState } from './dhcp-client';
import type { EchoOutcome } from './network-view';

/** What the protocol stack remembers of one adapter. Plain. */
export interface LinkState {
  station: IpStationState;
  dhcp: DhcpClientState;
  wasUp: boolean;
  /** The echo request that is out, and what became of it. */
  echo: { sequence: number; sentAt: number; bytes: number; outcome: EchoOutcome | null };
}

export function newLink(): LinkState {
  return { station: newIpStation(), dhcp: newDhcpClient(), wasUp: false, echo: { sequence: 0, sentAt: 0, bytes: 0, outcome: null } };
}

export interface LinkOptions {
  readonly hostName: string;
  readonly isWindows: boolean;
  now(): number;
}

const ECHO_IDENTIFIER = 0x0200;

/** The protocol stack on one adapter: an IP station with its DHCP client, bound to the adapter's driver. */
export class NetworkLink {
  readonly station: IpStation;
  readonly dhcp: DhcpClient;

  constructor(
    readonly adapter: NetworkInterface,
    readonly state: LinkState,
    private readonly options: LinkOptions,
  ) {
    const { isWindows, hostName, now } = options;
    this.station = new IpStation(
      {
        mac: adapter.mac,
        ttl: isWindows ? 128 : 64,
        answersEcho: !isWindows, // the firewall of a Windows client drops them
        now,
        transmit: (frame) => adapter.send(frame),
        upper: {
          udp: (datagram) => {
            if (datagram.destinationPort !== DHCP_CLIENT_PORT) return false;
            this.dhcp.receive(decodeDhcp(datagram.payload));
            return true;
          },
          tcp: () => false,
          icmp: (message, packet) => this.heard(message, packet),
          unreachable: (packet) => this.failed(packet, ipv4Text(this.station.config?.address ?? 0)),
          conflict: () => undefined, // shown by the counters; the address is kept
        },
      },
      state.station,
    );
    this.dhcp = new DhcpClient({ station: this.station, mac: adapter.mac, hostName, autoConfigures: isWindows, now }, state.dhcp);
    adapter.setReceiver({ receive: (frame) => this.station.receive(frame), linkChanged: () => this.poll() });
  }

  /** Follows the link, and does what time has come for. */
  poll(): void {
    const up = this.adapter.linkUp;
    if (up !== this.state.wasUp) {
      this.state.wasUp = up;
      if (up) this.dhcp.start();
      else this.dhcp.stop();
    }
    this.dhcp.run();
    const due = this.station.nextDue();
    if (due !== null && due <= this.options.now()) this.station.runDue();
  }

  /** When `poll` must be called again, or null. */
  nextDue(): number | null {
    const times = [this.state.dhcp.due, this.station.nextDue()].filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Sends an echo request. False when this adapter does not lead there. */
  echo(address: number, bytes: number): boolean {
    const { echo } = this.state;
    echo.sequence = (echo.sequence + 1) & 0xffff;
    echo.sentAt = this.options.now();
    echo.bytes = bytes;
    echo.outcome = null;
    const payload = Uint8Array.from({ length: bytes }, (_, i) => 0x61 + (i % 23)); // abc…w, as Windows fills it
    const message = encodeIcmp(echoRequest(ECHO_IDENTIFIER, echo.sequence, payload));
    return this.station.send({ destination: address, protocol: IpProtocol.Icmp, payload: message }) === 'sent';
  }

  private heard(message: IcmpMessage, packet: Ipv4Packet): void {
    const { echo } = this.state;
    if (message.type === IcmpType.EchoReply) {
      const isOurs = echoIdentifier(message) === ECHO_IDENTIFIER && echoSequence(message) === echo.sequence && echo.outcome === null;
      if (isOurs) echo.outcome = { kind: 'reply', time: this.options.now() - echo.sentAt, ttl: packet.ttl, bytes: message.payload.length };
    } else if (message.type === IcmpType.Unreachable && errorSubject(message)?.protocol === IpProtocol.Icmp && echo.outcome === null) {
      echo.outcome = { kind: 'unreachable', from: ipv4Text(packet.source) };
    }
  }

  private failed(packet: Ipv4Packet, from: string): void {
    if (packet.protocol === IpProtocol.Icmp && this.state.echo.outcome === null) this.state.echo.outcome = { kind: 'unreachable', from };
  }
}
