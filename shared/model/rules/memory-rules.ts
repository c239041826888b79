import type { HostProfile } from '../host-profile';
import { issue, type RuleIssue } from './issue';

/** Lowest and highest startup memory of a new or changed machine, in MB. */
export function memoryRange(host: HostProfile, generation: 1 | 2): { minimum: number; maximum: number } {
  const limit = generation === 1 ? host.limits.memoryGen1MB : host.limits.memoryGen2MB;
  return { minimum: host.wizard.minimumMemoryMB, maximum: Math.min(limit, host.wizard.maximumMemoryMB) };
}

/** Startup memory: a whole, even number of MB in the range. Whether the host has it is asked at start, not here. */
export function checkMemory(field: string, valueMB: number, host: HostProfile, generation: 1 | 2): RuleIssue[] {
  const { minimum, maximum } = memoryRange(host, generation);
  const fits = Number.isInteger(valueMB) && valueMB % 2 === 0 && valueMB >= minimum && valueMB <= maximum;
  return fits ? [] : [issue(field, 'memoryOutOfRange', { minimum: String(minimum), maximum: String(maximum) })];
}
