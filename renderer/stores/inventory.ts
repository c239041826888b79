import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import { ask, lab } from '@renderer/api/lab';
import type { InventorySnapshot, VmSummary } from '@shared/model/inventory';

/** The inventory as main last told it. Never edited here: intentions go to main, and a newer snapshot comes back. */
export const useInventory = defineStore('inventory', () => {
  const snapshot = shallowRef<InventorySnapshot | null>(null);
  const vms = computed(() => snapshot.value?.vms ?? []);
  const host = computed(() => snapshot.value?.host ?? null);

  function accept(next: InventorySnapshot): void {
    if (snapshot.value === null || next.revision >= snapshot.value.revision) snapshot.value = next;
  }

  /** Reads the list; what is shown follows it from then on, see `follow`. */
  async function refresh(): Promise<void> {
    accept(await ask(lab().inventory.snapshot()));
  }

  /** Follows the changes that main tells. The function that comes back ends it. */
  const follow = (): (() => void) => lab().inventory.on('changed', accept);

  const vm = (id: string): VmSummary | null => vms.value.find((each) => each.id === id) ?? null;
  const switchName = (id: string | null): string | null =>
    snapshot.value?.switches.find((each) => each.id === id)?.name ?? null;

  return { snapshot, vms, host, refresh, follow, vm, switchName };
});
