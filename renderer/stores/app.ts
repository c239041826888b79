import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import { ask, lab, type ValueOf } from '@renderer/api/lab';
import type { Lab } from '@shared/contract';

export type Bootstrap = ValueOf<Lab['app']['bootstrap']>;
export type WindowRole = Bootstrap['role'];

/** What this window is, its language, and the questions that are not asked any more. */
export const useApp = defineStore('app', () => {
  const bootstrap = shallowRef<Bootstrap | null>(null);
  const silenced = ref<readonly string[]>([]);
  const language = ref<Bootstrap['language']>('en');
  const role = computed(() => bootstrap.value?.role ?? null);

  /** Asks main once, before the first picture. */
  async function load(): Promise<Bootstrap> {
    const data = await ask(lab().app.bootstrap());
    bootstrap.value = data;
    silenced.value = data.silenced;
    language.value = data.language;
    lab().app.on('languageChanged', (change) => (language.value = change.language));
    return data;
  }

  const isSilenced = (question: string): boolean => silenced.value.includes(question);

  /** Does not ask `question` again, here and in windows opened later. */
  async function silence(question: string): Promise<void> {
    silenced.value = [...silenced.value, question];
    await ask(lab().app.silence({ question }));
  }

  return { bootstrap, role, language, load, isSilenced, silence };
});
