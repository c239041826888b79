import { macText } from '../../base/mac';
import { ipv4Text, parseIpv4, type Ipv4Address } from '../../base/net/address';
import type { NetworkInterface } from '../drivers/network-interface';
import type { OsProfile } from '../os/profile';
import { connectionName } from './connections';
import type { DeviceState } from './device';
import type { KernelState } from './kernel-state';
import type { StaticAddress } from './net/guest-interface';
import { NetworkStack, type NamedAdapter } from './net/network-stack';
import { networkPolicy } from './net/policy';
import type { Connection, EchoOutcome, GuestNetwork, GuestSockets, Resolution } from './network-view';
import type { PnpManager } from './pnp';
import { NetworkLinks, type GuestLinks } from './links';
import { vlanKey } from './net/vlans';
import type { InterfaceSnapshot } from './net/snapshot';

/** What the network needs of its kernel. */
export interface KernelNetworkHost {
  readonly state: KernelState;
  readonly profile: OsProfile;
  pnp(): PnpManager;
  hostName(): string;
  now(): number;
}

/** An adapter that works, and its device, whose instance is its name for ever. */
interface Adapter extends NamedAdapter {
  readonly device: DeviceState;
  readonly adapter: NetworkInterface;
}

/** The adapters that the kernel has drivers for, as connections, with the protocol stack bound to them. */
export class KernelNetwork implements GuestNetwork {
  private readonly stack: NetworkStack;
  readonly links: GuestLinks;
  private bound: readonly Adapter[] | null = null; // what the stack was brought to last

  constructor(private readonly host: KernelNetworkHost) {
    const { state, profile } = host;
    const policy = networkPolicy(profile.family);
    this.stack = new NetworkStack(state.network, { policy, hostName: () => host.hostName(), now: () => host.now() });
    this.links = new NetworkLinks({
      stack: this.stack,
      adapter: (name) => this.adapters().find(({ device }) => device.interfaceName === name)?.name ?? null,
      changed: () => this.stack.sync(this.adapters()),
    });
  }

  get sockets(): GuestSockets {
    return this.stack.sockets;
  }

  private adapters(): Adapter[] {
    const pnp = this.host.pnp();
    const found: Adapter[] = [];
    for (const device of pnp.networkDevices) {
      const adapter = device.status === 'started' ? pnp.driver(device)?.network?.() : null;
      if (adapter) found.push({ name: device.instance, device, adapter });
    }
    return found;
  }

  /** Binds the stack to the adapters that work now, and does what its time has come for. */
  run(): void {
    const adapters = this.adapters();
    if (!this.bound || !isSame(adapters, this.bound)) this.stack.sync(adapters);
    this.bound = adapters;
    this.stack.runDue();
  }

  /** When `run` must be called by itself, or null. */
  nextDue(): number | null {
    return this.stack.nextDue();
  }

  /** The addresses of all connections that have one, in their order. */
  addresses(): readonly Ipv4Address[] {
    return this.stack.addresses();
  }

  /** Adapters first, then the VLANs over them. */
  connections(): readonly Connection[] {
    const known = new Map(this.stack.snapshot().map((one) => [one.name, one]));
    const own = this.adapters().map((one) => ({ one, connection: this.connection(one, known.get(one.name)) }));
    const vlans = this.stack.vlans.all.flatMap((vlan): Connection[] => {
      const { one, connection } = own.find((each) => each.one.name === vlan.parent) ?? {};
      if (!one || !connection) return [];
      const { name, isUp, sent, received } = vlan;
      const parts = addressParts(known.get(vlanKey(vlan)));
      const linkUp = connection.linkUp && isUp;
      const place = { name, interfaceName: name, vlan: { parent: connection.interfaceName, isUp } };
      return [{ ...connection, ...parts, ...place, linkUp, sent, received }];
    });
    return [...own.map(({ connection }) => connection), ...vlans];
  }

  private connection({ device, adapter }: Adapter, one: InterfaceSnapshot | undefined): Connection {
    const { instance, interfaceName, name } = device;
    return {
      name: connectionName(this.host.state, instance, interfaceName),
      interfaceName,
      vlan: null,
      device: name,
      macAddress: macText(adapter.mac),
      linkUp: adapter.linkUp,
      speedMbps: adapter.speedMbps,
      sent: adapter.sent,
      received: adapter.received,
      ...addressParts(one),
    };
  }

  /** Sets the address of the adapter on the VMBus channel `instance`; null: it is to ask for one. False when there is none. */
  setAddress(instance: string, address: StaticAddress | null): boolean {
    const one = this.adapters().find(({ device }) => device.offer?.instance.toLowerCase() === instance);
    if (!one) return false;
    if (address) this.stack.useStatic(one.name, address);
    else this.stack.useDhcp(one.name);
    return true;
  }

  resolve(host: string): Resolution {
    const found = this.stack.resolve(host);
    return found.kind === 'address' ? { kind: 'address', address: ipv4Text(found.address) } : found;
  }

  echo(address: string, bytes: number): boolean {
    const target = parseIpv4(address);
    return target !== null && this.stack.echo(target, bytes);
  }

  echoOutcome(): EchoOutcome | null {
    const result = this.stack.echoResult();
    return result && { ...result, from: ipv4Text(result.from) };
  }

  release(): void {
    this.stack.release();
  }

  renew(): void {
    this.stack.renew();
  }
}

function isSame(some: readonly Adapter[], others: readonly Adapter[]): boolean {
  return some.length === others.length && some.every(({ adapter }, i) => adapter === others[i]?.adapter);
}

/** What a connection shows of its interface. */
function addressParts(one: InterfaceSnapshot | undefined) {
  return {
    dhcp: one?.dhcp ?? 'off',
    address: one?.address ?? null,
    mask: one?.mask ?? null,
    gateway: one?.gateway ?? null,
    dnsServers: [...(one?.dns ?? [])],
    dhcpServer: one?.leaseServer ?? null,
    domain: one?.domain ?? '',
    lease: one?.lease ?? null,
  };
}
