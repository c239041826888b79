import { decodeDns, dnsAddresses, DNS_PORT, dnsQuery, encodeDns, type DnsMessage } from '../../../base/net/dns';
import { parseIpv4, type Ipv4Address } from '../../../base/net/address';
import type { UdpDatagram } from '../../../base/net/udp';
import { SECOND, type Nanoseconds } from '../../../clock/clock';
import { sooner } from '../dues';
import type { NameState } from './net-state';

/** What the resolver needs of the stack around it. */
export interface ResolverHost {
  now(): Nanoseconds;
  chance(): number;
  /** The UDP port from which questions go out. */
  readonly port: number;
  hostName(): string;
  /** Name servers in the order in which they are asked, and the domains that are tried behind a short name. */
  servers(): readonly Ipv4Address[];
  domains(): readonly string[];
  ownAddress(): Ipv4Address | null;
  /** Sends a question. False when there is no way to the server. */
  send(datagram: UdpDatagram, server: Ipv4Address): boolean;
}

/** What is known about a name now. */
export type Resolution =
  { readonly kind: 'address'; readonly address: Ipv4Address } | { readonly kind: 'pending' | 'unknown' };

const LOOPBACK: Ipv4Address = 0x7f000001;
/** Waits after each question; servers take turns. */
const WAITS = [SECOND, 2 * SECOND, 4 * SECOND];
/** A name that nobody knows is asked for again after this time. */
const UNKNOWN_TIME = 5 * SECOND;
const LONGEST_MEMORY = 86_400 * SECOND;
const MOST_NAMES = 32;

/** A stub resolver: asks name servers for addresses and remembers what they said. Works on a list that its owner keeps. */
export class Resolver {
  constructor(
    private readonly names: () => NameState[],
    private readonly host: ResolverHost,
  ) {}

  /** The address of a name, as far as it is known; an unknown name is asked for, and the caller comes again. */
  resolve(text: string): Resolution {
    const name = text.trim().toLowerCase().replace(/\.$/, '');
    const known = this.ownName(name);
    if (known !== null) return { kind: 'address', address: known };
    const entry = this.find(name) ?? this.ask(name);
    if (entry.result === 'open') return { kind: 'pending' };
    return entry.result === 'unknown' ? { kind: 'unknown' } : { kind: 'address', address: entry.result };
  }

  private ownName(name: string): Ipv4Address | null {
    const literal = parseIpv4(name);
    if (literal !== null) return literal;
    if (name === 'localhost') return LOOPBACK;
    return name === this.host.hostName().toLowerCase() ? (this.host.ownAddress() ?? LOOPBACK) : null;
  }

  private find(name: string): NameState | null {
    const now = this.host.now();
    return this.names().find((one) => one.name === name && (one.result === 'open' || one.until > now)) ?? null;
  }

  private ask(name: string): NameState {
    const names = this.names();
    const old = names.findIndex((one) => one.name === name);
    if (old >= 0) names.splice(old, 1);
    const candidates = name.includes('.')
      ? [name]
      : this.host.domains().map((domain) => `${name}.${domain.toLowerCase()}`);
    const entry: NameState = { name, candidates, result: 'open', id: 0, attempt: 0, until: 0 };
    names.push(entry);
    if (names.length > MOST_NAMES) names.shift();
    this.transmit(entry);
    return entry;
  }

  private transmit(entry: NameState): void {
    const servers = this.host.servers();
    const server = servers[entry.attempt % Math.max(servers.length, 1)];
    const wait = WAITS[entry.attempt];
    const [candidate] = entry.candidates;
    if (candidate === undefined || server === undefined || wait === undefined) return this.giveUp(entry);
    entry.id = this.host.chance() & 0xffff;
    const payload = encodeDns(dnsQuery(entry.id, candidate));
    if (payload === null) return this.giveUp(entry);
    entry.until = this.host.now() + wait;
    entry.attempt++;
    this.host.send({ sourcePort: this.host.port, destinationPort: DNS_PORT, payload }, server);
  }

  private giveUp(entry: NameState): void {
    entry.result = 'unknown';
    entry.until = this.host.now() + UNKNOWN_TIME;
  }

  /** A datagram to the resolver's port, from `server`. Answers that nobody waits for are ignored. */
  receive(datagram: UdpDatagram, server: Ipv4Address): void {
    if (datagram.sourcePort !== DNS_PORT || !this.host.servers().includes(server)) return;
    const message = decodeDns(datagram.payload);
    if (!message || !message.isResponse) return;
    const entry = this.names().find((one) => one.result === 'open' && isAnswerTo(message, one));
    if (entry) this.hear(entry, message);
  }

  private hear(entry: NameState, message: DnsMessage): void {
    const [address] = dnsAddresses(message);
    if (address === undefined) {
      entry.candidates.shift();
      entry.attempt = 0;
      this.transmit(entry); // the next candidate, or the end
      return;
    }
    const ttl = Math.min(...message.answers.map((answer) => answer.ttl)) * SECOND;
    entry.result = address;
    entry.until = this.host.now() + Math.max(SECOND, Math.min(ttl, LONGEST_MEMORY));
  }

  /** When `runDue` must be called, or null. */
  nextDue(): Nanoseconds | null {
    let due: Nanoseconds | null = null;
    for (const { result, until } of this.names()) if (result === 'open') due = sooner(due, until);
    return due;
  }

  runDue(): void {
    const now = this.host.now();
    if ((this.nextDue() ?? Infinity) > now) return;
    for (const entry of [...this.names()]) if (entry.result === 'open' && entry.until <= now) this.transmit(entry);
  }
}

function isAnswerTo(message: DnsMessage, entry: NameState): boolean {
  return message.id === entry.id && message.questions[0]?.name.toLowerCase() === entry.candidates[0];
}
