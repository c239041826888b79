import { newConsole, type ConsoleState } from '../console/text-console';
import type { VmbusClientState } from '../../vmbus/client/state';
import type { PagesState } from '../kernel/pages';
import type { BootTarget } from './bios-state';
import type { UefiBootEntry } from './uefi-config';
import type { UefiNetworkState } from './uefi-network';
import { newUefiStorage, type UefiStorageState } from './uefi-storage';
import type { BootEntry } from './uefi-summary';

/** Where the firmware of a Generation 2 machine stands. Plain. */
export interface UefiState {
  step: 'logo' | 'connect' | 'scan' | 'entry' | 'summary' | 'started' | 'leaving' | 'left';
  until: number;
  pages: PagesState;
  client: VmbusClientState | null;
  offers: { relid: number; type: string; instance: string }[];
  /** The boot order, and which entry is tried now. */
  order: UefiBootEntry[];
  current: number;
  /** The network adapter that is tried. */
  network: UefiNetworkState | null;
  storage: UefiStorageState;
  /** Sectors of the disc that is tried; 0 before it has said them. */
  discSectors: number;
  console: ConsoleState;
  entries: BootEntry[];
  target: BootTarget | null;
}

export function newUefi(): UefiState {
  return {
    step: 'logo',
    until: 0,
    pages: { next: 0x10_0000, end: 0, free: [] },
    client: null,
    offers: [],
    order: [],
    current: -1,
    network: null,
    storage: newUefiStorage(),
    discSectors: 0,
    console: newConsole(),
    entries: [],
    target: null,
  };
}
