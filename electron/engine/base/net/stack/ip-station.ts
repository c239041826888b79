import { BROADCAST_MAC, isGroup, macText, type MacAddress } from '../../mac';
import { equalBytes } from '../../bytes';
import { clonePlain, type InspectNode, type Unit } from '../../unit';
import { ANY_ADDRESS, ipv4Text, isStationAddress, type Ipv4Address } from '../address';
import { ArpOperation, decodeArp, encodeArp, type ArpPacket } from '../arp';
import { decodeEthernet, encodeEthernet, ETHERNET_HEADER, EtherType } from '../ethernet';
import { decodeIpv4, encodeIpv4, IPV4_HEADER, ipv4Packet, IpProtocol, type Ipv4Packet } from '../ipv4';
import { emptyReassembly, fragmentIpv4, reassemble } from '../ipv4-fragments';
import { segmentTcp } from '../segmentation';
import { TCP_HEADER } from '../tcp';
import { encodeUdp, type UdpDatagram } from '../udp';
import { arpDue, arpHeard, arpLookup, arpRetry, arpWait, emptyArpCache } from './arp-cache';
import { dispatch } from './ip-dispatch';
import { groupMac, isForStation, isPossibleSource, nextHop } from './ip-routing';
import type { IpConfig, IpSend, IpStationOptions, IpStationState, SendResult } from './ip-types';

/** Bytes of an IP packet that an Ethernet frame carries. */
export const ETHERNET_MTU = 1500;

/**
 * One address on one wire: ARP, IPv4 with fragmentation, and the answers that every host gives (RFC 1122). It has no
 * clock of its own: the owner asks `nextDue` after each call and calls `runDue` when that time has come.
 */
export class IpStation implements Unit<IpStationState> {
  /** @param state what the station works on: one of its own, or a part of its owner's state */
  constructor(
    readonly options: IpStationOptions,
    private state: IpStationState = newIpStation(),
  ) {}

  get config(): IpConfig | null {
    return this.state.config;
  }

  /** Takes an address (or none), and forgets the neighbours of the old one. */
  configure(config: IpConfig | null): void {
    this.state.config = config && { ...config };
    this.state.tentative = null;
    this.state.arp = emptyArpCache();
  }

  // --- the way in

  /** A frame from the wire. Anything may come; nothing is thrown. */
  receive(bytes: Uint8Array): void {
    const { counters } = this.state;
    const frame = decodeEthernet(bytes);
    const isOurs = frame !== null && (isGroup(frame.destination) || equalBytes(frame.destination, this.options.mac));
    if (!isOurs || (frame.vlan !== null && frame.vlan.id !== 0)) {
      if (frame === null) counters.malformed++;
      else counters.ignored++;
      return;
    }
    if (frame.type === EtherType.Arp) this.receiveArp(decodeArp(frame.payload));
    else if (frame.type === EtherType.Ipv4) this.receiveIp(decodeIpv4(frame.payload), frame.source);
    else counters.ignored++;
  }

  private receiveArp(packet: ArpPacket | null): void {
    if (packet === null) {
      this.state.counters.malformed++;
      return;
    }
    const { senderMac, senderAddress, targetAddress, operation } = packet;
    if (equalBytes(senderMac, this.options.mac) || isGroup(senderMac)) return;
    const own = this.state.config?.address ?? null;
    this.noticeConflict(packet);
    if (isStationAddress(senderAddress) && senderAddress !== own) {
      const waiting = arpHeard(this.state.arp, senderAddress, senderMac, targetAddress === own, this.options.now());
      for (const bytes of waiting) this.transmitIp(bytes, senderMac);
    }
    if (operation !== ArpOperation.Request || own === null || targetAddress !== own) return;
    this.transmitArp(ArpOperation.Reply, own, senderMac, senderAddress, senderMac);
  }

  /** RFC 5227: somebody has our address, or has or probes the one that we are about to take. */
  private noticeConflict({ senderMac, senderAddress, targetAddress }: ArpPacket): void {
    const { config, tentative, counters } = this.state;
    const isProbe = senderAddress === ANY_ADDRESS && targetAddress === tentative;
    const isTaken = senderAddress !== ANY_ADDRESS && (senderAddress === config?.address || senderAddress === tentative);
    if (!isTaken && !(isProbe && tentative !== null)) return;
    counters.conflicts++;
    this.options.upper.conflict(isProbe ? targetAddress : senderAddress, senderMac.slice());
  }

  private receiveIp(packet: Ipv4Packet | null, from: MacAddress): void {
    const { counters, config } = this.state;
    if (packet === null) {
      counters.malformed++;
      return;
    }
    if (!isPossibleSource(config, packet.source)) {
      counters.badSource++;
      return;
    }
    if (!isForStation(config, packet.destination)) {
      if (this.options.upper.forward && config) this.options.upper.forward(packet);
      else counters.ignored++;
      return;
    }
    const whole = reassemble(this.state.reassembly, packet, this.options.now());
    if (whole) this.handUp(whole, from);
  }

  private handUp(packet: Ipv4Packet, from: MacAddress): void {
    this.state.counters.delivered++;
    const isPersonal = this.state.config !== null && packet.destination === this.state.config.address;
    if (!dispatch(this, packet, from, isPersonal)) this.state.counters.malformed++;
  }

  // --- the way out

  /** Sends a packet of our own. Broadcasts and answers to known stations leave at once, others when ARP has answered. */
  send(fields: IpSend): SendResult {
    const source = fields.source ?? this.state.config?.address;
    if (source === undefined) return 'no-address';
    const { destination, protocol, payload, ttl = this.options.ttl, dontFragment = false } = fields;
    const identification = this.state.nextIdentification;
    this.state.nextIdentification = (identification + 1) & 0xffff;
    return this.route(
      ipv4Packet({ source, destination, protocol, payload, ttl, dontFragment, identification }),
      fields.link,
      fields.segmentSize,
    );
  }

  sendUdp(datagram: UdpDatagram, destination: Ipv4Address, how: Pick<IpSend, 'source' | 'link'> = {}): SendResult {
    const source = how.source ?? this.state.config?.address ?? ANY_ADDRESS;
    return this.send({
      ...how,
      destination,
      protocol: IpProtocol.Udp,
      payload: encodeUdp(datagram, source, destination),
    });
  }

  /** Bytes of data of the largest TCP packet that may be sent with `segmentSize`. */
  get largestSend(): number {
    return Math.max(0, (this.options.largest?.() ?? 0) - IPV4_HEADER - TCP_HEADER);
  }

  /** Sends a packet as it is, whoever made it: what a router does. */
  route(packet: Ipv4Packet, link?: MacAddress, segmentSize = 0): SendResult {
    const { config } = this.state;
    if (packet.destination === config?.address) {
      this.handUp(packet, this.options.mac);
      return 'sent';
    }
    const hop = link ? packet.destination : nextHop(config, packet.destination);
    if (hop === null) return 'no-route';
    const pieces = segmentSize > 0 ? [packet] : fragmentIpv4(packet, ETHERNET_MTU);
    if (pieces.length === 0) return 'too-big';
    for (const piece of pieces) this.sendPiece(encodeIpv4(piece), hop, link ?? groupMac(config, hop), segmentSize);
    this.state.counters.sent++;
    return 'sent';
  }

  private sendPiece(bytes: Uint8Array, hop: Ipv4Address, link: MacAddress | null, segmentSize: number): void {
    const now = this.options.now();
    const mac = link ?? arpLookup(this.state.arp, hop, now);
    if (mac) return segmentSize > 0 ? this.transmitLarge(bytes, mac, segmentSize) : this.transmitIp(bytes, mac);
    if (segmentSize > 0) for (const one of this.cut(bytes, segmentSize)) this.sendPiece(one, hop, null, 0);
    else if (arpWait(this.state.arp, hop, bytes, now)) this.ask(hop);
  }

  /** What waits for an address is cut here: those below may be others by then. */
  private cut(bytes: Uint8Array, segmentSize: number): Uint8Array[] {
    const frame = this.ipFrame(bytes, NOBODY);
    return (segmentTcp(frame, segmentSize) ?? []).map((segment) => segment.subarray(ETHERNET_HEADER));
  }

  private transmitLarge(bytes: Uint8Array, destination: MacAddress, segmentSize: number): void {
    this.options.transmitLarge?.(this.ipFrame(bytes, destination), segmentSize);
  }

  private ipFrame(payload: Uint8Array, destination: MacAddress): Uint8Array {
    return encodeEthernet({ destination, source: this.options.mac, vlan: null, type: EtherType.Ipv4, payload });
  }

  private transmitIp(payload: Uint8Array, destination: MacAddress): void {
    this.options.transmit(this.ipFrame(payload, destination));
  }

  // --- ARP

  /** Tells all neighbours our address (RFC 5227, ARP announcement). */
  announce(): void {
    const own = this.state.config?.address;
    if (own !== undefined) this.transmitArp(ArpOperation.Request, own, NOBODY, own, BROADCAST_MAC);
  }

  /** Asks whether anybody has an address that we want (RFC 5227, ARP probe); `conflict` is called if so. */
  probe(address: Ipv4Address): void {
    this.state.tentative = address;
    this.transmitArp(ArpOperation.Request, ANY_ADDRESS, NOBODY, address, BROADCAST_MAC);
  }

  private ask(address: Ipv4Address): void {
    this.transmitArp(ArpOperation.Request, this.state.config?.address ?? ANY_ADDRESS, NOBODY, address, BROADCAST_MAC);
  }

  private transmitArp(
    operation: number,
    senderAddress: Ipv4Address,
    targetMac: MacAddress,
    targetAddress: Ipv4Address,
    destination: MacAddress,
  ): void {
    const { mac, transmit } = this.options;
    const payload = encodeArp({ operation, senderMac: mac, senderAddress, targetMac, targetAddress });
    transmit(encodeEthernet({ destination, source: mac, vlan: null, type: EtherType.Arp, payload }));
  }

  // --- time

  /** When `runDue` must be called, or null: in the owner's nanoseconds. */
  nextDue(): number | null {
    return arpDue(this.state.arp);
  }

  /** Repeats questions that were not answered, and gives up those asked often enough. */
  runDue(): void {
    const { ask, lost } = arpRetry(this.state.arp, this.options.now());
    for (const address of ask) this.ask(address);
    for (const bytes of lost) {
      this.state.counters.arpFailures++;
      const packet = decodeIpv4(bytes);
      if (packet && packet.fragmentOffset === 0) this.options.upper.unreachable(packet);
    }
  }

  // --- Unit

  reset(): void {
    this.state = newIpStation();
  }

  save(): IpStationState {
    return clonePlain(this.state);
  }

  restore(saved: IpStationState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const { config, arp, counters } = this.state;
    const text = (address: Ipv4Address | null): string | null => (address === null ? null : ipv4Text(address));
    return {
      mac: macText(this.options.mac),
      address: text(config?.address ?? null),
      mask: text(config?.mask ?? null),
      gateway: text(config?.gateway ?? null),
      arp: arp.entries.map(({ address, mac }) => ({ address: ipv4Text(address), mac: mac && macText(mac) })),
      counters: { ...counters },
    };
  }
}

const NOBODY: MacAddress = new Uint8Array(6);

/** A station that has no address and knows nobody. */
export function newIpStation(): IpStationState {
  return {
    config: null,
    tentative: null,
    arp: emptyArpCache(),
    reassembly: emptyReassembly(),
    nextIdentification: 1,
    counters: { delivered: 0, sent: 0, malformed: 0, ignored: 0, badSource: 0, arpFailures: 0, conflicts: 0 },
  };
}
