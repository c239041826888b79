import type { HostProfile } from '../host-profile';
import { drivesOf, NAME_MAX, type Controller, type NetworkAdapter, type VmSettings } from '../vm-settings';
import type { VmState } from '../vm-state';
import { issue, type RuleIssue } from './issue';
import { checkMemory } from './memory-rules';

/** What the rules look at beside the settings themselves. */
export interface SettingsContext {
  readonly state: VmState;
  readonly host: HostProfile;
}

/** Parts of the dialog that are greyed together, for one reason. */
export const SETTINGS_AREAS = [
  'name',
  'notes',
  'bios',
  'firmware',
  'startupMemory',
  'dynamicMemory',
  'memoryTuning',
  'processorCount',
  'processorTuning',
  'addSyntheticAdapter',
  'removeSyntheticAdapter',
  'addLegacyAdapter',
  'removeLegacyAdapter',
  'adapterConnection',
  'adapterMac',
  'adapterGuards',
  'scsiController',
  'ideDisk',
  'scsiDisk',
  'dvdDrive',
  'media',
  'services',
  'autoStart',
  'autoStop',
] as const;
export type SettingsArea = (typeof SETTINGS_AREAS)[number];

type When = 'always' | 'off' | 'offOrSaved' | 'offOrRunning';

const WHEN: Record<SettingsArea, When> = {
  name: 'always',
  notes: 'always',
  bios: 'off',
  firmware: 'off',
  startupMemory: 'off',
  dynamicMemory: 'off',
  memoryTuning: 'always',
  processorCount: 'off',
  processorTuning: 'always',
  addSyntheticAdapter: 'off',
  removeSyntheticAdapter: 'off',
  addLegacyAdapter: 'off',
  removeLegacyAdapter: 'off',
  adapterConnection: 'always',
  adapterMac: 'off',
  adapterGuards: 'always',
  scsiController: 'off',
  ideDisk: 'off',
  scsiDisk: 'off',
  dvdDrive: 'off',
  media: 'offOrRunning',
  services: 'offOrRunning',
  autoStart: 'always',
  autoStop: 'offOrSaved',
};

const RUNNING: readonly VmState[] = ['running', 'paused'];
const CHANGING: readonly VmState[] = ['starting', 'saving', 'stopping', 'pausing', 'resuming'];

/**
 * True when this part of the settings can be changed now. The dialog greys by it and management refuses by it with `changeNeedsOff`.
 * While the state is changing nothing can be changed.
 */
export function canChange(area: SettingsArea, generation: 1 | 2, { state, host }: SettingsContext): boolean {
  if (CHANGING.includes(state)) return false;
  if (state === 'off' || state === 'critical') return true;
  const hotAdd = area === 'addSyntheticAdapter' || area === 'removeSyntheticAdapter';
  if (hotAdd && generation === 2 && host.settings.hotAddNetworkAdapterGen2) return RUNNING.includes(state);
  if (area === 'scsiDisk' && host.settings.hotAddScsiDisk) return RUNNING.includes(state);
  const when = WHEN[area];
  if (when === 'always') return true;
  return RUNNING.includes(state) ? when === 'offOrRunning' : when === 'offOrSaved';
}

/** Everything wrong with changing `previous` into `next` in this context: forbidden now, out of range, or not on this host. */
export function checkSettings(next: VmSettings, previous: VmSettings, context: SettingsContext): RuleIssue[] {
  return [...checkValues(next, context.host), ...checkLocks(next, previous, context)];
}

function checkValues(next: VmSettings, host: HostProfile): RuleIssue[] {
  return [
    ...(next.name.trim().length === 0 || next.name.length > NAME_MAX
      ? [issue('name', 'nameInvalid', { maximum: String(NAME_MAX) })]
      : []),
    ...checkMemory('memory.startupMB', next.memory.startupMB, host, next.generation),
    ...checkDynamicMemory(next, host),
    ...checkProcessors(next, host),
    ...checkAdapters(next, host),
    ...checkControllers(next, host),
    ...(next.generation === 2 && next.diskette.path !== null ? [issue('diskette', 'notOnThisGeneration')] : []),
  ];
}

function checkDynamicMemory({ memory }: VmSettings, host: HostProfile): RuleIssue[] {
  if (!memory.dynamic) return [];
  if (!host.settings.dynamicMemory) return [issue('memory.dynamic', 'notOnThisHost')];
  const range = { minimum: String(host.wizard.minimumMemoryMB), maximum: String(memory.startupMB) };
  const issues: RuleIssue[] = [];
  if (memory.minimumMB > memory.startupMB) issues.push(issue('memory.minimumMB', 'memoryOutOfRange', range));
  if (memory.maximumMB < memory.startupMB) {
    issues.push(
      issue('memory.maximumMB', 'memoryOutOfRange', { minimum: String(memory.startupMB), maximum: '1048576' }),
    );
  }
  return issues;
}

/** Highest number of virtual processors: the host's logical processors or the generation's limit, whichever is lower. */
export function maximumProcessors(host: HostProfile, generation: 1 | 2): number {
  return Math.min(
    host.hardware.logicalProcessors,
    generation === 1 ? host.limits.processorsGen1 : host.limits.processorsGen2,
  );
}

function checkProcessors({ processor, generation }: VmSettings, host: HostProfile): RuleIssue[] {
  const maximum = maximumProcessors(host, generation);
  return processor.count <= maximum
    ? []
    : [issue('processor.count', 'processorsOutOfRange', { maximum: String(maximum) })];
}

function checkAdapters({ adapters, generation }: VmSettings, host: HostProfile): RuleIssue[] {
  const legacy = adapters.filter(({ kind }) => kind === 'legacy').length;
  const issues: RuleIssue[] = [];
  if (adapters.length - legacy > host.limits.networkAdapters)
    issues.push(issue('adapters', 'tooManyAdapters', { maximum: String(host.limits.networkAdapters) }));
  if (legacy > host.limits.legacyAdapters)
    issues.push(issue('adapters', 'tooManyLegacyAdapters', { maximum: String(host.limits.legacyAdapters) }));
  if (legacy > 0 && generation === 2) issues.push(issue('adapters', 'notOnThisGeneration'));
  adapters.forEach((adapter, index) => issues.push(...checkMac(adapter, index)));
  return issues;
}

/** A static address is a unicast address that is not all zeros. */
function checkMac({ mac }: NetworkAdapter, index: number): RuleIssue[] {
  if (mac.mode === 'dynamic') return [];
  const usable =
    mac.address !== null &&
    mac.address !== '00-00-00-00-00-00' &&
    (Number.parseInt(mac.address.slice(0, 2), 16) & 1) === 0;
  return usable ? [] : [issue(`adapters.${index}.mac`, 'macInvalid', { address: mac.address ?? '' })];
}

function checkControllers(next: VmSettings, host: HostProfile): RuleIssue[] {
  const issues: RuleIssue[] = [];
  const scsi = next.controllers.filter(({ kind }) => kind === 'scsi').length;
  if (scsi > host.limits.scsiControllers)
    issues.push(issue('controllers', 'tooManyControllers', { maximum: String(host.limits.scsiControllers) }));
  for (const controller of next.controllers) issues.push(...checkLocations(controller));
  for (const { drive } of drivesOf(next)) {
    const isVhd = drive.kind === 'hardDisk' && drive.path !== null && /\.vhd$/i.test(drive.path);
    if (isVhd && next.generation === 2)
      issues.push(issue('controllers', 'vhdOnGeneration2', { path: drive.path ?? '' }));
  }
  return issues;
}

function checkLocations({ kind, number, drives }: Controller): RuleIssue[] {
  const seen = new Set<number>();
  const limit = kind === 'ide' ? 2 : 64;
  return drives.flatMap(({ location }) => {
    const bad = seen.has(location) || location >= limit;
    seen.add(location);
    return bad ? [issue(`controllers.${kind}${number}`, 'locationInUse', { location: String(location) })] : [];
  });
}

function checkLocks(next: VmSettings, previous: VmSettings, context: SettingsContext): RuleIssue[] {
  const locked = changedAreas(next, previous).filter((area) => !canChange(area, previous.generation, context));
  const limits =
    locked.includes('memoryTuning') || limitsMayChange(next, previous, context) ? [] : (['memoryTuning'] as const);
  return [...locked, ...limits].map((area) => issue(area, 'changeNeedsOff', { area }));
}

/** While a machine runs its minimum may only fall and its maximum only rise, and only since 2012 [k]; a saved one keeps both. */
function limitsMayChange(
  { memory: next }: VmSettings,
  { memory: previous }: VmSettings,
  { state, host }: SettingsContext,
): boolean {
  const isSame = next.minimumMB === previous.minimumMB && next.maximumMB === previous.maximumMB;
  if (isSame || state === 'off' || state === 'critical') return true;
  const isWider = next.minimumMB <= previous.minimumMB && next.maximumMB >= previous.maximumMB;
  return isWider && RUNNING.includes(state) && host.settings.dynamicMemoryMinimum;
}

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
