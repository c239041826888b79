import { macKey } from '../../../base/mac';
import { isSameSubnet, type Ipv4Address } from '../../../base/net/address';
import { echoRequest, encodeIcmp, type IcmpMessage } from '../../../base/net/icmp';
import { IpProtocol, type Ipv4Packet } from '../../../base/net/ipv4';
import type { IpConfig } from '../../../base/net/stack/ip-types';
import type { UdpDatagram } from '../../../base/net/udp';
import { Random } from '../../../base/random';
import type { Nanoseconds } from '../../../clock/clock';
import { sooner } from '../dues';
import { hearEcho, loseEcho } from './echo';
import { GuestInterface, type InterfaceHost, type StackAdapter, type StaticAddress } from './guest-interface';
import { newInterface, type EchoResult, type InterfaceState, type NetworkState } from './net-state';
import type { NetworkPolicy } from './policy';
import { Resolver, type Resolution } from './resolver';
import { Sockets } from './sockets';
import { snapshotOf, type InterfaceSnapshot } from './snapshot';
import { vlanKey, Vlans } from './vlans';

export interface NetworkStackOptions {
  readonly policy: NetworkPolicy;
  /** What the system is called: told to the DHCP server, and resolved to its own address. */
  hostName(): string;
  /** Partition time. */
  now(): Nanoseconds;
  /** A program that listens: true when the datagram was for it. */
  udp?(datagram: UdpDatagram, source: Ipv4Address): boolean;
}

/** An adapter with the name under which the kernel knows it for ever. */
export interface NamedAdapter {
  readonly name: string;
  readonly adapter: StackAdapter;
}

/** Identifier of the echo requests of the one `ping` that runs at a time. */
const ECHO_IDENTIFIER = 0x0200;

/**
 * A guest's TCP/IP stack: an interface for each adapter, name resolution, echo requests. It has neither clock nor state of
 * its own: it works on the state that the kernel keeps, is called when frames come and when `nextDue` has come.
 */
export class NetworkStack {
  private readonly interfaces = new Map<string, GuestInterface>(); // wiring
  private readonly resolver: Resolver;
  /** Connections of programs. */
  readonly sockets: Sockets;
  /** VLAN interfaces over the adapters. */
  readonly vlans: Vlans;

  constructor(
    private readonly state: NetworkState,
    private readonly options: NetworkStackOptions,
  ) {
    this.resolver = new Resolver(() => state.names, {
      now: () => options.now(),
      chance: () => this.chance(),
      port: options.policy.firstPort,
      hostName: () => options.hostName(),
      servers: () => [...new Set(this.usable().flatMap((one) => one.state.dns))],
      domains: () => [...new Set(this.usable().flatMap((one) => one.state.domain || []))],
      ownAddress: () => this.usable()[0]?.state.ip.config?.address ?? null,
      send: (datagram, server) => this.sendUdp(datagram, server),
    });
    this.sockets = new Sockets(state, {
      policy: options.policy,
      now: () => options.now(),
      route: (destination) => this.route(destination)?.station ?? null,
    });
    this.vlans = new Vlans(() => state.vlans);
    for (const [name, one] of Object.entries(state.interfaces)) this.wire(name, one);
  }

  private wire(name: string, state: InterfaceState): GuestInterface {
    const { options } = this;
    const host: InterfaceHost = {
      policy: options.policy,
      hostName: () => options.hostName(),
      now: () => options.now(),
      chance: () => this.chance(),
      icmp: (message, packet) => this.icmp(message, packet),
      unreachable: (packet) => this.unreachable(packet),
      udp: (datagram, packet) => this.udp(datagram, packet),
      tcp: (segment, packet) => this.sockets.receive(segment, packet),
    };
    const made = new GuestInterface(name, state, host);
    this.interfaces.set(name, made);
    return made;
  }

  /** Each draw from a source of its own, so that nothing but their number has to be remembered. */
  private chance(): number {
    const macs = Object.values(this.state.interfaces).reduce((sum, { mac }) => (sum + macKey(mac)) % 0x1_0000_0000, 0);
    return new Random(macs + this.state.draws++ * 0x9e37).next();
  }

  /**
   * Brings the interfaces to the adapters that work now. An interface keeps its state while its adapter is there, also over a
   * restore; an adapter with another address is another adapter.
   */
  sync(physical: readonly NamedAdapter[]): void {
    const adapters = this.vlans.over(physical);
    for (const name of this.interfaces.keys()) if (!adapters.some((one) => one.name === name)) this.remove(name);
    for (const { name, adapter } of adapters) {
      const known = this.interfaces.get(name);
      if (known && macKey(known.state.mac) !== macKey(adapter.mac)) this.remove(name);
      const isVlan = !physical.some((one) => one.name === name);
      const state = (this.state.interfaces[name] ??= newInterface(adapter.mac, isVlan ? 'static' : 'dhcp'));
      (this.interfaces.get(name) ?? this.wire(name, state)).attach(adapter);
    }
  }

  private remove(name: string): void {
    this.interfaces.get(name)?.detach();
    this.interfaces.delete(name);
    delete this.state.interfaces[name];
  }

  // --- settings

  /** Gets its address from a server, as every interface does at first. */
  useDhcp(name: string): void {
    this.interfaces.get(name)?.useDhcp();
  }

  useStatic(name: string, address: StaticAddress): void {
    this.interfaces.get(name)?.useStatic(address);
  }

  /** Takes the address of an interface away. */
  useNone(name: string): void {
    this.interfaces.get(name)?.useNone();
  }

  /** The address of an interface, whether it can be used or not. */
  config(name: string): IpConfig | null {
    return this.interfaces.get(name)?.station.config ?? null;
  }

  /** Gives the addresses of all interfaces back to the servers. */
  release(): void {
    for (const one of this.interfaces.values()) one.release();
  }

  /** Asks the servers again, for all interfaces. */
  renew(): void {
    for (const one of this.interfaces.values()) one.renew();
  }

  // --- what programs use

  /** The interfaces in the order of their adapters, for reading. */
  snapshot(): readonly InterfaceSnapshot[] {
    const isVlan = (key: string): boolean => this.vlans.all.some((vlan) => vlanKey(vlan) === key);
    return [...this.interfaces.values()].map(({ name, state }) => snapshotOf(name, state, isVlan(name)));
  }

  /** The addresses of the interfaces that can be used, in the order of their adapters. */
  addresses(): readonly Ipv4Address[] {
    return this.usable().flatMap(({ state }) => state.ip.config?.address ?? []);
  }

  /** The address of a name, a dotted address or of this system, as far as it is known now. */
  resolve(name: string): Resolution {
    return this.resolver.resolve(name);
  }

  /** Sends a datagram. False: no interface leads there. */
  sendUdp(datagram: UdpDatagram, destination: Ipv4Address): boolean {
    return this.route(destination)?.station.sendUdp(datagram, destination) === 'sent';
  }

  /** Sends one echo request with `bytes` of data; its result replaces that of the one before. False: no interface leads there. */
  echo(destination: Ipv4Address, bytes: number, ttl?: number): boolean {
    const sequence = ((this.state.echo?.sequence ?? 0) + 1) & 0xffff;
    const sentAt = this.options.now();
    const echo = { destination, identifier: ECHO_IDENTIFIER, sequence, sentAt, result: null };
    this.state.echo = echo;
    if (destination >>> 24 === 127) return this.loopback(bytes);
    const payload = encodeIcmp(echoRequest(echo.identifier, sequence, alphabet(bytes)));
    return this.route(destination)?.station.send({ destination, protocol: IpProtocol.Icmp, payload, ttl }) === 'sent';
  }

  /** 127.0.0.0/8 never leaves the system (RFC 1122, 3.2.1.3), and is there without any adapter. */
  private loopback(bytes: number): true {
    const { echo } = this.state;
    if (echo) echo.result = { kind: 'reply', from: echo.destination, time: 0, ttl: this.options.policy.ttl, bytes };
    return true;
  }

  /** What became of the last echo request; null while nothing did. */
  echoResult(): EchoResult | null {
    return this.state.echo?.result ?? null;
  }

  // --- inside

  private usable(): GuestInterface[] {
    return [...this.interfaces.values()].filter(({ state }) => state.linkUp && state.ip.config !== null);
  }

  /** The interface on whose wire the destination is, else the first with a gateway. */
  private route(destination: Ipv4Address): GuestInterface | null {
    const usable = this.usable();
    const direct = usable.find(
      ({ station: { config } }) => config && isSameSubnet(config.address, destination, config.mask),
    );
    const hasGateway = (one: GuestInterface): boolean => (one.station.config?.gateway ?? null) !== null;
    return direct ?? usable.find(hasGateway) ?? null;
  }

  private icmp(message: IcmpMessage, packet: Ipv4Packet): void {
    if (this.state.echo) hearEcho(this.state.echo, message, packet, this.options.now());
  }

  private unreachable(packet: Ipv4Packet): void {
    if (this.state.echo) loseEcho(this.state.echo, packet);
    if (packet.protocol === IpProtocol.Tcp) this.sockets.unreachable(packet.destination);
  }

  private udp(datagram: UdpDatagram, packet: Ipv4Packet): boolean {
    if (this.options.udp?.(datagram, packet.source)) return true;
    if (datagram.destinationPort !== this.options.policy.firstPort) return false;
    this.resolver.receive(datagram, packet.source);
    return true;
  }

  // --- time

  /** When `runDue` must be called, or null. To be asked after everything that can have changed it. */
  nextDue(): Nanoseconds | null {
    let due = sooner(this.resolver.nextDue(), this.sockets.nextDue());
    for (const one of this.interfaces.values()) due = sooner(due, one.nextDue());
    return due;
  }

  /** Does what is due; does nothing when nothing is. */
  runDue(): void {
    for (const one of this.interfaces.values()) one.runDue();
    this.resolver.runDue();
    this.sockets.runDue();
  }
}

/** The data of an echo request: letters from a to w again and again, as Windows sends them. */
function alphabet(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => 0x61 + (i % 23));
}
