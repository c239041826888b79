import type { InspectNode } from '../../base/unit';
import type { DeviceState } from './device';

/** The guest's network adapters with what their drivers count: frames sent, received, and lost inside of the driver. */
export function inspectAdapters(devices: readonly DeviceState[]): InspectNode {
  return devices.flatMap(({ instance, driver }) => {
    if (driver.kind === 'netvsc') {
      const { sent, received, dropped, refused, malformed, waiting } = driver;
      return [{ instance, sent, received, lost: dropped + refused + malformed, waiting: waiting.length }];
    }
    if (driver.kind !== 'dc21x4') return [];
    const { sent, received, sendErrors, receiveErrors } = driver;
    return [{ instance, sent, received, lost: sendErrors + receiveErrors, waiting: 0 }];
  });
}
