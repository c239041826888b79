/** Why a switch did not hand a frame on. The numbers are operand c of `FrameDropped` in the trace: add at the end. */
export const DropReason = {
  /** The sending or receiving port has no link. */
  LinkDown: 1,
  /** Shorter than an Ethernet header. */
  Runt: 2,
  /** Longer than the switch's largest frame. */
  TooLong: 3,
  /** The source address is a group address, which no station can have. */
  BadSource: 4,
  /** The source is not the port's own address, and MAC address spoofing is off. */
  SpoofedSource: 5,
  /** The source address is pinned to another port of the switch (VMSMP event 28). */
  AddressConflict: 6,
  /** The frame carries a VLAN tag, and the port is untagged or in access mode. */
  TaggedFrame: 7,
  /** The VLAN is not among those of a trunk. */
  VlanNotAllowed: 8,
  /** No other port of the VLAN wants the frame. */
  NoReceiver: 9,
  /** The destination is behind the port from which the frame came. */
  SamePort: 10,
  /** The sender's queue at the destination port is full. */
  QueueFull: 11,
  /** A DHCP server's message, and DHCP guard is on. */
  DhcpGuard: 12,
  /** A router advertisement or redirection, and router guard is on. */
  RouterGuard: 13,
  /** Nothing is attached to the destination port at the time of delivery. */
  Detached: 14,
  /** The adapter sends more than its maximum bandwidth, and as much as may wait waits already. */
  BandwidthLimit: 15,
} as const;

export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Dropped frames by reason. */
export type DropCounts = { [reason: number]: number };

/** Adds one to a count. */
export function countDrop(counts: DropCounts, reason: DropReason): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}

/** Counts by the reasons' names, for people. */
export function dropNames(counts: DropCounts): Record<string, number> {
  const named = Object.entries(DropReason).map(([name, reason]) => [name, counts[reason] ?? 0] as const);
  return Object.fromEntries(named.filter(([, count]) => count > 0));
}
