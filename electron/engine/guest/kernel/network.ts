import { macText } from '../../base/mac';
import type { NetworkInterface } from '../drivers/network-interface';
import { connectionName } from './connections';
import type { DeviceState } from './device';
import type { KernelState } from './kernel-state';
import type { PnpManager } from './pnp';
import type { Connection, EchoOutcome, GuestNetwork } from './network-view';

/** The adapters that the kernel has drivers for, as connections. */
export class KernelNetwork implements GuestNetwork {
  constructor(
    private readonly state: KernelState,
    private readonly pnp: () => PnpManager,
  ) {}

  private adapters(): { device: DeviceState; adapter: NetworkInterface }[] {
    const pnp = this.pnp();
    return pnp.devices.flatMap((device) => {
      const adapter = pnp.driver(device)?.network?.() ?? null;
      return adapter ? [{ device, adapter }] : [];
    });
  }

  connections(): readonly Connection[] {
    const { state } = this;
    return this.adapters().map(({ device, adapter }) => ({
      name: connectionName(state, device.instance, device.interfaceName),
      interfaceName: device.interfaceName,
      device: device.name,
      macAddress: macText(adapter.mac),
      linkUp: adapter.linkUp,
      speedMbps: adapter.speedMbps,
      dhcp: 'off',
      address: null,
      mask: null,
      gateway: null,
      dnsServers: [],
      dhcpServer: null,
      sent: adapter.sent,
      received: adapter.received,
      domain: '',
      lease: null,
    }));
  }

  resolve(host: string): string | null {
    return host;
  }

  echo(): boolean {
    return false;
  }

  echoOutcome(): EchoOutcome | null {
    return null;
  }

  release(): void {
    // follows with the protocol stack
  }

  renew(): void {
    // follows with the protocol stack
  }
}
