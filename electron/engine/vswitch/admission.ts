import { isGroup, macKey } from '../base/mac';
import { ETHERNET_HEADER, VLAN_TAG } from '../base/net/ethernet';
import { DropReason } from './drop-reason';
import { guardReason } from './guards';
import type { PortIndex } from './port-index';
import type { SwitchPort } from './switch-port';
import { classify, type ClassifiedFrame } from './vlan';

/** The rules that a frame meets when it enters: its classified copy, or the reason why the switch refuses it. */
export function admit(
  index: PortIndex,
  port: SwitchPort,
  bytes: Uint8Array,
  maximumFrame: number,
): ClassifiedFrame | DropReason {
  if (!port.linkUp) return DropReason.LinkDown;
  if (bytes.length < ETHERNET_HEADER) return DropReason.Runt;
  if (bytes.length > maximumFrame + VLAN_TAG) return DropReason.TooLong;
  const source = sourceReason(index, port, bytes);
  if (source !== null) return source;
  const classified = classify(port.settings, bytes);
  if (typeof classified === 'number') return classified;
  if (classified.frame.length > maximumFrame) return DropReason.TooLong;
  return guardReason(port.settings, classified.frame) ?? classified;
}

/** What is wrong with the source address. Behind an external port stands a whole network: any station may speak there. */
function sourceReason(index: PortIndex, port: SwitchPort, bytes: Uint8Array): DropReason | null {
  if (isGroup(bytes, 6)) return DropReason.BadSource;
  if (port.kind === 'external') return null;
  if (!port.isLearning && macKey(bytes, 6) !== macKey(port.settings.mac)) return DropReason.SpoofedSource;
  return isPinnedElsewhere(index, port, bytes) ? DropReason.AddressConflict : null;
}

/** True when the source address belongs to another port, so that it must not be learned on this one. */
export function isPinnedElsewhere(index: PortIndex, port: SwitchPort, frame: Uint8Array): boolean {
  const owner = index.pinnedTo(frame, 6);
  return owner !== null && owner !== port;
}
