import { drivesOf, type NetworkAdapter, type VmSettings } from '../vm-settings';
import type { SettingsArea } from './settings-areas';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The areas in which two settings documents differ. */
export function changedAreas(next: VmSettings, previous: VmSettings): SettingsArea[] {
  const areas = new Set<SettingsArea>();
  const mark = (area: SettingsArea, a: unknown, b: unknown): void => void (same(a, b) || areas.add(area));
  mark('name', next.name, previous.name);
  mark('notes', next.notes, previous.notes);
  mark('bios', next.bios, previous.bios);
  mark('firmware', firmwareOf(next, previous), firmwareOf(previous, next));
  mark('startupMemory', next.memory.startupMB, previous.memory.startupMB);
  mark('dynamicMemory', next.memory.dynamic, previous.memory.dynamic);
  const tuning = ({ memory }: VmSettings): unknown => [
    memory.minimumMB,
    memory.maximumMB,
    memory.bufferPercent,
    memory.weight,
  ];
  mark('memoryTuning', tuning(next), tuning(previous));
  mark('processorCount', next.processor.count, previous.processor.count);
  mark('processorTuning', { ...next.processor, count: 0 }, { ...previous.processor, count: 0 });
  mark('services', next.services, previous.services);
  mark('autoStart', next.autoStart, previous.autoStart);
  mark('autoStop', next.autoStop, previous.autoStop);
  markAdapters(next, previous, areas);
  markDrives(next, previous, areas);
  return [...areas];
}

/**
 * Firmware settings apart from what came or went: the order gets an entry with each device that is added, and loses it with the
 * device, also while the machine runs. The running firmware keeps the order of its power-on; a hot-added disk is no place
 * to boot from until then. That management appends it at once, and not at the next start, is likelier but unconfirmed [k].
 */
function firmwareOf({ firmware }: VmSettings, other: VmSettings): unknown {
  return [firmware.secureBoot, firmware.bootOrder.filter((id) => other.firmware.bootOrder.includes(id))];
}

function markAdapters(next: VmSettings, previous: VmSettings, areas: Set<SettingsArea>): void {
  for (const adapter of next.adapters) {
    const before = previous.adapters.find(({ id, kind }) => id === adapter.id && kind === adapter.kind);
    if (!before) areas.add(adapter.kind === 'legacy' ? 'addLegacyAdapter' : 'addSyntheticAdapter');
    else markAdapter(adapter, before, areas);
  }
  for (const adapter of previous.adapters) {
    if (next.adapters.some(({ id, kind }) => id === adapter.id && kind === adapter.kind)) continue;
    areas.add(adapter.kind === 'legacy' ? 'removeLegacyAdapter' : 'removeSyntheticAdapter');
  }
}

function markAdapter(next: NetworkAdapter, before: NetworkAdapter, areas: Set<SettingsArea>): void {
  const connection = ({ switchId, vlan, bandwidth }: NetworkAdapter): unknown => [switchId, vlan, bandwidth];
  if (!same(connection(next), connection(before))) areas.add('adapterConnection');
  if (!same(next.mac, before.mac)) areas.add('adapterMac');
  const guards = ({ macSpoofing, dhcpGuard, routerGuard, mirror }: NetworkAdapter): unknown => [
    macSpoofing,
    dhcpGuard,
    routerGuard,
    mirror,
  ];
  if (!same(guards(next), guards(before))) areas.add('adapterGuards');
}

function markDrives(next: VmSettings, previous: VmSettings, areas: Set<SettingsArea>): void {
  const controllers = (settings: VmSettings): unknown =>
    settings.controllers.filter(({ kind }) => kind === 'scsi').map(({ id }) => id);
  if (!same(controllers(next), controllers(previous))) areas.add('scsiController');
  const places = (settings: VmSettings, kind: 'hardDisk' | 'dvd', bus: 'ide' | 'scsi'): unknown =>
    drivesOf(settings)
      .filter(({ drive, controller }) => drive.kind === kind && controller.kind === bus)
      .map(({ drive, controller, location }) => [
        drive.id,
        controller.id,
        location,
        kind === 'hardDisk' ? drive.path : null,
      ]);
  if (!same(places(next, 'hardDisk', 'ide'), places(previous, 'hardDisk', 'ide'))) areas.add('ideDisk');
  if (!same(places(next, 'hardDisk', 'scsi'), places(previous, 'hardDisk', 'scsi'))) areas.add('scsiDisk');
  const dvds = (settings: VmSettings): unknown => [places(settings, 'dvd', 'ide'), places(settings, 'dvd', 'scsi')];
  if (!same(dvds(next), dvds(previous))) areas.add('dvdDrive');
  const media = (settings: VmSettings): unknown =>
    drivesOf(settings)
      .filter(({ drive }) => drive.kind === 'dvd')
      .map(({ drive }) => [drive.id, drive.path]);
  const isOther = !areas.has('dvdDrive') && !same(media(next), media(previous));
  if (isOther || !same(next.diskette, previous.diskette)) areas.add('media');
}
