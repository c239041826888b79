import { mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, type Pinia } from 'pinia';
import { defineComponent, h, type Component } from 'vue';
import { onTestFinished } from 'vitest';
// Loaded when first shown in the product; here at once, so that a test need not wait for the loader.
import '@renderer/components/FileBrowser.vue';
import '@renderer/components/TaskDialog.vue';
import '@renderer/views/manager/AboutDialog.vue';
import '@renderer/views/manager/ColumnsDialog.vue';
import '@renderer/views/manager/CustomizeDialog.vue';
import '@renderer/views/manager/HelpDialog.vue';
import ShellHost from '@renderer/components/ShellHost.vue';
import { createTranslator, type Language } from '@renderer/locales';
import { useApp } from '@renderer/stores/app';
import { useInventory } from '@renderer/stores/inventory';
import { DEFAULT_HOST } from '@shared/model/hosts';
import type { InventorySnapshot } from '@shared/model/inventory';
import { FakeLab, type Handlers } from './fake-lab';

export interface WindowOptions {
  readonly language?: Language;
  readonly snapshot: InventorySnapshot;
  readonly handlers?: Handlers;
  readonly silenced?: readonly string[];
}

export interface TestWindow {
  readonly fake: FakeLab;
  readonly wrapper: VueWrapper;
  readonly pinia: Pinia;
}

/** Puts `fake` where the preload script puts the real door. */
export function installLab(fake: FakeLab): void {
  Object.defineProperty(window, 'lab', { value: fake.lab, configurable: true });
}

/** Opens a view as `main.ts` does: bootstrapped, inventory loaded and followed, with its dialogs and menus, in the document. */
export async function openWindow(
  view: Component,
  props: Record<string, unknown>,
  options: WindowOptions,
): Promise<TestWindow> {
  const { language = 'en', snapshot, handlers = {}, silenced = [] } = options;
  const bootstrap = {
    role: { kind: 'manager' as const },
    language,
    hostId: DEFAULT_HOST,
    version: '0.1.0',
    electron: '33',
    silenced: [...silenced],
  };
  const fake = new FakeLab({
    ...handlers,
    app: { bootstrap: () => bootstrap, setTitle: () => undefined, resizeContent: () => undefined, ...handlers.app },
    inventory: { snapshot: () => snapshot, ...handlers.inventory },
    machine: { watchScreen: () => ({ kind: 'off' as const }), ...handlers.machine },
  });
  installLab(fake);
  const pinia = createPinia();
  await useApp(pinia).load();
  const inventory = useInventory(pinia);
  const stop = inventory.follow();
  await inventory.refresh();
  const Window = defineComponent({ render: () => [h(view, props), h(ShellHost)] });
  const wrapper = mount(Window, { global: { plugins: [pinia, createTranslator(language)] }, attachTo: document.body });
  onTestFinished(() => {
    wrapper.unmount();
    stop();
    document.body.innerHTML = '';
    if (fake.surprises.length > 0) throw new Error(`unplanned calls: ${fake.surprises.join(', ')}`);
  });
  await settle();
  return { fake, wrapper, pinia };
}

/** Lets promises, timers of zero and drawings that wait for each other come to rest. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 12; round++) await new Promise((resolve) => setTimeout(resolve, 0));
}
