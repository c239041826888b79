import { computed, ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { useErrors } from '@renderer/composables/use-errors';
import { useInventory } from '@renderer/stores/inventory';
import { DEFAULT_HOST, HOSTS } from '@shared/model/hosts';
import type { VmState } from '@shared/model/vm-state';
import { canChange, type SettingsArea } from '@shared/model/rules/settings-areas';
import { checkSettings } from '@shared/model/rules/settings-rules';
import type { VmSettings } from '@shared/model/vm-settings';

const copy = (settings: VmSettings): VmSettings => JSON.parse(JSON.stringify(settings)) as VmSettings; // plain data, validated by the contract
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * The Settings dialog without its markup: what the machine had when the dialog looked last (`base`), what is being edited (`draft`),
 * what may be changed in the machine's present state, and Apply.
 */
export function useSettings(firstVm: string, page: { value: string }) {
  const { t } = useI18n();
  const inventory = useInventory();
  const errors = useErrors();
  const vmId = ref(firstVm);
  const vm = computed(() => inventory.vm(vmId.value));
  const host = computed(() => inventory.host ?? HOSTS[DEFAULT_HOST]);
  const state = computed<VmState>(() => vm.value?.runtime.state ?? 'off');
  const first = vm.value;
  const base = ref<VmSettings | null>(first ? copy(first.settings) : null);
  const draft = ref<VmSettings | null>(first ? copy(first.settings) : null);
  const busy = ref(false);

  const dirty = computed(() => !same(base.value, draft.value));
  const issues = computed(() =>
    base.value && draft.value ? checkSettings(draft.value, base.value, { state: state.value, host: host.value }) : [],
  );
  const canApply = computed(() => dirty.value && issues.value.length === 0 && !busy.value);

  /** True when this part can be changed now; what is not is greyed. */
  const can = (area: SettingsArea): boolean =>
    canChange(area, draft.value?.generation ?? 1, { state: state.value, host: host.value });

  /** What is not edited follows the machine; a MAC address that the host has given meanwhile is taken over in any case. */
  function follow(settings: VmSettings): void {
    if (!dirty.value) {
      base.value = copy(settings);
      draft.value = copy(settings);
      return;
    }
    for (const { id, mac } of settings.adapters) {
      for (const document of [base.value, draft.value]) {
        const adapter = document?.adapters.find((each) => each.id === id);
        if (adapter?.mac.mode === 'dynamic' && mac.mode === 'dynamic') adapter.mac.address = mac.address;
      }
    }
  }
  watch(
    () => vm.value?.settings,
    (settings) => settings && follow(settings),
  );

  function load(id: string): void {
    vmId.value = id;
    const next = vm.value;
    base.value = next ? copy(next.settings) : null;
    draft.value = next ? copy(next.settings) : null;
  }

  /** Sends what was changed. True when nothing is left to apply. */
  async function apply(): Promise<boolean> {
    const [settings, previous] = [draft.value, base.value];
    if (!settings || !previous || !dirty.value) return true;
    busy.value = true;
    const [sent, before] = [copy(settings), copy(previous)];
    const headline = t('settings.failed', { vm: previous.name });
    const done = await errors.attempt(
      headline,
      () => ask(lab().inventory.applySettings({ vmId: vmId.value, settings: sent, previous: before })),
      t('settings.caption'),
    );
    if (done) {
      base.value = sent;
      await inventory.refresh();
    }
    busy.value = false;
    return done;
  }

  return { vmId, vm, host, state, base, draft, dirty, issues, canApply, busy, can, load, apply, page };
}

export type Settings = ReturnType<typeof useSettings>;
