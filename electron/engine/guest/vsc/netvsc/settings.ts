import { NVSP_VERSIONS } from '../../../vmbus/protocol/nvsp';

/** What the driver of one age does: versions and sizes. */
export interface NetvscSettings {
  /** NVSP versions, newest first. */
  readonly versions: readonly number[];
  /** Pages of each ring, control page included. */
  readonly ringPages: number;
  readonly receiveBytes: number;
  readonly sendBytes: number;
  /** Channels that the driver uses where the host has so many, and the guest so many processors. */
  readonly channels: number;
}

/** Linux 6.1: 128-page rings, 16 MB and 1 MB buffers, VRSS_CHANNEL_DEFAULT. A machine with little memory may do with less. */
export const NETVSC_SETTINGS: NetvscSettings = {
  versions: NVSP_VERSIONS,
  ringPages: 128,
  receiveBytes: 16 * 2 ** 20,
  sendBytes: 2 ** 20,
  channels: 8,
};

/** The drivers up to a version: those of an older system know only older protocols. */
export function netvscSettings(newest: number, sizes: Partial<NetvscSettings> = {}): NetvscSettings {
  return { ...NETVSC_SETTINGS, ...sizes, versions: NVSP_VERSIONS.filter((version) => version <= newest) };
}
