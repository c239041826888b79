import type { HypervisorProfile } from './profile';

/*
 * Sources of the masks. Printed by Linux guests at boot ("HyperV: features …, hints …" and "Hyper-V: privilege flags low …"):
 * build 7601 0x67f/0x2c, 2012 0xe7f/0x2c, 14393 0x2e7f/0x4c2c, 17763 and 20348 with all four words. Estimated from the
 * specification of their time: 2008 (TLFS 1.0 defines bits 0-6 only), 2012 R2, 2025, and the high words before 2019 (post, signal).
 */

const older = {
  servicePack: 0,
  service: 0,
  maxLeaf: 0x4000_0006,
  privilegesHigh: 0x30,
  features: 0,
  spinRetries: 0xffff_ffff,
  hardwareFeatures: 0xd,
};

const newer = { servicePack: 0, maxLeaf: 0x4000_000b, spinRetries: 0xfff, hardwareFeatures: 0x6_002f };

const list: readonly HypervisorProfile[] = [
  {
    ...older,
    id: 'ws2008-beta',
    major: 6,
    minor: 0,
    build: 6001,
    maxLeaf: 0x4000_0005,
    privilegesLow: 0x7f,
    hints: 0x2c,
    maxVps: 4,
    maxLps: 16,
  },
  {
    ...older,
    id: 'ws2008',
    major: 6,
    minor: 0,
    build: 6001,
    servicePack: 1,
    privilegesLow: 0x7f,
    hints: 0x2c,
    maxVps: 4,
    maxLps: 24,
  },
  {
    ...older,
    id: 'ws2008r2',
    major: 6,
    minor: 1,
    build: 7601,
    servicePack: 1,
    privilegesLow: 0x67f,
    hints: 0x2c,
    maxVps: 4,
    maxLps: 64,
  },
  {
    ...older,
    id: 'ws2012',
    major: 6,
    minor: 2,
    build: 9200,
    privilegesLow: 0xe7f,
    hints: 0x2c,
    features: 0x712,
    maxVps: 64,
    maxLps: 320,
  },
  {
    ...older,
    id: 'ws2012r2',
    major: 6,
    minor: 3,
    build: 9600,
    privilegesLow: 0xe7f,
    hints: 0x42c,
    features: 0x7b2,
    maxVps: 64,
    maxLps: 320,
  },
  {
    ...newer,
    id: 'ws2016',
    major: 10,
    minor: 0,
    build: 14393,
    service: 576,
    privilegesLow: 0x2e7f,
    privilegesHigh: 0x8030,
    hints: 0x4c2c,
    features: 0xed7b2,
    maxVps: 240,
    maxLps: 512,
  },
  {
    ...newer,
    id: 'ws2019',
    major: 10,
    minor: 0,
    build: 17763,
    service: 737,
    privilegesLow: 0x2e7f,
    privilegesHigh: 0x3b8030,
    hints: 0x60e24,
    features: 0xbed7b2,
    maxVps: 240,
    maxLps: 512,
  },
  {
    ...newer,
    id: 'ws2022',
    major: 10,
    minor: 0,
    build: 20348,
    service: 1,
    privilegesLow: 0xae7f,
    privilegesHigh: 0x388030,
    hints: 0x140c2c,
    features: 0xc0bed7b2,
    maxVps: 1024,
    maxLps: 2048,
  },
  {
    ...newer,
    id: 'ws2025',
    major: 10,
    minor: 0,
    build: 26100,
    service: 1,
    privilegesLow: 0xae7f,
    privilegesHigh: 0x388030,
    hints: 0x140c2c,
    features: 0xc0bed7b2,
    maxVps: 2048,
    maxLps: 2048,
  },
];

/** Ready-made profiles by host id. */
export const HYPERVISOR_PROFILES: Readonly<Record<string, HypervisorProfile>> = Object.fromEntries(
  list.map((profile) => [profile.id, profile]),
);

/** The profile of a host; null when there is none of that id. */
export function hypervisorProfile(hostId: string): HypervisorProfile | null {
  return HYPERVISOR_PROFILES[hostId] ?? null;
}
