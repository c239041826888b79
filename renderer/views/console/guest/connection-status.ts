import type { GuestConnection } from '@shared/model/guest-view';
import { GUEST } from './guest-words';

/** What the guest's network folder writes under a connection. */
export function connectionStatus({ linkUp, dhcp }: GuestConnection): string {
  if (!linkUp) return 'Network cable unplugged';
  switch (dhcp) {
    case 'searching':
      return 'Acquiring network address';
    case 'failed':
      return 'Limited or no connectivity';
    case 'bound':
    case 'static':
    case 'off':
      return 'Connected';
  }
}

/** How the connection came to its address. */
export function addressType({ dhcp }: GuestConnection): string {
  switch (dhcp) {
    case 'bound':
      return GUEST.assignedByDhcp;
    case 'failed':
      return GUEST.automaticPrivate;
    case 'static':
      return GUEST.manual;
    case 'searching':
    case 'off':
      return '';
  }
}

/** Speed as the guest writes it: `100.0 Mbps`, `10.0 Gbps`. */
export function speedText(mbps: number): string {
  return mbps >= 1000 ? `${(mbps / 1000).toFixed(1)} Gbps` : `${mbps.toFixed(1)} Mbps`;
}
