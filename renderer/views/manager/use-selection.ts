import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { useInventory } from '@renderer/stores/inventory';

export type Scope = 'root' | 'server';

/** What is selected in the main window: a node of the tree, machines of the list; and the way back through the nodes. */
export const useSelection = defineStore('manager-selection', () => {
  const inventory = useInventory();
  const scope = ref<Scope>('server');
  const past = ref<readonly Scope[]>([]);
  const future = ref<readonly Scope[]>([]);
  const ids = ref<readonly string[]>([]);
  const renaming = ref<string | null>(null);

  /** Selected machines that still exist. */
  const vms = computed(() => inventory.vms.filter(({ id }) => ids.value.includes(id)));

  function go(to: Scope): void {
    if (to === scope.value) return;
    past.value = [...past.value, scope.value];
    future.value = [];
    scope.value = to;
  }

  function back(): void {
    const to = past.value.at(-1);
    if (to === undefined) return;
    past.value = past.value.slice(0, -1);
    future.value = [scope.value, ...future.value];
    scope.value = to;
  }

  function forward(): void {
    const [to, ...rest] = future.value;
    if (to === undefined) return;
    future.value = rest;
    past.value = [...past.value, scope.value];
    scope.value = to;
  }

  return { scope, past, future, ids, vms, renaming, go, back, forward };
});
