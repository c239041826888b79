import { isStationAddress, parseIpv4, prefixOf, type Ipv4Address } from '../../base/net/address';
import { IcStatus } from '../../vmbus/protocol/ic';
import type { AddressSettings } from '../../vmbus/protocol/kvp-address';
import type { AddressBook } from '../vsc/ic/address-service';
import type { StaticAddress } from './net/guest-interface';
import type { KernelNetwork } from './network';

/**
 * Addresses that the host sets for this guest's interfaces: applied as a person's own settings would be. IP version 4, one address an
 * interface. An order that makes no sense changes nothing.
 */
export function addressBook(network: () => KernelNetwork): AddressBook {
  return {
    set: (adapter, settings) => {
      const address = settings.dhcp ? null : staticAddress(settings);
      if (!settings.dhcp && !address) return IcStatus.InvalidArgument;
      return network().setAddress(adapter, address) ? IcStatus.Ok : IcStatus.GuidNotFound;
    },
    get: (mac) => {
      const one = network()
        .connections()
        .find(({ macAddress }) => macAddress.replaceAll('-', ':').toUpperCase() === mac);
      if (!one) return null;
      const list = (text: string | null): string[] => (text === null ? [] : [text]);
      const lists = { addresses: list(one.address), masks: list(one.mask), gateways: list(one.gateway) };
      return { dhcp: one.dhcp !== 'static', ...lists, dns: [...one.dnsServers] };
    },
  };
}

function staticAddress({ addresses, masks, gateways, dns }: AddressSettings): StaticAddress | null {
  const parsed = (texts: readonly string[]): Ipv4Address[] | null => {
    const found = texts.map(parseIpv4).filter((each) => each !== null);
    return found.length === texts.length ? found : null;
  };
  const [address] = parsed(addresses) ?? [];
  const [mask] = parsed(masks) ?? [];
  const [servers, routers] = [parsed(dns), parsed(gateways)];
  if (address === undefined || mask === undefined || !servers || !routers) return null;
  if (!isStationAddress(address) || prefixOf(mask) === null) return null;
  return { address, mask, gateway: routers[0] ?? null, dns: servers };
}
