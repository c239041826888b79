import type { AtaChannel } from './channel';
import { parseIdentity, type AtaIdentity } from './identify';

/** A drive that answered on a channel. */
export interface FoundDrive {
  readonly channel: number;
  readonly device: number;
  readonly kind: 'ata' | 'atapi';
  readonly identity: AtaIdentity;
}

/** Where the search stands. Plain. */
export interface ProbeState {
  channel: number;
  device: number;
  ticket: number | null;
  asPacket: boolean;
  done: boolean;
}

export function newProbe(): ProbeState {
  return { channel: 0, device: 0, ticket: null, asPacket: false, done: false };
}

/** LBA mid and high of a packet device that refuses IDENTIFY DEVICE: ATA/ATAPI-6, 9.12. */
const PACKET_SIGNATURE = 0xeb14;

/** Asks the drives of the channels one after the other who they are. Returns a drive as soon as one has answered. */
export function stepProbe(state: ProbeState, channels: readonly AtaChannel[], now: number): FoundDrive | null {
  const channel = channels[state.channel];
  if (!channel) {
    state.done = true;
    return null;
  }
  if (state.ticket === null) {
    state.ticket = channel.submit({ kind: state.asPacket ? 'identifyPacket' : 'identify', device: state.device }, now);
  }
  const result = channel.take(state.ticket);
  if (!result) return null;
  const { channel: index, device, asPacket } = state;
  state.ticket = null;
  if (!result.ok && !asPacket && result.signature === PACKET_SIGNATURE) {
    state.asPacket = true;
    return null;
  }
  advance(state, channels.length);
  if (!result.ok || result.data.length < 512) return null;
  const identity = parseIdentity(result.data, asPacket);
  return { channel: index, device, kind: asPacket ? 'atapi' : 'ata', identity };
}

function advance(state: ProbeState, channels: number): void {
  state.asPacket = false;
  state.device = 1 - state.device;
  if (state.device === 0) state.channel++;
  state.done = state.channel >= channels;
}
