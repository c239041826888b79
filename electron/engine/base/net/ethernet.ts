import { readBe16, writeBe16 } from '../bytes';
import type { MacAddress } from '../mac';

/** Destination, source, type: the header of an Ethernet II frame. */
export const ETHERNET_HEADER = 14;

/** Bytes of an IEEE 802.1Q tag: TPID 0x8100 and the tag control information. */
export const VLAN_TAG = 4;

/** Shortest frame on a wire, without FCS; shorter ones are padded by the sender (IEEE 802.3, 4A.2.3.2.4). */
export const MINIMUM_FRAME = 60;

/** Longest untagged frame with the standard MTU of 1500, without FCS. */
export const MAXIMUM_FRAME = 1514;

/** Bytes of time that a frame needs on the wire beside its own: preamble 8, FCS 4, inter-packet gap 12. */
export const WIRE_OVERHEAD = 24;

/** EtherType values (IANA, "IEEE 802 Numbers"). */
export const EtherType = { Ipv4: 0x0800, Arp: 0x0806, Vlan: 0x8100, Ipv6: 0x86dd } as const;

/** Tag control information of IEEE 802.1Q: priority 0-7, drop eligible, VLAN id 0-4095 (0: priority only). */
export interface VlanTag {
  readonly priority: number;
  readonly dropEligible: boolean;
  readonly id: number;
}

/** One frame taken apart. `type` below 0x0600 is a length (IEEE 802.3) and the payload an LLC frame. */
export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly vlan: VlanTag | null;
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Null when the bytes are shorter than the header they announce. Views into `bytes`, not copies. */
export function decodeEthernet(bytes: Uint8Array): EthernetFrame | null {
  if (bytes.length < ETHERNET_HEADER) return null;
  const vlan = vlanTagOf(bytes);
  if (vlan === null && readBe16(bytes, 12) === EtherType.Vlan) return null; // cut off inside the tag
  const at = vlan ? 12 + VLAN_TAG : 12;
  return {
    destination: bytes.subarray(0, 6),
    source: bytes.subarray(6, 12),
    vlan,
    type: readBe16(bytes, at),
    payload: bytes.subarray(at + 2),
  };
}

/** Bytes of a frame, unpadded. */
export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const bytes = new Uint8Array(ETHERNET_HEADER + frame.payload.length);
  bytes.set(frame.destination.subarray(0, 6), 0);
  bytes.set(frame.source.subarray(0, 6), 6);
  writeBe16(bytes, 12, frame.type);
  bytes.set(frame.payload, ETHERNET_HEADER);
  return frame.vlan ? addVlanTag(bytes, frame.vlan) : bytes;
}

/** The 802.1Q tag of a whole frame, or null when it has none. */
export function vlanTagOf(frame: Uint8Array): VlanTag | null {
  if (frame.length < ETHERNET_HEADER + VLAN_TAG || readBe16(frame, 12) !== EtherType.Vlan) return null;
  const control = readBe16(frame, 14);
  return { priority: control >> 13, dropEligible: (control & 0x1000) !== 0, id: control & 0xfff };
}

/** A copy of an untagged frame with the tag between source address and type. */
export function addVlanTag(frame: Uint8Array, tag: VlanTag): Uint8Array {
  const tagged = new Uint8Array(frame.length + VLAN_TAG);
  tagged.set(frame.subarray(0, 12), 0);
  writeBe16(tagged, 12, EtherType.Vlan);
  writeBe16(tagged, 14, ((tag.priority & 7) << 13) | (tag.dropEligible ? 0x1000 : 0) | (tag.id & 0xfff));
  tagged.set(frame.subarray(12), 12 + VLAN_TAG);
  return tagged;
}

/** A copy of a tagged frame without its (outer) tag. */
export function removeVlanTag(frame: Uint8Array): Uint8Array {
  const plain = new Uint8Array(frame.length - VLAN_TAG);
  plain.set(frame.subarray(0, 12), 0);
  plain.set(frame.subarray(12 + VLAN_TAG), 12);
  return plain;
}

/** The frame itself, or a copy padded with zeros to the shortest length that a wire carries. */
export function padFrame(frame: Uint8Array): Uint8Array {
  if (frame.length >= MINIMUM_FRAME) return frame;
  const padded = new Uint8Array(MINIMUM_FRAME);
  padded.set(frame);
  return padded;
}
