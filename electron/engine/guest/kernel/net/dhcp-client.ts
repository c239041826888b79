import { equalBytes } from '../../../base/bytes';
import type { Ipv4Address } from '../../../base/net/address';
import { BootOperation, DhcpType, dhcpTypeOf, type DhcpMessage } from '../../../base/net/dhcp';
import { DhcpOption, optionU32 } from '../../../base/net/dhcp-options';
import { MILLISECOND, SECOND, type Nanoseconds } from '../../../clock/clock';
import { declineOf, leaseOf, releaseOf, requestOf, type DhcpIdentity } from './dhcp-messages';
import type { DhcpLease, DhcpPhase, DhcpState } from './net-state';

/** What the client does to its interface. */
export interface DhcpHost {
  now(): Nanoseconds;
  /** 32 random bits. */
  chance(): number;
  /** Sends a message; to the server's address, or to everybody (null). */
  send(message: DhcpMessage, server: Ipv4Address | null): void;
  /** Asks the wire who has an address; `conflict` is called if somebody has. */
  probe(address: Ipv4Address): void;
  /** The address may be used: from now on, or further. */
  bound(lease: DhcpLease): void;
  /** The address must not be used any more. */
  unbound(): void;
  /** A whole search was in vain. Called once until an address is got or the search is begun anew. */
  failed(): void;
}

/** How often a request is repeated before the client begins anew. */
const REQUEST_TRIES = 4;
const REBOOT_TRIES = 2;
const REQUEST_WAITS = [4 * SECOND, 8 * SECOND, 16 * SECOND, 32 * SECOND];
/** How long the wire may take to say that somebody has the address (RFC 5227's probes, one instead of three). */
const CHECK_TIME = SECOND;
/** RFC 2131, section 3.1: wait after declining. */
const DECLINE_TIME = 10 * SECOND;
const SHORTEST_RENEWAL = 60 * SECOND;

/** The DHCP client of one interface (RFC 2131, section 4.4). Works on a state that its owner keeps. */
export class DhcpClient {
  constructor(
    private readonly state: DhcpState,
    private readonly identity: DhcpIdentity,
    private readonly host: DhcpHost,
  ) {}

  /** When `runDue` must be called; null: never. */
  get due(): Nanoseconds | null {
    return this.state.due;
  }

  /** Begins: with the address it had, if the lease is still good, otherwise with a search. */
  start(): void {
    this.state.hasFailed = false;
    const { lease } = this.state;
    if (lease && lease.expires > this.host.now()) this.enter('rebooting');
    else this.search();
  }

  /** The link is gone: keeps the lease for the next `start`. */
  suspend(): void {
    this.rest('off');
    this.host.unbound();
  }

  /** Gives the address back and stops. */
  release(): void {
    const { lease } = this.state;
    if (lease && this.isUsing) this.host.send(releaseOf(this.state, this.identity, lease), lease.server);
    this.state.lease = null;
    this.suspend();
  }

  /** Asks again at once: for the address in use if there is one. */
  renew(): void {
    if (this.isUsing) this.enter('renewing');
    else this.start();
  }

  private get isUsing(): boolean {
    return ['bound', 'renewing', 'rebinding'].includes(this.state.phase);
  }

  private rest(phase: DhcpPhase): void {
    this.state.phase = phase;
    this.state.due = null;
    this.state.offer = null;
  }

  private search(): void {
    this.rest('selecting');
    this.enter('selecting');
  }

  private enter(phase: DhcpPhase): void {
    const { state } = this;
    if (phase !== 'requesting') {
      state.transaction = this.host.chance();
      state.startedAt = this.host.now();
    }
    state.phase = phase;
    state.attempt = 0;
    this.transmit();
  }

  private transmit(): void {
    const { state, host } = this;
    const server = state.phase === 'renewing' ? (state.lease?.server ?? null) : null;
    host.send(requestOf(state, this.identity, host.now()), server);
    state.due = host.now() + this.wait();
    state.attempt++;
  }

  /** How long the message that is being sent may go unanswered. */
  private wait(): Nanoseconds {
    const { phase, attempt, lease } = this.state;
    const now = this.host.now();
    if (phase === 'renewing' && lease) return renewalWait(lease.rebindAt - now);
    if (phase === 'rebinding' && lease) return renewalWait(lease.expires - now);
    const waits = phase === 'selecting' ? this.identity.policy.waits : REQUEST_WAITS;
    const wait = waits[Math.min(attempt, waits.length - 1)] ?? SECOND;
    if (wait < 4 * SECOND) return wait;
    return wait - SECOND + (this.host.chance() % 2000) * MILLISECOND; // a second more or less, so that not all ask at once
  }

  // --- answers

  /** A message to the client's port. Whatever is not for it, or not to the point, is ignored. */
  receive(message: DhcpMessage): void {
    const { phase, transaction } = this.state;
    const isOurs = message.transaction === transaction && equalBytes(message.clientMac, this.identity.mac);
    if (message.operation !== BootOperation.Reply || !isOurs) return;
    const type = dhcpTypeOf(message);
    if (phase === 'selecting' && type === DhcpType.Offer) this.choose(message);
    const isAsking = ['rebooting', 'requesting', 'renewing', 'rebinding'].includes(phase);
    if (isAsking && type === DhcpType.Ack) this.take(message);
    if (isAsking && type === DhcpType.Nak) this.startOver();
  }

  private choose(offer: DhcpMessage): void {
    const server = optionU32(offer.options, DhcpOption.ServerIdentifier);
    if (server === null || offer.yourAddress === 0) return;
    this.state.offer = { address: offer.yourAddress, server };
    this.enter('requesting');
  }

  private take(ack: DhcpMessage): void {
    const lease = leaseOf(ack, this.host.now());
    if (lease === null) return;
    const isNew = !this.isUsing;
    this.state.lease = lease;
    if (isNew && this.identity.policy.probesAddress) {
      this.rest('checking');
      this.state.due = this.host.now() + CHECK_TIME;
      this.host.probe(lease.address);
    } else this.bind(lease);
  }

  private bind(lease: DhcpLease): void {
    this.rest('bound');
    this.state.due = lease.renewAt;
    this.state.hasFailed = false;
    this.host.bound(lease);
  }

  private startOver(): void {
    this.state.lease = null;
    this.host.unbound();
    this.search();
  }

  /** Somebody has the address that is being checked. */
  conflict(address: Ipv4Address): void {
    const { phase, lease } = this.state;
    if (phase !== 'checking' || !lease || lease.address !== address) return;
    this.host.send(declineOf(this.state, this.identity, lease), null);
    this.state.lease = null;
    this.rest('declined');
    this.state.due = this.host.now() + DECLINE_TIME;
  }

  // --- time

  /** The time that was asked for has come. */
  runDue(): void {
    const { state } = this;
    const now = this.host.now();
    if (state.due === null || state.due > now) return;
    if (state.phase === 'checking' && state.lease) return this.bind(state.lease);
    if (state.phase === 'declined') return this.search();
    if (state.phase === 'bound') return this.enter('renewing');
    if (state.phase === 'renewing' || state.phase === 'rebinding') return this.keepRenewing(now);
    if (state.phase === 'selecting') return this.keepSearching(now);
    const tries = state.phase === 'rebooting' ? REBOOT_TRIES : REQUEST_TRIES;
    if (state.attempt < tries) this.transmit();
    else this.search();
  }

  private keepRenewing(now: Nanoseconds): void {
    const { phase, lease } = this.state;
    if (!lease || now >= lease.expires) return this.startOver();
    if (phase === 'renewing' && now >= lease.rebindAt) this.enter('rebinding');
    else this.transmit();
  }

  private keepSearching(now: Nanoseconds): void {
    const { state, host } = this;
    const { waits, retryAfter } = this.identity.policy;
    if (!state.hasFailed && state.attempt < waits.length) return this.transmit();
    if (!state.hasFailed) {
      state.hasFailed = true;
      state.due = now + retryAfter;
      host.failed();
      return;
    }
    this.enter('selecting'); // one message now and then in the background
    state.due = now + retryAfter;
  }
}

/** RFC 2131, 4.4.5: half of what is left until the next phase, at least a minute, but never longer than that phase. */
function renewalWait(left: Nanoseconds): Nanoseconds {
  return Math.max(0, Math.min(left, Math.max(SHORTEST_RENEWAL, Math.floor(left / 2))));
}
