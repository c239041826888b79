import type { FramePort } from '../../../base/backends';
import type { MacAddress } from '../../../base/mac';
import { LIMITED_BROADCAST, maskOf, type Ipv4Address } from '../../../base/net/address';
import {
  decodeDhcp,
  DHCP_CLIENT_PORT,
  DHCP_SERVER_PORT,
  DhcpType,
  dhcpTypeOf,
  encodeDhcp,
  type DhcpMessage,
} from '../../../base/net/dhcp';
import type { IcmpMessage } from '../../../base/net/icmp';
import type { Ipv4Packet } from '../../../base/net/ipv4';
import { IpStation } from '../../../base/net/stack/ip-station';
import type { IpConfig } from '../../../base/net/stack/ip-types';
import type { TcpSegment } from '../../../base/net/tcp';
import type { UdpDatagram } from '../../../base/net/udp';
import { SECOND, type Nanoseconds } from '../../../clock/clock';
import { sooner } from '../dues';
import { DhcpClient } from './dhcp-client';
import type { DhcpLease, InterfaceState } from './net-state';
import type { NetworkPolicy } from './policy';

/** An adapter as the protocol stack sees it: the driver's end of a wire. */
export type StackAdapter = FramePort & {
  readonly mac: MacAddress;
  /** Bytes of the largest IP packet with TCP in it that the adapter cuts into segments; 0 or absent: it does not. */
  readonly largestSend?: number;
  /** Sends a frame with a large TCP packet, in segments of so many bytes of data. */
  sendLarge?(frame: Uint8Array, segmentSize: number): void;
};

/** What an interface needs of the stack around it. */
export interface InterfaceHost {
  readonly policy: NetworkPolicy;
  hostName(): string;
  now(): Nanoseconds;
  /** 32 random bits. */
  chance(): number;
  icmp(message: IcmpMessage, packet: Ipv4Packet): void;
  /** A packet of ours got no answer by ARP. */
  unreachable(packet: Ipv4Packet): void;
  /** True when a socket took it. */
  udp(datagram: UdpDatagram, packet: Ipv4Packet): boolean;
  /** True when a connection or an open port took it. */
  tcp(segment: TcpSegment, packet: Ipv4Packet): boolean;
}

/** Address, mask, gateway and name servers that a person sets. */
export interface StaticAddress extends IpConfig {
  readonly dns: readonly Ipv4Address[];
}

const LINK_LOCAL_MASK = maskOf(16);
/** How long the wire may take to say that somebody has the chosen address. */
const LINK_LOCAL_CHECK = SECOND;

/** One adapter's IP interface: its station, its DHCP client, and the address it gives itself when there is no server. */
export class GuestInterface {
  readonly station: IpStation;
  private readonly dhcp: DhcpClient;
  private adapter: StackAdapter | null = null; // wiring

  constructor(
    readonly name: string,
    readonly state: InterfaceState,
    private readonly host: InterfaceHost,
  ) {
    const { mac } = state;
    this.station = new IpStation(
      {
        mac,
        ttl: host.policy.ttl,
        answersEcho: host.policy.answersEcho,
        now: () => host.now(),
        transmit: (frame) => this.adapter?.send(frame),
        largest: () => this.adapter?.largestSend ?? 0,
        transmitLarge: (frame, segmentSize) => this.adapter?.sendLarge?.(frame, segmentSize),
        upper: {
          udp: (datagram, packet, from) => this.udp(datagram, packet, from),
          tcp: (segment, packet) => host.tcp(segment, packet),
          icmp: (message, packet) => host.icmp(message, packet),
          unreachable: (packet) => host.unreachable(packet),
          conflict: (address) => this.conflict(address),
        },
      },
      state.ip,
    );
    this.dhcp = new DhcpClient(
      state.dhcp,
      { mac, hostName: () => host.hostName(), policy: host.policy.dhcp },
      {
        now: () => host.now(),
        chance: () => host.chance(),
        send: (message, server) => this.sendDhcp(message, server),
        probe: (address) => this.station.probe(address),
        bound: (lease) => this.bound(lease),
        unbound: () => this.unbound(),
        failed: () => this.failed(),
      },
    );
  }

  /** Connects the interface with its adapter, also after a restore; the link may be another one than before. */
  attach(adapter: StackAdapter): void {
    if (this.adapter === adapter) return;
    this.adapter = adapter;
    adapter.setReceiver({
      receive: (frame) => this.station.receive(frame),
      linkChanged: (up) => this.linkChanged(up),
    });
    this.linkChanged(adapter.linkUp);
  }

  detach(): void {
    this.adapter?.setReceiver(null);
    this.adapter = null;
  }

  private linkChanged(up: boolean): void {
    if (this.state.linkUp === up) return;
    this.state.linkUp = up;
    if (this.state.mode === 'static') {
      if (up) this.station.announce();
    } else if (up) this.dhcp.start();
    else this.dhcp.suspend();
  }

  // --- how it gets its address

  useDhcp(): void {
    if (this.state.mode === 'dhcp') return;
    this.state.mode = 'dhcp';
    this.unbound();
    if (this.state.linkUp) this.dhcp.start();
  }

  useStatic({ dns, ...config }: StaticAddress): void {
    if (this.state.mode === 'dhcp') this.dhcp.release();
    this.state.mode = 'static';
    this.use(config, dns, '');
  }

  /** No address any more, and no search for one. */
  useNone(): void {
    if (this.state.mode === 'dhcp') this.dhcp.release();
    this.state.mode = 'static';
    this.unbound();
  }

  release(): void {
    if (this.state.mode === 'dhcp') this.dhcp.release();
  }

  renew(): void {
    if (this.state.mode === 'dhcp' && this.state.linkUp) this.dhcp.renew();
  }

  private use(config: IpConfig, dns: readonly Ipv4Address[], domain: string): void {
    const { state } = this;
    const isSame = state.ip.config?.address === config.address && state.ip.config.mask === config.mask;
    state.linkLocal = null;
    state.dns = [...dns];
    state.domain = domain;
    state.hasConflict = false;
    if (isSame && state.ip.config?.gateway === config.gateway) return; // a lease that goes on disturbs nobody
    this.station.configure(config);
    if (state.linkUp) this.station.announce();
  }

  private bound({ address, mask, gateway, dns, domain }: DhcpLease): void {
    this.use({ address, mask, gateway }, dns, domain);
  }

  private unbound(): void {
    this.state.linkLocal = null;
    this.state.dns = [];
    this.state.domain = '';
    this.station.configure(null);
  }

  private failed(): void {
    if (this.host.policy.dhcp.takesLinkLocal) this.chooseLinkLocal();
  }

  /** RFC 3927, section 2.1: anything from 169.254.1.0 to 169.254.254.255, by chance. */
  private chooseLinkLocal(): void {
    const candidate = 0xa9fe0100 + (this.host.chance() % 0xfe00);
    this.state.linkLocal = { candidate, due: this.host.now() + LINK_LOCAL_CHECK };
    this.station.probe(candidate);
  }

  private conflict(address: Ipv4Address): void {
    const { linkLocal, ip } = this.state;
    if (linkLocal && linkLocal.due !== null && linkLocal.candidate === address) this.chooseLinkLocal();
    else if (ip.config?.address === address) this.state.hasConflict = true;
    this.dhcp.conflict(address);
  }

  // --- traffic of its own

  private udp(datagram: UdpDatagram, packet: Ipv4Packet, from: MacAddress): boolean {
    if (datagram.destinationPort !== DHCP_CLIENT_PORT) return this.host.udp(datagram, packet);
    if (this.state.mode !== 'dhcp' || datagram.sourcePort !== DHCP_SERVER_PORT) return false;
    const message = decodeDhcp(datagram.payload);
    if (!message) return true;
    this.state.dhcpLink = from.slice();
    this.dhcp.receive(message);
    return true;
  }

  private sendDhcp(message: DhcpMessage, server: Ipv4Address | null): void {
    const datagram = { sourcePort: DHCP_CLIENT_PORT, destinationPort: DHCP_SERVER_PORT, payload: encodeDhcp(message) };
    const isLast = dhcpTypeOf(message) === DhcpType.Release; // ARP's answer would find us without an address
    if (server !== null)
      this.station.sendUdp(datagram, server, { link: isLast ? (this.state.dhcpLink ?? undefined) : undefined });
    else this.station.sendUdp(datagram, LIMITED_BROADCAST, { source: message.clientAddress });
  }

  // --- time

  /** When `runDue` must be called, or null. */
  nextDue(): Nanoseconds | null {
    return sooner(sooner(this.station.nextDue(), this.dhcp.due), this.state.linkLocal?.due ?? null);
  }

  runDue(): void {
    const now = this.host.now();
    if ((this.station.nextDue() ?? Infinity) <= now) this.station.runDue();
    this.dhcp.runDue();
    const { linkLocal } = this.state;
    if (!linkLocal || linkLocal.due === null || linkLocal.due > now) return;
    linkLocal.due = null;
    this.station.configure({ address: linkLocal.candidate, mask: LINK_LOCAL_MASK, gateway: null });
    this.station.announce();
  }
}
