import type { HostProfile } from '../host-profile';
import { drivesOf, NAME_MAX, type Controller, type NetworkAdapter, type VmSettings } from '../vm-settings';
import { changedAreas } from './changed-areas';
import { issue, type RuleIssue } from './issue';
import { checkMemory } from './memory-rules';
import { canChange, isOn, type SettingsContext } from './settings-areas';

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
  return isWider && isOn(state) && host.settings.dynamicMemoryMinimum;
}
