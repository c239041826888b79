import type { KvpPools } from '../vsc/ic/services';
import type { OsProfile } from '../os/profile';
import type { KernelState } from './kernel-state';
import type { Connection } from './network-view';

/**
 * The intrinsic items that a guest reports to its host by data exchange: names as in the WMI class
 * Msvm_KvpExchangeComponent, GuestIntrinsicExchangeItems.
 */
export function intrinsicItems(
  profile: OsProfile,
  computerName: string,
  connections: readonly Connection[],
): readonly (readonly [string, string])[] {
  const [version = ''] = /\d+\.\d+(\.\d+)?/.exec(profile.linux ? profile.versionText : profile.buildText) ?? [];
  const [major = '', minor = '', build = ''] = version.split('.');
  const addresses = connections.flatMap(({ address }) => address ?? []);
  return [
    ['FullyQualifiedDomainName', computerName],
    ['IntegrationServicesVersion', profile.linux ? '' : version],
    ['NetworkAddressIPv4', addresses.join(';')],
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
