import { IpProtocol } from './ipv4';
import { toeplitz } from './toeplitz';
import { addressesOf, transportOf, type TransportPlace } from './transport';

/** Which packets are hashed, and over what. linux drivers/net/hyperv/hyperv_net.h, NDIS_HASH_*. */
export const HashType = {
  Ipv4: 0x100,
  TcpIpv4: 0x200,
  Ipv6: 0x400,
  TcpIpv6: 0x1000,
} as const;

const PORTS = 4;

/**
 * The hash of the flow that a frame belongs to, or null when its kind is not hashed: over addresses and ports for TCP, over the addresses
 * for other IP packets and fragments, as far as `types` asks for that. Microsoft, "RSS Hashing Types".
 */
export function flowHash(frame: Uint8Array, key: Uint8Array, types: number): number | null {
  const place = transportOf(frame);
  if (!place) return null;
  const input = hashed(frame, place, types);
  return input && toeplitz(key, input);
}

function hashed(frame: Uint8Array, place: TransportPlace, types: number): Uint8Array | null {
  const [plain, tcp] = place.version === 4 ? [HashType.Ipv4, HashType.TcpIpv4] : [HashType.Ipv6, HashType.TcpIpv6];
  const addresses = addressesOf(frame, place);
  const hasPorts = place.protocol === IpProtocol.Tcp && !place.isFragment && place.transport + PORTS <= place.end;
  if (hasPorts && (types & tcp) !== 0) {
    const input = new Uint8Array(addresses.length + PORTS);
    input.set(addresses);
    input.set(frame.subarray(place.transport, place.transport + PORTS), addresses.length);
    return input;
  }
  return (types & plain) !== 0 ? addresses : null;
}
