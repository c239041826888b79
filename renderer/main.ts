import { createPinia } from 'pinia';
import { createApp, nextTick } from 'vue';
import './theme';
import App from './App.vue';
import { watchAltKey } from './composables/use-access-key';
import { createTranslator } from './locales';
import { useApp } from './stores/app';
import { useInventory } from './stores/inventory';
import { propsOf, VIEWS } from './views';

/** Asks main which window this is, loads its view and the inventory, and shows them together: the first picture is complete. */
async function start(): Promise<void> {
  const pinia = createPinia();
  const { role, language } = await useApp(pinia).load();
  const inventory = useInventory(pinia);
  inventory.follow();
  const load = VIEWS[role.kind];
  if (!load) throw new Error(`no view for ${role.kind}`);
  const [view] = await Promise.all([load(), inventory.refresh()]);
  const translator = createTranslator(language);
  document.documentElement.lang = language;
  lab.app.on('languageChanged', (change) => {
    translator.global.locale.value = change.language;
    document.documentElement.lang = change.language;
  });
  watchAltKey();
  createApp(App, { view: view.default, viewProps: propsOf(role) })
    .use(pinia)
    .use(translator)
    .mount('#app');
  await Promise.all([nextTick(), document.fonts.ready]);
  document.documentElement.dataset['ready'] = 'true';
}

const { lab } = window;
// A window that cannot start says so instead of staying white; there is no translator yet.
start().catch((error: unknown) => {
  document.body.textContent = `Partition Lab could not open this window: ${error instanceof Error ? error.message : String(error)}`;
  throw error;
});
