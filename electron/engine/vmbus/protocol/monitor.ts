/**
 * A page through which a guest signals without a hypercall: it sets the channel's bit, and the host looks there now and then.
 * linux drivers/hv/hyperv_vmbus.h, struct hv_monitor_page.
 */
export const MonitorPage = {
  /** Bit g: group g is looked at. */
  GroupEnable: 0,
  /** Four groups of 32 bits, pending and armed. */
  Groups: 8,
  /** u16 for each monitor: units of 100 ns between two looks. */
  Latency: 576,
  /** Eight bytes for each monitor: connection u32, flag u16. */
  Parameter: 1088,
} as const;

export const MONITOR_GROUPS = 4;
/** Monitors of a page: 32 in each of its groups. */
export const MONITORS = 32 * MONITOR_GROUPS;

/** Offset of the word in which the bit of monitor `id` lies, and the bit. */
export function triggerOf(id: number): { readonly word: number; readonly bit: number } {
  return { word: MonitorPage.Groups + (id >> 5) * 8, bit: (1 << (id & 31)) >>> 0 };
}
