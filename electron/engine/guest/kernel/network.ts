import { macText } from '../../base/mac';
import { ipv4Text, parseIpv4 } from '../../base/net/address';
import type { OsProfile } from '../os/profile';
import type { NetworkInterface } from '../drivers/network-interface';
import { connectionName } from './connections';
import type { DeviceState } from './device';
import type { KernelState } from './kernel-state';
import { NetworkLink, newLink } from './network-link';
import type { Connection, EchoOutcome, GuestNetwork } from './network-view';
import type { PnpManager } from './pnp';

/** What the network needs of its kernel. */
export interface KernelNetworkHost {
  readonly state: KernelState;
  readonly profile: OsProfile;
  readonly hostName: () => string;
  pnp(): PnpManager;
  now(): number;
}

/** The adapters that the kernel has drivers for, as connections, each with the protocol stack bound to it. */
export class KernelNetwork implements GuestNetwork {
  private readonly links = new Map<string, NetworkLink>(); // wiring over state.links, by device instance

  constructor(private readonly host: KernelNetworkHost) {}

  private adapters(): { device: DeviceState; adapter: NetworkInterface }[] {
    const pnp = this.host.pnp();
    return pnp.devices.flatMap((device) => {
      const adapter = pnp.driver(device)?.network?.() ?? null;
      return adapter ? [{ device, adapter }] : [];
    });
  }

  /** Binds the stack to new adapters, lets go of those that are gone, and does what time has come for. */
  poll(): void {
    const { links } = this.host.state;
    const found = this.adapters();
    for (const [instance, link] of this.links) {
      if (!found.some(({ device, adapter }) => device.instance === instance && adapter === link.adapter)) this.links.delete(instance);
    }
    for (const { device, adapter } of found) {
      if (this.links.has(device.instance)) continue;
      const state = (links[device.instance] ??= newLink());
      const { profile, now, hostName } = this.host;
      this.links.set(device.instance, new NetworkLink(adapter, state, { hostName: hostName(), isWindows: profile.linux === undefined, now }));
    }
    for (const link of this.links.values()) link.poll();
  }

  /** When `poll` must be called again, or null. */
  nextDue(): number | null {
    const times = [...this.links.values()].map((link) => link.nextDue()).filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  }

  connections(): readonly Connection[] {
    return this.adapters().map(({ device, adapter }) => this.connection(device, adapter));
  }

  private connection(device: DeviceState, adapter: NetworkInterface): Connection {
    const { state } = this.host;
    const { config } = this.links.get(device.instance)?.station ?? { config: null };
    const dhcp = state.links[device.instance]?.dhcp;
    const isBound = dhcp?.phase === 'bound' || dhcp?.phase === 'renewing';
    const text = (address: number | null | undefined): string | null => (address === null || address === undefined ? null : ipv4Text(address));
    return {
      name: connectionName(state, device.instance, device.interfaceName),
      interfaceName: device.interfaceName,
      device: device.name,
      macAddress: macText(adapter.mac),
      linkUp: adapter.linkUp,
      speedMbps: adapter.speedMbps,
      dhcp: isBound ? 'bound' : dhcp?.phase === 'failed' ? 'failed' : dhcp === undefined || dhcp.phase === 'off' ? 'off' : 'searching',
      address: text(config?.address),
      mask: text(config?.mask),
      gateway: text(config?.gateway),
      dnsServers: isBound ? dhcp.dns.map(ipv4Text) : [],
      dhcpServer: isBound ? text(dhcp.server) : null,
      sent: adapter.sent,
      received: adapter.received,
      domain: isBound ? dhcp.domain : '',
      lease: isBound ? { obtained: dhcp.obtained, expires: dhcp.expires } : null,
    };
  }

  /** Only addresses: no resolver is part of these systems. */
  resolve(host: string): string | null {
    return parseIpv4(host) === null ? null : host;
  }

  /** The first adapter that leads to the address sends. */
  echo(address: string, bytes: number): boolean {
    const target = parseIpv4(address);
    if (target === null) return false;
    this.host.state.echoLink = '';
    for (const [instance, link] of this.links) {
      if (!link.station.config || !link.echo(target, bytes)) continue;
      this.host.state.echoLink = instance;
      return true;
    }
    return false;
  }

  echoOutcome(): EchoOutcome | null {
    return this.host.state.links[this.host.state.echoLink]?.echo.outcome ?? null;
  }

  release(): void {
    for (const link of this.links.values()) link.dhcp.release();
  }

  renew(): void {
    for (const link of this.links.values()) if (link.adapter.linkUp) link.dhcp.start();
  }
}
