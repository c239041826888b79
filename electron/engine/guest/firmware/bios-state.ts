import type { ConsoleState } from '../console/text-console';
import { newConsole } from '../console/text-console';
import type { PagedDiskState } from '../disk/paged-disk';
import { newChannel, type AtaChannelState } from '../drivers/ata/command';
import { newProbe, type FoundDrive, type ProbeState } from '../drivers/ata/probe';
import type { PciFound } from '../hardware/pci-config';
import type { HelperFacts } from './helper';
import type { PxeState } from './pxe';

/** Where the BIOS stands. */
export type BiosPhase =
  'power' | 'banner' | 'memory' | 'pci' | 'drives' | 'summary' | 'tables' | 'boot' | 'started' | 'failed';

/** What the firmware hands over to: the loader of an installed disk, or the program on a medium. */
export type BootTarget =
  | { readonly kind: 'disk'; readonly drive: number; readonly partition: number }
  | { readonly kind: 'setup'; readonly drive: number; readonly sectors: number; readonly profileId: string };

/** A disk that the firmware reads for whoever asks it. */
export interface BiosDisk {
  drive: number;
  sectors: number;
  cache: PagedDiskState;
}

/** How far the attempt to boot from one place is. `step` belongs to the place's own code. */
export interface BootAttempt {
  /** Index in the boot order. */
  place: number;
  step: string;
  /** Drive of the place that is tried: index into the drives. */
  drive: number;
  ticket: number | null;
  retries: number;
  until: number;
  /** Operating system whose setup a diskette has begun: it goes on from its disc. */
  setup: string | null;
  /** A disc's length in sectors, once it has said it. */
  sectors: number;
}

/** Everything that the BIOS remembers. Plain. */
export interface BiosState {
  phase: BiosPhase;
  /** Seconds of the current phase are over at this time. */
  until: number;
  console: ConsoleState;
  facts: HelperFacts | null;
  pci: PciFound[];
  channels: AtaChannelState[];
  probe: ProbeState;
  drives: FoundDrive[];
  disks: BiosDisk[];
  /** Reads that were served in one go since time last passed. */
  served: number;
  attempt: BootAttempt;
  /** The network card's boot ROM while it runs. */
  pxe: PxeState | null;
  target: BootTarget | null;
}

export function newBios(): BiosState {
  return {
    phase: 'power',
    until: 0,
    console: newConsole(),
    facts: null,
    pci: [],
    channels: [newChannel(), newChannel()],
    probe: newProbe(),
    drives: [],
    disks: [],
    served: 0,
    attempt: newAttempt(0),
    pxe: null,
    target: null,
  };
}

export function newAttempt(place: number): BootAttempt {
  return { place, step: 'begin', drive: -1, ticket: null, retries: 0, until: 0, setup: null, sectors: 0 };
}
