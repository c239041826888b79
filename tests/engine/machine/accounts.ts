import type { InspectNode } from '@engine/base/unit';
import { frameAccounts } from '../parent/one-nic';
import type { BusyLan } from './busy-lan';

/** A number in an inspect tree, by its path. Throws where there is none: a test must not compare nothing. */
export function numberAt(node: InspectNode | undefined, ...path: readonly string[]): number {
  let here: unknown = node;
  for (const name of path) here = here !== null && typeof here === 'object' ? Reflect.get(here, name) : undefined;
  if (typeof here !== 'number') throw new Error(`no number at ${path.join('/')}`);
  return here;
}

/** Frames of one machine at each place that counts them on its own. */
export interface MachineAccount {
  /** What the guest's driver says. */
  readonly driver: { readonly sent: number; readonly received: number; readonly lost: number };
  /** What the device or provider says: taken from the guest, given to it, lost on the way to it. */
  readonly device: { readonly sent: number; readonly received: number; readonly lost: number };
  readonly port: { readonly sent: number; readonly received: number; readonly refused: number };
}

/** What the guest's own driver counts: a guest with one adapter. */
function driver(lan: BusyLan, n: number): MachineAccount['driver'] {
  const path = ['kernel', 'adapters', '0'];
  const count = (counter: string): number => numberAt(lan.machine(n).inspect()['guest'], ...path, counter);
  return { sent: count('sent'), received: count('received'), lost: count('lost') };
}

function device(lan: BusyLan, n: number): MachineAccount['device'] {
  const inspected = lan.machine(n).inspect();
  const isLegacy = lan.kinds[n]?.adapter === 'legacy';
  const name = Object.keys(inspected).find((key) => key.startsWith(isLegacy ? 'legacy' : 'netvsp')) ?? '';
  const count = (counter: string): number => numberAt(inspected[name], 'counters', counter);
  if (isLegacy) return { sent: count('sent'), received: count('received'), lost: count('missed') + count('refused') };
  const lost = ['filtered', 'noBuffer', 'notReady', 'oversize'].reduce((sum, counter) => sum + count(counter), 0);
  return { sent: count('framesFromGuest'), received: count('framesToGuest'), lost };
}

/** Every count of machine `n`. */
export function machineAccount(lan: BusyLan, n: number): MachineAccount {
  const port = lan.ports[n]?.counters;
  const refused = Object.values(port?.droppedSending ?? {}).reduce((a, b) => a + b, 0);
  return {
    driver: driver(lan, n),
    device: device(lan, n),
    port: { sent: port?.sentFrames ?? 0, received: port?.receivedFrames ?? 0, refused },
  };
}

/** Frames of both switches and of the card between them. */
export function lineAccounts(lan: BusyLan) {
  const { sentFrames, receivedFrames } = lan.host.nic.save();
  return {
    inside: frameAccounts(lan.virtualSwitch),
    wire: frameAccounts(lan.host.lan.wire),
    card: { sent: sentFrames, received: receivedFrames },
    uplink: { ...lan.virtualSwitch.uplink?.counters },
  };
}
