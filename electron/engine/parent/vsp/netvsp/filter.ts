import { equalBytes } from '../../../base/bytes';
import { BROADCAST_MAC, isGroup, macKey } from '../../../base/mac';
import { PacketFilter } from '../../../vmbus/protocol/oid';
import type { NetvspState } from './state';

/** True when the guest's packet filter wants a frame to this destination. NDIS, OID_GEN_CURRENT_PACKET_FILTER. */
export function isWanted(frame: Uint8Array, { packetFilter, multicast, mac }: NetvspState): boolean {
  if ((packetFilter & PacketFilter.Promiscuous) !== 0) return true;
  if (!isGroup(frame)) return (packetFilter & PacketFilter.Directed) !== 0 && macKey(frame) === macKey(mac);
  const destination = frame.subarray(0, 6);
  if (equalBytes(destination, BROADCAST_MAC)) return (packetFilter & PacketFilter.Broadcast) !== 0;
  if ((packetFilter & PacketFilter.AllMulticast) !== 0) return true;
  return (packetFilter & PacketFilter.Multicast) !== 0 && multicast.some((address) => equalBytes(destination, address));
}
