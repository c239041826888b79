import { hostProfileSchema, type HostProfile } from '../host-profile';

type Changes<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] | string | number | boolean | null ? T[K] : Changes<T[K]>;
};

/**
 * A profile that is `base` with `changes` laid over it, branch by branch; lists are replaced as a whole. A host is written as what
 * came with it since the host before, as its release notes are. Throws when the result is not a complete profile.
 */
export function derive(base: HostProfile, changes: Changes<HostProfile>): HostProfile {
  return hostProfileSchema.parse(merge(base, changes));
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isBranch(base) || !isBranch(changes)) return changes === undefined ? base : changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, change] of Object.entries(changes))
    merged[key] = key === 'integrationServices' ? change : merge(base[key], change);
  return merged;
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
