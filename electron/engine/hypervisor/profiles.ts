import type { HypervisorProfile } from './profile';

/*
 * Sources of the masks: what Linux and FreeBSD guests print at boot ("HyperV: features …, hints …", "Hyper-V: privilege flags low …",
 * "Hyper-V Version: … Features=… Features3=…") in public logs.
 * - 7601: 0x67f/0x2c, "Hyper-V Host OS Build:7601-6.1-17-0.17939".
 * - 9200: 0xe7f/0x2c; features word estimated from the next one.
 * - 9600: 0xe7f and 0x7b2 are what FreeBSD 12 prints where a 2012 R2 age of interface is shown ("10.0.14393 [SP3] Features=0xe7f
 *   Features3=0x7b2", canonical/cloud-init pull request 479); hints estimated.
 * - 14393: 0x2e7f/0x4c2c. 17763: 0x2e7f, 0x3b8030, 0x60e24, 0xbed7b2, "17763-10.0-0-0.737". 20348: all four words.
 * - 26100: "privilege flags low 0xae7f, high 0x3b8030, hints 0x9a4e24, misc 0xe0bed7b2" on an Intel host, "Host Build 10.0.26100.7920-7-0"; an
 *   AMD host without x2APIC prints hints 0x902c2c. Both are hosts of the 24H2 kernel that Windows Server 2025 shares.
 * Estimated from the specification of their time: 2008 (TLFS 1.0 defines bits 0-6 only), and the high words before 2019 (post, signal).
 * Every log from 2012 on that prints it has a local APIC timer of 200 MHz (0xc3500 a tick at 250 Hz, 0x30d40 at 1000 Hz, 0x1e8480 at 100 Hz).
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
    servicePack: 17,
    service: 17939,
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
    servicePack: 7,
    service: 7920,
    privilegesLow: 0xae7f,
    privilegesHigh: 0x3b8030,
    hints: 0x9a4e24,
    features: 0xe0bed7b2,
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
