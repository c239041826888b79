import { parseMac } from '@engine/base/mac';
import type { Connection } from '@engine/machine/simulated-host';
import { UNMANAGED } from '@engine/vswitch/bandwidth';
import type { VmRecord } from '@shared/model/inventory';
import type { NetworkAdapter } from '@shared/model/vm-settings';

const MEGABIT = 1_000_000;

/** How each adapter of a record is to be connected. */
export function connectionsOf(vm: VmRecord): Map<string, Connection> {
  return new Map(
    vm.settings.adapters.flatMap((adapter) => {
      const mac = adapter.mac.address === null ? null : parseMac(adapter.mac.address);
      return mac ? [[adapter.id, connectionOf(adapter, mac)] as const] : [];
    }),
  );
}

function connectionOf(
  { kind, switchId, vlan, macSpoofing, dhcpGuard, routerGuard, bandwidth, mirror }: NetworkAdapter,
  mac: Uint8Array,
): Connection {
  const { enabled, minimum, maximum } = bandwidth;
  return {
    kind,
    switchId,
    mac,
    vlan: vlan.enabled ? vlan.id : null,
    allowMacSpoofing: macSpoofing,
    dhcpGuard,
    routerGuard,
    mirror,
    bandwidth: enabled ? { minimum: minimum * MEGABIT, maximum: maximum * MEGABIT } : UNMANAGED,
  };
}
