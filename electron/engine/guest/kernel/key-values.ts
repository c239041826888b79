import { ipv4Text, type Ipv4Address } from '../../base/net/address';
import type { KvpPools } from '../vsc/ic/services';
import type { OsProfile } from '../os/profile';
import type { KernelState } from './kernel-state';

type Items = readonly (readonly [string, string])[];

/**
 * The intrinsic items that a guest reports to its host by data exchange: names as in the WMI class
 * Msvm_KvpExchangeComponent, GuestIntrinsicExchangeItems. The host asks for each by its index, again and again, so the list is
 * kept and made anew only when something that it says has changed.
 */
export class IntrinsicItems {
  private made: {
    readonly computerName: string;
    readonly addresses: readonly Ipv4Address[];
    readonly items: Items;
  } | null = null; // follows from what it is asked with: not state

  constructor(private readonly profile: OsProfile) {}

  /** The list for a computer of this name with these addresses. */
  of(computerName: string, addresses: readonly Ipv4Address[]): Items {
    const { made } = this;
    const isSame =
      made?.computerName === computerName &&
      made.addresses.length === addresses.length &&
      addresses.every((address, i) => made.addresses[i] === address);
    if (isSame) return made.items;
    const items = itemsOf(this.profile, computerName, addresses);
    this.made = { computerName, addresses, items };
    return items;
  }
}

function itemsOf(profile: OsProfile, computerName: string, addresses: readonly Ipv4Address[]): Items {
  const [version = ''] = /\d+\.\d+(\.\d+)?/.exec(profile.linux ? profile.versionText : profile.buildText) ?? [];
  const [major = '', minor = '', build = ''] = version.split('.');
  return [
    ['FullyQualifiedDomainName', computerName],
    ['IntegrationServicesVersion', profile.linux ? '' : version],
    ['NetworkAddressIPv4', addresses.map(ipv4Text).join(';')],
    ['NetworkAddressIPv6', ''],
    ['OSName', profile.product],
    ['OSMajorVersion', major],
    ['OSMinorVersion', minor],
    ['OSBuildNumber', profile.linux ? profile.versionText : build],
    ['OSVersion', profile.linux ? profile.versionText : version],
    ['ProcessorArchitecture', profile.architecture === 'x64' ? '9' : '0'],
  ];
}

/** Keys and values are lines of a text on the disk. */
const FITS = /^[^=\r\n[\]]+$/;
const MOST_ITEMS = 512;

/**
 * The pools that host and guest exchange, kept in the registry (`Virtual Machine\\External`, `Guest\\Parameters` ...; Linux:
 * `/var/lib/hyperv/.kvp_pool_<n>`). Before the registry is read nothing can be kept.
 */
export function exchangedItems(state: KernelState): KvpPools {
  const section = (pool: number): string => `exchange ${pool}`;
  return {
    list: (pool) => Object.entries(state.registry[section(pool)] ?? {}),
    set: (pool, key, value) => {
      const items = (state.registry[section(pool)] ??= {});
      const isFull = !Object.hasOwn(items, key) && Object.keys(items).length >= MOST_ITEMS;
      if (state.stage !== 'running' || isFull || !FITS.test(key) || /[\r\n]/.test(value)) return false;
      state.unsaved ||= items[key] !== value;
      items[key] = value;
      return true;
    },
    remove: (pool, key) => {
      const items = state.registry[section(pool)];
      if (!items || !Object.hasOwn(items, key)) return false;
      delete items[key];
      state.unsaved = true;
      return true;
    },
  };
}
