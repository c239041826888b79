import { Layout, u16, u8 } from './layout';
import { NvspVersion } from './nvsp';
import { LargeSend, OffloadKind, type Offloads } from './offload';

/** struct ndis_offload_params: one byte a kind, 0 leaves it as it is. */
export const OFFLOAD_PARAMETERS = new Layout<{
  objectType: number;
  revision: number;
  size: number;
  ip4: number;
  tcp4: number;
  udp4: number;
  tcp6: number;
  udp6: number;
  largeSend1: number;
  largeSend4: number;
  largeSend6: number;
}>(20, {
  objectType: u8(0),
  revision: u8(1),
  size: u16(2),
  ip4: u8(4),
  tcp4: u8(5),
  udp4: u8(6),
  tcp6: u8(7),
  udp6: u8(8),
  largeSend1: u8(9),
  largeSend4: u8(11),
  largeSend6: u8(12),
});

const OBJECT_DEFAULT = 0x80;
const REVISION = 3;
/** Values for checksums; those for large sends are the first three. */
const Wish = { NoChange: 0, Off: 1, Send: 2, Receive: 3, Both: 4 } as const;
const ENABLED = 2;
const SIZE = 28;
const OLD_SIZE = 22; // VERSION_4_OFFLOAD_SIZE

/** The request of a driver that wants `wanted` and nothing else of what the adapter can do. */
export function encodeOffloadParameters(wanted: Offloads, version: number): Uint8Array {
  const { Ip4, Tcp4, Udp4, Tcp6, Udp6 } = OffloadKind;
  const { send, receive, largeSend } = wanted;
  const wish = (bit: number): number => Wish.Off + ((send & bit) !== 0 ? 1 : 0) + ((receive & bit) !== 0 ? 2 : 0);
  const large = (bit: number): number => ((largeSend & bit) !== 0 ? ENABLED : Wish.Off);
  const isOld = version <= NvspVersion.V4;
  const bytes = new Uint8Array(isOld ? OLD_SIZE : SIZE);
  OFFLOAD_PARAMETERS.write(bytes, 0, {
    objectType: OBJECT_DEFAULT,
    revision: REVISION,
    size: bytes.length,
    ip4: wish(Ip4),
    tcp4: wish(Tcp4),
    udp4: isOld ? Wish.NoChange : wish(Udp4),
    tcp6: wish(Tcp6),
    udp6: isOld ? Wish.NoChange : wish(Udp6),
    largeSend1: Wish.NoChange,
    largeSend4: large(LargeSend.V4),
    largeSend6: large(LargeSend.V6),
  });
  return bytes;
}

/**
 * What a request makes of what is in force; never more than `supported`. 'unsupported' when it wants large send of version 1, null when it does
 * not hold together.
 */
export function applyOffloadParameters(
  info: Uint8Array,
  current: Offloads,
  supported: Offloads,
): Offloads | 'unsupported' | null {
  const fields = OFFLOAD_PARAMETERS.decode(info);
  if (fields?.objectType !== OBJECT_DEFAULT) return null;
  if (fields.largeSend1 === ENABLED) return 'unsupported';
  const { Ip4, Tcp4, Udp4, Tcp6, Udp6 } = OffloadKind;
  const { ip4, tcp4, udp4, tcp6, udp6 } = fields;
  const wishes = [
    [Ip4, ip4],
    [Tcp4, tcp4],
    [Udp4, udp4],
    [Tcp6, tcp6],
    [Udp6, udp6],
  ] as const;
  const large = [
    [LargeSend.V4, fields.largeSend4],
    [LargeSend.V6, fields.largeSend6],
  ] as const;
  const { Send, Receive, Both } = Wish;
  return {
    send: changed(current.send, wishes, [Send, Both]) & supported.send,
    receive: changed(current.receive, wishes, [Receive, Both]) & supported.receive,
    largeSend: changed(current.largeSend, large, [ENABLED]) & supported.largeSend,
  };
}

/** `bits` after wishes, each a bit and a value; those in `on` switch their bit on, 0 leaves it, others switch it off. */
function changed(bits: number, wishes: readonly (readonly [number, number])[], on: readonly number[]): number {
  let result = bits;
  for (const [bit, wish] of wishes) {
    if (on.includes(wish)) result |= bit;
    else if (wish !== Wish.NoChange) result &= ~bit;
  }
  return result;
}
