import { Layout, u16, u32, u8 } from './layout';
import { NvspVersion } from './nvsp';

/** Packets that an adapter computes or verifies checksums of, as bits. */
export const OffloadKind = { Ip4: 1, Tcp4: 2, Udp4: 4, Tcp6: 8, Udp6: 0x10 } as const;
/** IP versions of the large packets that it cuts into segments, as bits. */
export const LargeSend = { V4: 1, V6: 2 } as const;

/** What an adapter does for its guest: `OffloadKind` bits for both directions, `LargeSend` bits. */
export interface Offloads {
  send: number;
  receive: number;
  largeSend: number;
}

export function noOffloads(): Offloads {
  return { send: 0, receive: 0, largeSend: 0 };
}

/**
 * What a host can do, by the version agreed: UDP from 5 on (linux drivers/net/hyperv/rndis_filter.c, rndis_filter_set_offload_params), and
 * nothing with version 1, whose drivers do not ask.
 */
export function offloadsOf(version: number): Offloads {
  if (version < NvspVersion.V2) return noOffloads();
  const { Ip4, Tcp4, Udp4, Tcp6, Udp6 } = OffloadKind;
  const kinds = Ip4 | Tcp4 | Tcp6 | (version >= NvspVersion.V5 ? Udp4 | Udp6 : 0);
  return { send: kinds, receive: kinds, largeSend: LargeSend.V4 | LargeSend.V6 };
}

/** struct ndis_offload, as far as anything is said in it. */
export const NDIS_OFFLOAD = new Layout<{
  objectType: number;
  revision: number;
  size: number;
  ip4SendEncapsulation: number;
  ip4Send: number;
  ip4ReceiveEncapsulation: number;
  ip4Receive: number;
  ip6SendEncapsulation: number;
  ip6Send: number;
  ip6ReceiveEncapsulation: number;
  ip6Receive: number;
  large4Encapsulation: number;
  large4Bytes: number;
  large4Segments: number;
  large6Encapsulation: number;
  large6Bytes: number;
  large6Segments: number;
  large6Options: number;
}>(156, {
  objectType: u8(0),
  revision: u8(1),
  size: u16(2),
  ip4SendEncapsulation: u32(4),
  ip4Send: u32(8),
  ip4ReceiveEncapsulation: u32(12),
  ip4Receive: u32(16),
  ip6SendEncapsulation: u32(20),
  ip6Send: u32(24),
  ip6ReceiveEncapsulation: u32(28),
  ip6Receive: u32(32),
  large4Encapsulation: u32(80),
  large4Bytes: u32(84),
  large4Segments: u32(88),
  large6Encapsulation: u32(92),
  large6Bytes: u32(96),
  large6Segments: u32(100),
  large6Options: u32(104),
});

const OBJECT_OFFLOAD = 0xa7;
const ETHERNET = 2; // NDIS_OFFLOAD_ENCAP_8023
/** The object ends earlier for older drivers: NDIS_OFFLOAD_SIZE, _6_1 and _6_0. */
const SIZES: readonly (readonly [version: number, revision: number, size: number])[] = [
  [NvspVersion.V5, 3, 156],
  [NvspVersion.V4, 2, 144],
  [0, 1, 112],
];
/** Bits of the checksum words. */
const Checks = { Options: 0x5, Tcp: 0x10, Udp: 0x40, Ip4: 0x100 } as const;
/** Bytes of the largest packet that is cut into segments (microsoft/openvmm, rndisprot.rs), and the fewest segments worth it. */
export const LARGEST_SEND = 0xf53c;
const FEWEST_SEGMENTS = 2;

function checks(kinds: number, tcp: number, udp: number): number {
  const isTcp = (kinds & tcp) !== 0;
  const ip = tcp === OffloadKind.Tcp4 && (kinds & OffloadKind.Ip4) !== 0 ? Checks.Ip4 : 0;
  return (isTcp ? Checks.Tcp | Checks.Options : 0) | ((kinds & udp) !== 0 ? Checks.Udp : 0) | ip;
}

/** The object of TCP_OFFLOAD_HARDWARE_CAPABILITIES and TCP_OFFLOAD_CURRENT_CONFIG. linux include/linux/rndis.h, struct ndis_offload. */
export function encodeOffloads({ send, receive, largeSend }: Offloads, version: number): Uint8Array {
  const { Tcp4, Udp4, Tcp6, Udp6 } = OffloadKind;
  const [, revision, size] = SIZES.find(([first]) => version >= first) ?? [0, 1, 112];
  const words = { ip4Send: checks(send, Tcp4, Udp4), ip4Receive: checks(receive, Tcp4, Udp4) };
  const words6 = { ip6Send: checks(send, Tcp6, Udp6), ip6Receive: checks(receive, Tcp6, Udp6) };
  const large = (bit: number): [number, number, number] =>
    (largeSend & bit) !== 0 ? [ETHERNET, LARGEST_SEND, FEWEST_SEGMENTS] : [0, 0, 0];
  const [large4Encapsulation, large4Bytes, large4Segments] = large(LargeSend.V4);
  const [large6Encapsulation, large6Bytes, large6Segments] = large(LargeSend.V6);
  const fields = {
    objectType: OBJECT_OFFLOAD,
    revision,
    size,
    ...words,
    ...words6,
    ip4SendEncapsulation: words.ip4Send ? ETHERNET : 0,
    ip4ReceiveEncapsulation: words.ip4Receive ? ETHERNET : 0,
    ip6SendEncapsulation: words6.ip6Send ? ETHERNET : 0,
    ip6ReceiveEncapsulation: words6.ip6Receive ? ETHERNET : 0,
    ...{ large4Encapsulation, large4Bytes, large4Segments, large6Encapsulation, large6Bytes, large6Segments },
    large6Options: large6Encapsulation ? Checks.Options : 0,
  };
  return NDIS_OFFLOAD.encode(fields).subarray(0, size);
}

/** What the object says, for a driver; null when it is none. */
export function decodeOffloads(info: Uint8Array): Offloads | null {
  const bytes = new Uint8Array(NDIS_OFFLOAD.size);
  bytes.set(info.subarray(0, bytes.length));
  const fields = NDIS_OFFLOAD.decode(bytes);
  const smallest = SIZES.at(-1)?.[2] ?? 0;
  if (fields?.objectType !== OBJECT_OFFLOAD || fields.size < smallest || fields.size > info.length) return null;
  const { Ip4, Tcp4, Udp4, Tcp6, Udp6 } = OffloadKind;
  const kinds = (word4: number, word6: number): number =>
    ((word4 & Checks.Ip4) !== 0 ? Ip4 : 0) |
    ((word4 & Checks.Tcp) !== 0 ? Tcp4 : 0) |
    ((word4 & Checks.Udp) !== 0 ? Udp4 : 0) |
    ((word6 & Checks.Tcp) !== 0 ? Tcp6 : 0) |
    ((word6 & Checks.Udp) !== 0 ? Udp6 : 0);
  const isLarge = (encapsulation: number, bit: number): number => ((encapsulation & ETHERNET) !== 0 ? bit : 0);
  return {
    send: kinds(fields.ip4Send, fields.ip6Send),
    receive: kinds(fields.ip4Receive, fields.ip6Receive),
    largeSend: isLarge(fields.large4Encapsulation, LargeSend.V4) | isLarge(fields.large6Encapsulation, LargeSend.V6),
  };
}
