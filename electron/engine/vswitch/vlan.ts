import { addVlanTag, removeVlanTag, vlanTagOf } from '../base/net/ethernet';
import { DropReason } from './drop-reason';
import type { PortSettings, TrunkVlans } from './port-settings';

/** The highest id that a VLAN can have; 4095 is reserved (IEEE 802.1Q, table 9-2). */
const HIGHEST_VLAN = 4094;

/** A frame as the switch carries it: without tag, copied, with the VLAN it belongs to (0: untagged). */
export interface ClassifiedFrame {
  readonly vlan: number;
  readonly frame: Uint8Array;
}

type VlanSettings = Pick<PortSettings, 'vlan' | 'trunk'>;

/** Finds the VLAN of a frame that enters through a port, or the reason why it may not enter. Always a copy. */
export function classify(settings: VlanSettings, frame: Uint8Array): ClassifiedFrame | DropReason {
  const own = settings.trunk ? settings.trunk.native : (settings.vlan ?? 0);
  const tag = vlanTagOf(frame);
  if (tag === null) return { vlan: own, frame: frame.slice() };
  if (tag.id === 0) return { vlan: own, frame: removeVlanTag(frame) }; // priority only: IEEE priority tags are not kept
  if (!settings.trunk) return DropReason.TaggedFrame;
  if (tag.id > HIGHEST_VLAN || !isAllowed(settings.trunk, tag.id)) return DropReason.VlanNotAllowed;
  return { vlan: tag.id, frame: removeVlanTag(frame) };
}

function isAllowed(trunk: TrunkVlans, vlan: number): boolean {
  return trunk.allowed === 'all' || trunk.allowed.includes(vlan);
}

/** True when frames of `vlan` leave through a port with these settings. */
export function isMember(settings: VlanSettings, vlan: number): boolean {
  const { trunk } = settings;
  if (trunk) return vlan === trunk.native || (vlan !== 0 && isAllowed(trunk, vlan));
  return vlan === (settings.vlan ?? 0);
}

/** The frame as it leaves through the port: tagged when the port is a trunk and the VLAN is not its native one. */
export function egressForm(settings: VlanSettings, { vlan, frame }: ClassifiedFrame): Uint8Array {
  if (!settings.trunk || vlan === settings.trunk.native) return frame;
  return addVlanTag(frame, { priority: 0, dropEligible: false, id: vlan });
}
