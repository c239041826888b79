import { asciiOf } from '../../base/bytes';
import { macText, type MacAddress } from '../../base/mac';
import { ipv4Text, isSameSubnet, type Ipv4Address } from '../../base/net/address';
import { BootOperation, dhcpMessage, DhcpType, dhcpTypeOf, type DhcpMessage } from '../../base/net/dhcp';
import { addressesOption, DhcpOption, optionU32, textOption, u32Option, u8Option } from '../../base/net/dhcp-options';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { SECOND, type Nanoseconds } from '../../clock/clock';

/** What a server gives out. */
export interface DhcpScope {
  /** The server's own address. */
  readonly server: Ipv4Address;
  readonly first: Ipv4Address;
  readonly last: Ipv4Address;
  readonly mask: Ipv4Address;
  readonly router: Ipv4Address;
  readonly dns: readonly Ipv4Address[];
  readonly domain: string;
  readonly leaseSeconds: number;
  /** Boot program for PCs with a BIOS that boot from the network (vendor class PXEClient, architecture 0). */
  readonly boot?: { readonly server: Ipv4Address; readonly file: string };
}

/** One address and who has it. A client keeps its entry for good, so that it gets the same address again. */
export interface Lease {
  mac: string;
  address: Ipv4Address;
  state: 'offered' | 'bound' | 'released' | 'declined';
  until: Nanoseconds;
}

export interface DhcpServerState {
  leases: Lease[];
  /** Requests that found no free address. */
  exhausted: number;
}

/** How long an address is held for a client that was offered it. */
const OFFER_TIME = 60 * SECOND;
/** How the vendor class of a boot ROM on a PC with a BIOS begins. */
const BIOS_CLIENT = 'PXEClient:Arch:00000';

/** The allocating half of a DHCP server (RFC 2131, section 4.3): messages in, answers out. */
export class DhcpServer implements Unit<DhcpServerState> {
  private state: DhcpServerState = { leases: [], exhausted: 0 };

  constructor(private readonly scope: DhcpScope) {}

  /** The answer to a client's message, or null when it gets none. */
  answer(message: DhcpMessage, now: Nanoseconds): DhcpMessage | null {
    if (message.operation !== BootOperation.Request) return null;
    switch (dhcpTypeOf(message)) {
      case DhcpType.Discover:
        return this.discover(message, now);
      case DhcpType.Request:
        return this.request(message, now);
      case DhcpType.Decline:
        return this.decline(message, now);
      case DhcpType.Release:
        return this.release(message, now);
      case DhcpType.Inform:
        return this.reply(message, DhcpType.Ack, 0);
      default:
        return null;
    }
  }

  private discover(message: DhcpMessage, now: Nanoseconds): DhcpMessage | null {
    const wanted = optionU32(message.options, DhcpOption.RequestedAddress);
    const lease = this.leaseOf(message.clientMac) ?? this.newLease(message.clientMac, wanted, now);
    if (lease === null) {
      this.state.exhausted++;
      return null;
    }
    if (lease.state !== 'bound' || lease.until <= now) {
      lease.state = 'offered';
      lease.until = now + OFFER_TIME;
    }
    return this.reply(message, DhcpType.Offer, lease.address);
  }

  /** RFC 2131, 4.3.2: what the client means shows in which fields it fills. */
  private request(message: DhcpMessage, now: Nanoseconds): DhcpMessage | null {
    const server = optionU32(message.options, DhcpOption.ServerIdentifier);
    const requested = optionU32(message.options, DhcpOption.RequestedAddress);
    const lease = this.leaseOf(message.clientMac);
    if (server !== null && server !== this.scope.server) {
      if (lease?.state === 'offered') this.forget(lease); // it took another server's offer
      return null;
    }
    const address = requested ?? message.clientAddress;
    if (lease && lease.address === address) return this.bind(message, lease, now);
    const isKnownWrong =
      server !== null || lease !== null || !isSameSubnet(address, this.scope.server, this.scope.mask);
    return isKnownWrong ? this.reply(message, DhcpType.Nak, 0) : null; // silent about clients it knows nothing of
  }

  private bind(message: DhcpMessage, lease: Lease, now: Nanoseconds): DhcpMessage {
    lease.state = 'bound';
    lease.until = now + this.scope.leaseSeconds * SECOND;
    return this.reply(message, DhcpType.Ack, lease.address);
  }

  /** The client found the address in use: nobody gets it for a while. */
  private decline(message: DhcpMessage, now: Nanoseconds): null {
    const lease = this.leaseOf(message.clientMac);
    if (lease && lease.address === optionU32(message.options, DhcpOption.RequestedAddress)) {
      lease.mac = '';
      lease.state = 'declined';
      lease.until = now + this.scope.leaseSeconds * SECOND;
    }
    return null;
  }

  private release(message: DhcpMessage, now: Nanoseconds): null {
    const lease = this.leaseOf(message.clientMac);
    if (lease && lease.address === message.clientAddress) {
      lease.state = 'released';
      lease.until = now;
    }
    return null;
  }

  private leaseOf(mac: MacAddress): Lease | null {
    const text = macText(mac);
    return this.state.leases.find((lease) => lease.mac === text) ?? null;
  }

  /** The address that the client asks for if it is free, else the lowest that nobody ever had, else the one free for longest. */
  private newLease(mac: MacAddress, wanted: Ipv4Address | null, now: Nanoseconds): Lease | null {
    const { leases } = this.state;
    const address = this.freeAddress(wanted);
    if (address === null) return this.reuse(mac, now);
    const lease: Lease = { mac: macText(mac), address, state: 'offered', until: now };
    leases.push(lease);
    return lease;
  }

  private freeAddress(wanted: Ipv4Address | null): Ipv4Address | null {
    const { first, last } = this.scope;
    const used = new Set(this.state.leases.map((lease) => lease.address));
    if (wanted !== null && wanted >= first && wanted <= last && !used.has(wanted)) return wanted;
    for (let address = first; address <= last; address++) if (!used.has(address)) return address;
    return null;
  }

  private reuse(mac: MacAddress, now: Nanoseconds): Lease | null {
    const over = this.state.leases.filter((lease) => lease.until <= now).sort((a, b) => a.until - b.until)[0];
    if (over) over.mac = macText(mac);
    return over ?? null;
  }

  private forget(lease: Lease): void {
    this.state.leases = this.state.leases.filter((one) => one !== lease);
  }

  private reply(request: DhcpMessage, type: number, yourAddress: Ipv4Address): DhcpMessage {
    const { transaction, clientMac, broadcast, relayAddress } = request;
    const options = {
      [DhcpOption.MessageType]: u8Option(type),
      [DhcpOption.ServerIdentifier]: u32Option(this.scope.server),
    };
    const clientAddress = type === DhcpType.Ack ? request.clientAddress : 0;
    const common = {
      operation: BootOperation.Reply,
      transaction,
      clientMac,
      broadcast,
      relayAddress,
      clientAddress,
      yourAddress,
    };
    if (type === DhcpType.Nak) return dhcpMessage({ ...common, options });
    return dhcpMessage({
      ...common,
      ...this.bootOf(request),
      options: { ...options, ...this.parameters(), ...(yourAddress ? this.times() : {}) },
    });
  }

  /** RFC 2131, figure 1: siaddr and file. PXE 2.1, 2.4: the architecture is the first number of the vendor class. */
  private bootOf({ options }: DhcpMessage): { nextServer?: Ipv4Address; bootFile?: string } {
    const { boot } = this.scope;
    const vendorClass = options[DhcpOption.VendorClass];
    const isBios = vendorClass !== undefined && asciiOf(vendorClass).startsWith(BIOS_CLIENT);
    return boot && isBios ? { nextServer: boot.server, bootFile: boot.file } : {};
  }

  private parameters(): { [code: number]: Uint8Array } {
    const { mask, router, dns, domain } = this.scope;
    return {
      [DhcpOption.SubnetMask]: u32Option(mask),
      [DhcpOption.Router]: u32Option(router),
      [DhcpOption.DomainNameServer]: addressesOption(dns),
      [DhcpOption.DomainName]: textOption(domain),
    };
  }

  private times(): { [code: number]: Uint8Array } {
    const { leaseSeconds } = this.scope;
    return {
      [DhcpOption.LeaseTime]: u32Option(leaseSeconds),
      [DhcpOption.RenewalTime]: u32Option(Math.floor(leaseSeconds / 2)),
      [DhcpOption.RebindingTime]: u32Option(Math.floor((leaseSeconds * 7) / 8)),
    };
  }

  /** Leases in the order in which they were made. */
  get leases(): readonly Readonly<Lease>[] {
    return this.state.leases;
  }

  reset(): void {
    this.state = { leases: [], exhausted: 0 };
  }

  save(): DhcpServerState {
    return clonePlain(this.state);
  }

  restore(saved: DhcpServerState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    const leases = this.state.leases.map(({ address, ...rest }) => ({ address: ipv4Text(address), ...rest }));
    return { leases, exhausted: this.state.exhausted };
  }
}
