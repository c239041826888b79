import type { Patch } from './change';

/** The patch on a document that is no longer what the patch began with: what the patch changes is changed, all else stays. */
export function onto(current: unknown, { document, before, after }: Patch): Patch {
  return { document, before: current, after: merged(current, before, after) };
}

/** Fields and list items that do not differ between `before` and `after` are taken from `current`. Lists of other lengths are replaced. */
function merged(current: unknown, before: unknown, after: unknown): unknown {
  if (isSame(before, after)) return current;
  if (Array.isArray(current) && Array.isArray(before) && Array.isArray(after)) {
    const isAligned = current.length === before.length && before.length === after.length;
    return isAligned ? after.map((item, i) => merged(current[i], before[i], item)) : after;
  }
  if (!isObject(current) || !isObject(before) || !isObject(after)) return after;
  const keys = Object.keys(after).concat(Object.keys(current).filter((key) => !(key in before) && !(key in after)));
  return Object.fromEntries(keys.map((key) => [key, merged(current[key], before[key], after[key])]));
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
