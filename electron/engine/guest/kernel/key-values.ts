import type { OsProfile } from '../os/profile';
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
