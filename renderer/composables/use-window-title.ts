import { watchEffect } from 'vue';
import { ask, lab } from '@renderer/api/lab';

/** Keeps the title of this window, and of the document in it, equal to `title()`. */
export function useWindowTitle(title: () => string): void {
  watchEffect(() => {
    const text = title();
    document.title = text;
    void ask(lab().app.setTitle({ title: text }));
  });
}
