import type { HostProfile } from '../host-profile';
import type { DiskFormat, DiskType, NewDiskRequest } from '../new-disk';
import { issue, type RuleIssue } from './issue';
import { isFileName, isHostPath } from './new-vm-rules';

/** Pages of the New Virtual Hard Disk Wizard, in order. */
export const NEW_DISK_PAGES = ['before', 'format', 'type', 'name', 'configure', 'summary'] as const;
export type NewDiskPage = (typeof NEW_DISK_PAGES)[number];

/** The pages that a host of this age shows: where there is one format only, nobody is asked for it. */
export function newDiskPages(host: HostProfile): NewDiskPage[] {
  return NEW_DISK_PAGES.filter((page) => page !== 'format' || host.settings.diskFormats.length > 1);
}

/** Largest size of a format, in GB: 2,040 GB for VHD, 64 TB for VHDX. */
export function largestDiskGB(format: DiskFormat): number {
  return format === 'vhd' ? 2040 : 64 * 1024;
}

/**
 * The type that is chosen until somebody chooses another one. Where both formats can be had, a VHD is fixed at first [k]: it is made
 * for its speed or for an older host, and VHDX is dynamically expanding.
 */
export function defaultDiskType(host: HostProfile, format: DiskFormat): DiskType {
  return format === 'vhd' && host.settings.diskFormats.length > 1 ? 'fixed' : 'dynamic';
}

/** What Finish on the first page makes. `name` is `New Virtual Hard Disk` in the language of the window. */
export function newDiskDefaults(host: HostProfile, name: string, format: DiskFormat): NewDiskRequest {
  return {
    format,
    type: defaultDiskType(host, format),
    name: `${name}.${format}`,
    location: host.paths.virtualHardDisks,
    sizeGB: 127,
    parentPath: null,
  };
}

/** Everything wrong with a request that can be seen without asking the host's file system. Empty when it is fine. */
export function checkNewDisk(request: NewDiskRequest, host: HostProfile): RuleIssue[] {
  const { format, type, name, location, sizeGB, parentPath } = request;
  const issues: RuleIssue[] = [];
  if (!host.settings.diskFormats.includes(format)) issues.push(issue('format', 'notOnThisHost'));
  // Who writes another ending would get a file that no Browse dialog shows.
  if (!isFileName(name) || !name.toLowerCase().endsWith(`.${format}`) || name.length <= format.length + 1)
    issues.push(issue('name', 'nameInvalid', { maximum: '255' }));
  if (!isHostPath(location)) issues.push(issue('location', 'pathInvalid', { path: location }));
  if (type === 'differencing') return [...issues, ...checkParent(request)];
  if (parentPath !== null) issues.push(issue('parentPath', 'diskUnsupported', { path: parentPath }));
  const maximum = largestDiskGB(format);
  if (sizeGB < 1 || sizeGB > maximum) issues.push(issue('sizeGB', 'diskTooLarge', { maximum: String(maximum) }));
  return issues;
}

function checkParent({ format, parentPath }: NewDiskRequest): RuleIssue[] {
  const path = parentPath ?? '';
  if (!isHostPath(path)) return [issue('parentPath', 'pathInvalid', { path })];
  return path.toLowerCase().endsWith(`.${format}`) ? [] : [issue('parentPath', 'diskUnsupported', { path })];
}

/** The page on which an issue is mended. */
export function pageOfDiskIssue({ field }: RuleIssue): NewDiskPage {
  if (field === 'format') return 'format';
  return field === 'name' || field === 'location' ? 'name' : 'configure';
}
