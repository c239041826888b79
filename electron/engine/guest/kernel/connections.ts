import type { OsProfile } from '../os/profile';
import type { KernelState } from './kernel-state';

const SECTION = 'Connections'; // device instance = name of its connection

/**
 * Gives every network adapter its connection name. A name belongs to a device instance for ever: an adapter that was removed
 * keeps its name in the registry, and the next one gets a number behind. True when the registry has changed.
 */
export function nameConnections(state: KernelState, profile: OsProfile): boolean {
  const names = (state.registry[SECTION] ??= {});
  let hasChanged = false;
  const cards = state.devices.filter(({ className, status }) => className === 'Net' && status !== 'gone');
  for (const device of cards) {
    if (device.interfaceName === '') device.interfaceName = freeName(cards.map((card) => card.interfaceName));
    if (profile.linux || names[device.instance] !== undefined) continue;
    const count = Object.keys(names).length;
    names[device.instance] = count === 0 ? profile.connectionName : `${profile.connectionName} ${count + 1}`;
    hasChanged = true;
  }
  return hasChanged;
}

/** The first interface name that no adapter has: one keeps its own when another goes. linux net/core/dev.c, dev_alloc_name. */
function freeName(taken: readonly string[]): string {
  let number = 0;
  while (taken.includes(`eth${number}`)) number++;
  return `eth${number}`;
}

/** The connection name of an adapter. */
export function connectionName(state: KernelState, instance: string, interfaceName: string): string {
  return state.registry[SECTION]?.[instance] ?? interfaceName;
}
