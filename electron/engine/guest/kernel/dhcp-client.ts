import { ANY_ADDRESS, LIMITED_BROADCAST, maskOf, type Ipv4Address } from '../../base/net/address';
import { BootOperation, DHCP_CLIENT_PORT, DHCP_SERVER_PORT, dhcpMessage, DhcpType, dhcpTypeOf, encodeDhcp, type DhcpMessage } from '../../base/net/dhcp';
import { DhcpOption, optionAddresses, optionText, optionU32, textOption, u32Option, u8Option, type DhcpOptions } from '../../base/net/dhcp-options';
import type { IpStation } from '../../base/net/stack/ip-station';
import { SECOND } from '../../clock/clock';

/** What a client remembers. Plain. Times are the partition's. */
export interface DhcpClientState {
  phase: 'off' | 'selecting' | 'requesting' | 'bound' | 'renewing' | 'failed';
  transaction: number;
  tries: number;
  /** When to go on by itself; null: never. */
  due: number | null;
  /** When this search began. */
  since: number;
  offered: Ipv4Address;
  server: Ipv4Address | null;
  dns: Ipv4Address[];
  domain: string;
  obtained: number;
  expires: number;
}

export function newDhcpClient(): DhcpClientState {
  return { phase: 'off', transaction: 0, tries: 0, due: null, since: 0, offered: 0, server: null, dns: [], domain: '', obtained: 0, expires: 0 };
}

export interface DhcpClientOptions {
  readonly station: IpStation;
  readonly mac: Uint8Array;
  readonly hostName: string;
  /** Windows takes an address of 169.254.0.0/16 when no server answers; Linux stays without. */
  readonly autoConfigures: boolean;
  now(): number;
}

/** Tries of a search before it is given up, and how long until the next one: what Windows and dhclient both do. */
const TRIES = 4;
const FIRST_WAIT = 4 * SECOND;
const NEXT_SEARCH = 300 * SECOND;
const FOREVER = 0xffff_ffff;

/** The DHCP client of one adapter (RFC 2131, 4.4): finds a server, takes an address, renews it at half its time. */
export class DhcpClient {
  constructor(
    private readonly options: DhcpClientOptions,
    private readonly state: DhcpClientState,
  ) {}

  /** Begins to search: the link has come, or somebody asked. */
  start(): void {
    const { state } = this;
    const { mac } = this.options;
    state.since = this.options.now();
    state.tries = 0;
    state.phase = 'selecting';
    state.transaction = ((mac[2] ?? 0) * 0x100_0000 + (mac[3] ?? 0) * 0x1_0000 + (mac[4] ?? 0) * 256 + (mac[5] ?? 0) + state.transaction + 0x101) >>> 0;
    this.discover();
  }

  /** The link has gone: the address goes with it. */
  stop(): void {
    Object.assign(this.state, newDhcpClient(), { transaction: this.state.transaction });
    this.options.station.configure(null);
  }

  /** Gives the address back to the server. */
  release(): void {
    const { state } = this;
    const { station } = this.options;
    if (state.server !== null && station.config) {
      this.send(DhcpType.Release, { [DhcpOption.ServerIdentifier]: u32Option(state.server) }, state.server, station.config.address);
    }
    this.stop();
  }

  /** Time has come to `due`. */
  run(): void {
    const { state } = this;
    if (state.due === null || this.options.now() < state.due) return;
    if (state.phase === 'bound' || state.phase === 'renewing') this.renew();
    else if (state.phase === 'failed' || state.phase === 'requesting') this.start();
    else if (state.tries < TRIES) this.discover();
    else this.giveUp();
  }

  private discover(): void {
    this.send(DhcpType.Discover, {});
    this.wait();
  }

  /** 4, 8, 16, 32 seconds. */
  private wait(): void {
    this.state.due = this.options.now() + FIRST_WAIT * 2 ** this.state.tries;
    this.state.tries++;
  }

  private giveUp(): void {
    const { mac, station, autoConfigures, now } = this.options;
    this.state.phase = 'failed';
    this.state.due = now() + NEXT_SEARCH;
    if (!autoConfigures) return;
    const host = ((mac[4] ?? 0) * 256 + (mac[5] ?? 0)) % 0xfe00; // RFC 3927: 169.254.1.0 to 169.254.254.255
    station.configure({ address: (0xa9fe_0100 + host) >>> 0, mask: maskOf(16), gateway: null });
  }

  private renew(): void {
    const { state } = this;
    const { station, now } = this.options;
    if (now() >= state.expires || !station.config) {
      this.stop();
      return this.start();
    }
    state.phase = 'renewing';
    state.due = Math.min(state.expires, now() + Math.max(60 * SECOND, (state.expires - now()) / 2));
    this.send(DhcpType.Request, {}, state.server ?? LIMITED_BROADCAST, station.config.address);
  }

  private send(type: number, more: DhcpOptions, destination: Ipv4Address = LIMITED_BROADCAST, own: Ipv4Address = ANY_ADDRESS): void {
    const { mac, station, hostName, now } = this.options;
    const options: DhcpOptions = {
      [DhcpOption.MessageType]: u8Option(type),
      [DhcpOption.ClientIdentifier]: Uint8Array.of(1, ...mac),
      [DhcpOption.HostName]: textOption(hostName),
      [DhcpOption.ParameterList]: Uint8Array.of(DhcpOption.SubnetMask, DhcpOption.DomainName, DhcpOption.Router, DhcpOption.DomainNameServer),
      ...more,
    };
    const seconds = Math.floor((now() - this.state.since) / SECOND) & 0xffff;
    const message = dhcpMessage({ operation: BootOperation.Request, transaction: this.state.transaction, clientMac: mac, clientAddress: own, seconds, broadcast: own === ANY_ADDRESS, options });
    const datagram = { sourcePort: DHCP_CLIENT_PORT, destinationPort: DHCP_SERVER_PORT, payload: encodeDhcp(message) };
    station.sendUdp(datagram, destination, { source: own });
  }

  /** A message to the client port. */
  receive(message: DhcpMessage | null): void {
    const { state } = this;
    if (!message || message.operation !== BootOperation.Reply || message.transaction !== state.transaction) return;
    const type = dhcpTypeOf(message);
    if (type === DhcpType.Offer && state.phase === 'selecting') this.accept(message);
    else if (type === DhcpType.Ack && (state.phase === 'requesting' || state.phase === 'renewing')) this.bind(message);
    else if (type === DhcpType.Nak && state.phase !== 'selecting' && state.phase !== 'off') {
      this.stop();
      this.start();
    }
  }

  private accept({ yourAddress, options }: DhcpMessage): void {
    const server = optionU32(options, DhcpOption.ServerIdentifier);
    if (server === null || yourAddress === ANY_ADDRESS) return;
    this.state.phase = 'requesting';
    this.state.offered = yourAddress;
    this.state.server = server;
    this.state.due = this.options.now() + FIRST_WAIT;
    this.send(DhcpType.Request, { [DhcpOption.RequestedAddress]: u32Option(yourAddress), [DhcpOption.ServerIdentifier]: u32Option(server) });
  }

  private bind({ yourAddress, options }: DhcpMessage): void {
    const { state } = this;
    const { station, now } = this.options;
    const wasRenewing = state.phase === 'renewing';
    const lease = optionU32(options, DhcpOption.LeaseTime) ?? FOREVER;
    state.phase = 'bound';
    state.obtained = now();
    state.expires = now() + lease * SECOND;
    state.due = lease === FOREVER ? null : now() + (lease * SECOND) / 2;
    state.dns = optionAddresses(options, DhcpOption.DomainNameServer);
    state.domain = optionText(options, DhcpOption.DomainName) ?? '';
    if (wasRenewing) return;
    const mask = optionU32(options, DhcpOption.SubnetMask) ?? maskOf(24);
    station.configure({ address: yourAddress, mask, gateway: optionAddresses(options, DhcpOption.Router)[0] ?? null });
    station.announce();
  }
}
