import { IPV4_HEADER, IPV4_MAXIMUM, isFragment, type Ipv4Packet } from './ipv4';

/**
 * Cuts a datagram into packets whose whole length is at most `mtu` bytes (RFC 791, section 3.2). One packet when it fits;
 * none when it does not fit and must not be cut. Options go into every piece.
 */
export function fragmentIpv4(packet: Ipv4Packet, mtu: number): Ipv4Packet[] {
  const headerLength = IPV4_HEADER + ((packet.options.length + 3) & ~3);
  if (headerLength + packet.payload.length <= mtu) return [packet];
  const room = Math.floor((mtu - headerLength) / 8) * 8;
  if (packet.dontFragment || room <= 0) return [];
  const pieces: Ipv4Packet[] = [];
  for (let at = 0; at < packet.payload.length; at += room) {
    const payload = packet.payload.subarray(at, at + room);
    const isLast = at + room >= packet.payload.length;
    const moreFragments = !isLast || packet.moreFragments;
    pieces.push({ ...packet, payload, moreFragments, fragmentOffset: packet.fragmentOffset + at });
  }
  return pieces;
}

/** Datagrams being put together: plain state, held by whoever reassembles. */
export interface ReassemblyState {
  datagrams: PartialDatagram[];
}

/** One datagram of which pieces have come. */
export interface PartialDatagram {
  /** Source, destination, protocol, identification: what the pieces have in common. */
  key: string;
  /** When the first piece came, in nanoseconds. */
  since: number;
  /** Length of the whole payload, or null until the last piece has come. */
  total: number | null;
  first: Ipv4Packet | null;
  pieces: { at: number; payload: Uint8Array }[];
}

/** A partial datagram is given up after this time (RFC 1122, 3.3.2, asks for 60 to 120 s; Windows and Linux use 30 to 60). */
export const REASSEMBLY_TIMEOUT = 60_000_000_000;

/** Partial datagrams kept at a time; the oldest goes first. */
export const REASSEMBLY_DATAGRAMS = 16;

/** The smallest useful pieces have 8 bytes, but nobody needs more of them than this for one datagram. */
const MAXIMUM_PIECES = 256;

export function emptyReassembly(): ReassemblyState {
  return { datagrams: [] };
}

/**
 * Takes a packet and returns the whole datagram when it is complete, otherwise null. Pieces that overlap others or reach
 * beyond the largest datagram make the whole datagram go (RFC 5722's rule, applied to IPv4).
 */
export function reassemble(state: ReassemblyState, packet: Ipv4Packet, now: number): Ipv4Packet | null {
  if (!isFragment(packet)) return packet;
  state.datagrams = state.datagrams.filter((partial) => now - partial.since < REASSEMBLY_TIMEOUT);
  const key = [packet.source, packet.destination, packet.protocol, packet.identification].join('/');
  const partial = state.datagrams.find((one) => one.key === key) ?? begin(state, key, now);
  if (isRepeated(partial, packet)) return null;
  if (!isAcceptable(partial, packet)) {
    forget(state, partial);
    return null;
  }
  keep(partial, packet);
  const whole = complete(partial);
  if (whole) forget(state, partial);
  return whole;
}

function begin(state: ReassemblyState, key: string, now: number): PartialDatagram {
  const partial: PartialDatagram = { key, since: now, total: null, first: null, pieces: [] };
  state.datagrams.push(partial);
  if (state.datagrams.length > REASSEMBLY_DATAGRAMS) state.datagrams.shift();
  return partial;
}

function forget(state: ReassemblyState, partial: PartialDatagram): void {
  state.datagrams = state.datagrams.filter((one) => one !== partial);
}

function isRepeated(partial: PartialDatagram, packet: Ipv4Packet): boolean {
  const { fragmentOffset, payload } = packet;
  return partial.pieces.some((piece) => piece.at === fragmentOffset && piece.payload.length === payload.length);
}

function isAcceptable(partial: PartialDatagram, packet: Ipv4Packet): boolean {
  const start = packet.fragmentOffset;
  const end = start + packet.payload.length;
  if (end > IPV4_MAXIMUM - IPV4_HEADER || end === start || partial.pieces.length >= MAXIMUM_PIECES) return false;
  if (packet.moreFragments && packet.payload.length % 8 !== 0) return false;
  if (partial.total !== null && (end > partial.total || !packet.moreFragments)) return false;
  if (!packet.moreFragments && partial.pieces.some((piece) => piece.at + piece.payload.length > end)) return false;
  return partial.pieces.every((piece) => end <= piece.at || start >= piece.at + piece.payload.length);
}

function keep(partial: PartialDatagram, packet: Ipv4Packet): void {
  partial.pieces.push({ at: packet.fragmentOffset, payload: packet.payload.slice() });
  if (packet.fragmentOffset === 0) partial.first = { ...packet, options: packet.options.slice(), payload: EMPTY };
  if (!packet.moreFragments) partial.total = packet.fragmentOffset + packet.payload.length;
}

const EMPTY = new Uint8Array(0);

function complete(partial: PartialDatagram): Ipv4Packet | null {
  const { total, first, pieces } = partial;
  const have = pieces.reduce((sum, piece) => sum + piece.payload.length, 0);
  if (total === null || first === null || have !== total) return null;
  const payload = new Uint8Array(total);
  for (const piece of pieces) payload.set(piece.payload, piece.at);
  return { ...first, moreFragments: false, payload };
}
