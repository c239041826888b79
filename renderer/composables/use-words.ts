import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { useInventory } from '@renderer/stores/inventory';
import type { VmCommand, VmState } from '@shared/model/vm-state';

/** Words that depend on the age of the host: consoles before 2012 R2 had other ones in some languages. */
export function useWords() {
  const { t } = useI18n();
  const inventory = useInventory();
  const classic = computed(() => inventory.host?.words.pointInTime === 'snapshot');

  const stateWord = (state: VmState): string => t(`common.${classic.value ? 'statesClassic' : 'states'}.${state}`);
  const commandLabel = (command: VmCommand): string =>
    t(`manager.${classic.value ? 'commandsClassic' : 'commands'}.${command}`);

  /** Name of an adapter: the default one in the language of the window, another one as it was given. */
  function adapterName(adapter: { readonly kind: 'synthetic' | 'legacy'; readonly name: string }): string {
    const standard = adapter.name === 'Network Adapter' || adapter.name === 'Legacy Network Adapter';
    return standard ? t(`common.adapters.${adapter.kind}`) : adapter.name;
  }

  return { classic, stateWord, commandLabel, adapterName };
}
