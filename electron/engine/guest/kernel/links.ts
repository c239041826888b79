import { maskOf, prefixOf, type Ipv4Address } from '../../base/net/address';
import type { NetworkStack } from './net/network-stack';
import { vlanKey } from './net/vlans';

/** What became of an order about interfaces; the kernel's errors are those of linux include/uapi/asm-generic/errno-base.h. */
export type LinkAnswer = 'ok' | 'noDevice' | 'exists' | 'unsupported' | 'noAddress';

/** Interfaces as a person's commands change them, by the names that commands use. */
export interface GuestLinks {
  /** A VLAN interface over an adapter. */
  addVlan(parent: string, name: string, id: number): LinkAnswer;
  /** Only what was made can be taken away. */
  remove(name: string): LinkAnswer;
  setUp(name: string, isUp: boolean): LinkAnswer;
  /** An interface has one address. */
  addAddress(name: string, address: Ipv4Address, prefix: number): LinkAnswer;
  removeAddress(name: string, address: Ipv4Address, prefix: number): LinkAnswer;
}

/** What the links need of the kernel's network. */
export interface LinksHost {
  readonly stack: NetworkStack;
  /** The name under which the stack knows an adapter. */
  adapter(name: string): string | null;
  /** Interfaces have come or gone. */
  changed(): void;
}

export class NetworkLinks implements GuestLinks {
  constructor(private readonly host: LinksHost) {}

  addVlan(parent: string, name: string, id: number): LinkAnswer {
    const { stack, adapter, changed } = this.host;
    const below = adapter(parent);
    if (below === null) return 'noDevice';
    if (adapter(name) !== null || !stack.vlans.add(below, name, id)) return 'exists';
    changed();
    return 'ok';
  }

  remove(name: string): LinkAnswer {
    const { stack, adapter, changed } = this.host;
    const vlan = stack.vlans.find(name);
    if (!vlan) return adapter(name) === null ? 'noDevice' : 'unsupported';
    stack.vlans.remove(vlan);
    changed();
    return 'ok';
  }

  /** An adapter is up as long as its driver works. */
  setUp(name: string, isUp: boolean): LinkAnswer {
    const { stack, adapter } = this.host;
    const vlan = stack.vlans.find(name);
    if (vlan) stack.vlans.setUp(vlan, isUp);
    else if (adapter(name) === null) return 'noDevice';
    else if (!isUp) return 'unsupported';
    return 'ok';
  }

  private key(name: string): string | null {
    const vlan = this.host.stack.vlans.find(name);
    return vlan ? vlanKey(vlan) : this.host.adapter(name);
  }

  addAddress(name: string, address: Ipv4Address, prefix: number): LinkAnswer {
    const key = this.key(name);
    if (key === null) return 'noDevice';
    const config = this.host.stack.config(key);
    if (config) return config.address === address && prefixOf(config.mask) === prefix ? 'exists' : 'unsupported';
    this.host.stack.useStatic(key, { address, mask: maskOf(prefix), gateway: null, dns: [] });
    return 'ok';
  }

  removeAddress(name: string, address: Ipv4Address, prefix: number): LinkAnswer {
    const key = this.key(name);
    if (key === null) return 'noDevice';
    const config = this.host.stack.config(key);
    if (config?.address !== address || prefixOf(config.mask) !== prefix) return 'noAddress';
    this.host.stack.useNone(key);
    return 'ok';
  }
}
