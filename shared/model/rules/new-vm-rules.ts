import type { HostProfile } from '../host-profile';
import type { NewVmRequest } from '../new-vm';
import { NAME_MAX } from '../vm-settings';
import { issue, type RuleIssue } from './issue';
import { checkMemory } from './memory-rules';

/** Pages of the wizard, in order. `installation` is indented below `disk`. */
export const NEW_VM_PAGES = [
  'before',
  'name',
  'generation',
  'memory',
  'network',
  'disk',
  'installation',
  'summary',
] as const;
export type NewVmPage = (typeof NEW_VM_PAGES)[number];

/** The pages that a host of this age shows for a request: no generation page before 2012 R2, installation only with a new disk. */
export function newVmPages(host: HostProfile, request: NewVmRequest): NewVmPage[] {
  return NEW_VM_PAGES.filter((page) => {
    if (page === 'generation') return host.wizard.generationPage;
    if (page === 'installation') return request.disk.kind === 'create';
    return true;
  });
}

/** What Finish on the first page makes. `name` is `New Virtual Machine` in the language of the window. */
export function newVmDefaults(host: HostProfile, name: string): NewVmRequest {
  return {
    name,
    location: null,
    generation: host.wizard.defaultGeneration,
    memoryMB: host.wizard.defaultMemoryMB,
    dynamicMemory: host.wizard.dynamicMemoryDefault,
    switchId: null,
    disk: {
      kind: 'create',
      name: `${name}.${host.wizard.defaultDiskFormat}`,
      location: host.paths.virtualHardDisks,
      sizeGB: 127,
    },
    install: { kind: 'later' },
    startAfterCreation: false,
  };
}

// Characters that Windows refuses in a file name, and control characters.
const BAD_FILE_NAME = /[<>:"/\\|?*\u0000-\u001f]/;
const PATH = /^[A-Za-z]:\\(?:[^<>:"/|?*\u0000-\u001f]*)$/;

/** True for an absolute path on a drive of the host, without characters that Windows refuses. */
export function isHostPath(path: string): boolean {
  return PATH.test(path) && path.length <= 260;
}

/** True for a plain file name. */
export function isFileName(name: string): boolean {
  return (
    name.length > 0 && name.length <= 255 && !BAD_FILE_NAME.test(name) && !/[. ]$/.test(name) && name.trim().length > 0
  );
}

/** Everything wrong with a request that can be seen without asking the host's file system. Empty when it is fine. */
export function checkNewVm(request: NewVmRequest, host: HostProfile): RuleIssue[] {
  return [
    ...checkName(request),
    ...checkGeneration(request, host),
    ...checkRequestMemory(request, host),
    ...checkDisk(request, host),
    ...checkInstall(request),
  ];
}

function checkName({ name, location }: NewVmRequest): RuleIssue[] {
  const issues: RuleIssue[] = [];
  if (name.trim().length === 0 || name.length > NAME_MAX)
    issues.push(issue('name', 'nameInvalid', { maximum: String(NAME_MAX) }));
  if (location !== null && !isHostPath(location)) issues.push(issue('location', 'pathInvalid', { path: location }));
  return issues;
}

function checkGeneration({ generation }: NewVmRequest, host: HostProfile): RuleIssue[] {
  return generation === 2 && !host.features.generation2 ? [issue('generation', 'notOnThisHost')] : [];
}

function checkRequestMemory({ memoryMB, generation, dynamicMemory }: NewVmRequest, host: HostProfile): RuleIssue[] {
  const issues = checkMemory('memoryMB', memoryMB, host, generation);
  if (dynamicMemory && !host.wizard.dynamicMemory) issues.push(issue('dynamicMemory', 'notOnThisHost'));
  return issues;
}

function checkDisk({ disk, generation }: NewVmRequest, host: HostProfile): RuleIssue[] {
  if (disk.kind === 'later') return [];
  if (disk.kind === 'existing') return checkExistingDisk(disk.path, generation, host);
  const issues: RuleIssue[] = [];
  if (!isFileName(disk.name)) issues.push(issue('disk.name', 'nameInvalid', { maximum: '255' }));
  if (!isHostPath(disk.location)) issues.push(issue('disk.location', 'pathInvalid', { path: disk.location }));
  const maximum = /\.vhd$/i.test(disk.name) ? 2040 : host.wizard.maximumDiskGB;
  if (disk.sizeGB < 1 || disk.sizeGB > maximum)
    issues.push(issue('disk.sizeGB', 'diskTooLarge', { maximum: String(maximum) }));
  return issues;
}

function checkExistingDisk(path: string, generation: 1 | 2, host: HostProfile): RuleIssue[] {
  if (!isHostPath(path)) return [issue('disk.path', 'pathInvalid', { path })];
  const format = /\.(vhdx?)$/i.exec(path)?.[1]?.toLowerCase();
  if (format === 'vhd' && generation === 2) return [issue('disk.path', 'vhdOnGeneration2', { path })];
  const known = format !== undefined && host.settings.diskFormats.some((each) => each === format);
  return known ? [] : [issue('disk.path', 'diskUnsupported', { path })];
}

function checkInstall({ install, switchId, generation }: NewVmRequest): RuleIssue[] {
  if (install.kind === 'network' && switchId === null) return [issue('install', 'networkInstallNeedsSwitch')];
  if (install.kind !== 'image' && install.kind !== 'floppy') return [];
  if (install.kind === 'floppy' && generation === 2) return [issue('install', 'notOnThisGeneration')];
  const ending = install.kind === 'floppy' ? /\.vfd$/i : /\.iso$/i;
  const usable = isHostPath(install.path) && ending.test(install.path);
  return usable ? [] : [issue('install.path', 'fileNotFound', { path: install.path })];
}

const FIELD_PAGES: readonly (readonly [string, NewVmPage])[] = [
  ['name', 'name'],
  ['location', 'name'],
  ['generation', 'generation'],
  ['memoryMB', 'memory'],
  ['dynamicMemory', 'memory'],
  ['switchId', 'network'],
  ['disk', 'disk'],
  ['install', 'installation'],
];

/** The page on which an issue is mended. */
export function pageOfIssue({ field }: RuleIssue): NewVmPage {
  return FIELD_PAGES.find(([prefix]) => field === prefix || field.startsWith(`${prefix}.`))?.[1] ?? 'summary';
}
