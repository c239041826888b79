import type { MacAddress } from '../../mac';
import type { Ipv4Address } from '../address';
import type { IcmpMessage } from '../icmp';
import type { Ipv4Packet } from '../ipv4';
import type { TcpSegment } from '../tcp';
import type { UdpDatagram } from '../udp';
import type { ReassemblyState } from '../ipv4-fragments';
import type { ArpCache } from './arp-cache';

/** Address, mask and default gateway of a station. */
export interface IpConfig {
  readonly address: Ipv4Address;
  readonly mask: Ipv4Address;
  readonly gateway: Ipv4Address | null;
}

/** What a station hands up. All calls happen inside `receive`, `send` or `runDue`. */
export interface IpUpper {
  /** False when no socket has the port; the sender is then told. `from` is the station that sent the frame. */
  udp(datagram: UdpDatagram, packet: Ipv4Packet, from: MacAddress): boolean;
  /** False when there is neither connection nor listener; the sender is then reset. */
  tcp(segment: TcpSegment, packet: Ipv4Packet): boolean;
  /** Every message but the echo requests that the station answers itself. */
  icmp(message: IcmpMessage, packet: Ipv4Packet): void;
  /** A packet of ours that was given up because its next hop does not answer ARP. */
  unreachable(packet: Ipv4Packet): void;
  /** Another station uses our address, or the one that we are about to take. */
  conflict(address: Ipv4Address, mac: MacAddress): void;
  /** A packet for somebody else that was sent to us as its router. Without it, such packets are ignored. */
  forward?(packet: Ipv4Packet): void;
}

/** What a station is built from. */
export interface IpStationOptions {
  readonly mac: MacAddress;
  /** Time to live of what it sends: 128 in Windows, 64 in Linux. */
  readonly ttl: number;
  /** Whether it answers pings; a Windows firewall does not. */
  readonly answersEcho: boolean;
  /** Nanoseconds of the owner's clock. */
  now(): number;
  /** Puts a frame on the wire. */
  transmit(frame: Uint8Array): void;
  /** Bytes of the largest IP packet with TCP in it that somebody below cuts into segments; 0 or absent: nobody does. */
  largest?(): number;
  /** Puts the segments of a large packet on the wire. */
  transmitLarge?(frame: Uint8Array, segmentSize: number): void;
  readonly upper: IpUpper;
}

/** What is to be sent; the rest of the header is the station's business. */
export interface IpSend {
  readonly destination: Ipv4Address;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly ttl?: number;
  readonly dontFragment?: boolean;
  /** A large TCP packet: bytes of data of each segment that it is to be cut into. */
  readonly segmentSize?: number;
  /** Another source than the station's address, for one that has none yet. */
  readonly source?: Ipv4Address;
  /** The station on this wire to which the frame goes, without asking ARP. */
  readonly link?: MacAddress;
}

/** Whether a packet left: there may be no address, no way to the destination, or too much for one piece. */
export type SendResult = 'sent' | 'no-address' | 'no-route' | 'too-big';

/** What a station counts. */
export interface IpCounters {
  delivered: number;
  sent: number;
  malformed: number;
  /** Frames and packets for others. */
  ignored: number;
  /** Packets whose source cannot be: a group, or our own address. */
  badSource: number;
  arpFailures: number;
  conflicts: number;
}

/** All changeable state of a station. */
export interface IpStationState {
  config: IpConfig | null;
  /** An address that is being probed before it is taken. */
  tentative: Ipv4Address | null;
  arp: ArpCache;
  reassembly: ReassemblyState;
  nextIdentification: number;
  counters: IpCounters;
}
