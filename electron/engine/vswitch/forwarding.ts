import { isGroup } from '../base/mac';
import type { Nanoseconds } from '../clock/clock';
import { DropReason } from './drop-reason';
import { lookup, type ForwardingTable } from './forwarding-table';
import type { PortIndex } from './port-index';
import type { SwitchPort } from './switch-port';
import { isMember, type ClassifiedFrame } from './vlan';

/** The ports that get a copy of an admitted frame, in the order of their numbers, or the reason why none does. */
export function destinations(
  index: PortIndex,
  table: ForwardingTable,
  from: SwitchPort,
  classified: ClassifiedFrame,
  now: Nanoseconds,
): readonly SwitchPort[] | DropReason {
  const known = knownPort(index, table, classified, now);
  const targets = (known ? [known] : flooded(index, classified)).filter((port) => port !== from);
  const copies = withMirrors(index, from, targets);
  if (copies.length > 0) return copies;
  return known === from ? DropReason.SamePort : DropReason.NoReceiver;
}

/** The one port behind which the destination is known to be, if it has a link. */
function knownPort(
  index: PortIndex,
  table: ForwardingTable,
  { vlan, frame }: ClassifiedFrame,
  now: Nanoseconds,
): SwitchPort | null {
  if (isGroup(frame)) return null;
  const owner = index.pinnedTo(frame, 0);
  if (owner && wants(owner, vlan)) return owner;
  const number = lookup(table, vlan, frame, now);
  const port = number === null ? null : index.numbered(number);
  return port && wants(port, vlan) ? port : null;
}

/** Broadcast and multicast go to all of the VLAN; an unknown station can only be behind a port that learns. */
function flooded(index: PortIndex, { vlan, frame }: ClassifiedFrame): SwitchPort[] {
  const isForAll = isGroup(frame);
  return index.all.filter((port) => (isForAll || port.isLearning) && wants(port, vlan));
}

function wants(port: SwitchPort, vlan: number): boolean {
  return port.linkUp && isMember(port.settings, vlan);
}

/** Adds the ports that watch the sender or one of the receivers. */
function withMirrors(index: PortIndex, from: SwitchPort, targets: readonly SwitchPort[]): readonly SwitchPort[] {
  if (![from, ...targets].some((port) => port.settings.mirror === 'source')) return targets;
  const isMonitor = (port: SwitchPort): boolean => port.settings.mirror === 'destination' && port.linkUp;
  return [...new Set([...targets, ...index.all.filter((port) => isMonitor(port) && port !== from)])];
}
