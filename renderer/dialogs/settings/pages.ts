import type { Component } from 'vue';
import type { VmSettings } from '@shared/model/vm-settings';
import AddHardwarePage from './AddHardwarePage.vue';
import AdvancedPage from './AdvancedPage.vue';
import AutoStartPage from './AutoStartPage.vue';
import AutoStopPage from './AutoStopPage.vue';
import BiosPage from './BiosPage.vue';
import ControllerPage from './ControllerPage.vue';
import DiskettePage from './DiskettePage.vue';
import DvdPage from './DvdPage.vue';
import FirmwarePage from './FirmwarePage.vue';
import HardDrivePage from './HardDrivePage.vue';
import MemoryPage from './MemoryPage.vue';
import NamePage from './NamePage.vue';
import NetworkPage from './NetworkPage.vue';
import ProcessorPage from './ProcessorPage.vue';
import ServicesPage from './ServicesPage.vue';

/**
 * Every page of the dialog by its kind. Props of each: `settings` (see use-settings.ts) and `target` (id of what it is about). Emits `go` (a node). All are given
 * the same and take what they need: the rest must not end as attributes of their elements.
 */
export const PAGES = {
  addHardware: AddHardwarePage,
  bios: BiosPage,
  firmware: FirmwarePage,
  memory: MemoryPage,
  processor: ProcessorPage,
  controller: ControllerPage,
  hardDisk: HardDrivePage,
  dvd: DvdPage,
  diskette: DiskettePage,
  network: NetworkPage,
  advanced: AdvancedPage,
  name: NamePage,
  services: ServicesPage,
  autoStart: AutoStartPage,
  autoStop: AutoStopPage,
  gone: AddHardwarePage,
} satisfies Record<string, Component>;
export type PageKind = keyof typeof PAGES;

const isKind = (kind: string): kind is PageKind => kind in PAGES;

/** The kind of page behind a node's id; `gone` when its subject does not exist any more. */
export function pageKind(node: string, draft: VmSettings | null): PageKind {
  const [kind = '', id = ''] = node.split(':');
  if (!draft) return 'gone';
  if (kind === 'controller') return draft.controllers.some((each) => each.id === id) ? 'controller' : 'gone';
  if (kind === 'network' || kind === 'advanced') return draft.adapters.some((each) => each.id === id) ? kind : 'gone';
  if (kind === 'drive') {
    const found = draft.controllers.flatMap(({ drives }) => drives).find(({ drive }) => drive.id === id);
    return found ? found.drive.kind : 'gone';
  }
  return isKind(kind) ? kind : 'addHardware';
}
