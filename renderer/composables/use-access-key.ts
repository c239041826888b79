import { onScopeDispose, type Ref } from 'vue';
import { isAccessKey } from '@renderer/components/access';

/** True when nothing modal lies over the element: keys of a window go to its topmost dialog only. */
export function isReachable(element: HTMLElement): boolean {
  const dialogs = [...document.querySelectorAll<HTMLElement>('[aria-modal="true"]')].filter(
    (each) => each.offsetParent !== null,
  );
  const top = dialogs.at(-1);
  return top === undefined || top.contains(element);
}

/** Alt with the access key of `label()` does `run`, as long as the control can be used. */
export function useAccessKey(element: Ref<HTMLElement | null>, label: () => string, run: () => void): void {
  const onKey = (event: KeyboardEvent): void => {
    const target = element.value;
    if (!event.altKey || event.ctrlKey || event.defaultPrevented || !target || !isAccessKey(event, label())) return;
    if (target.matches(':disabled, [aria-disabled="true"]') || !isReachable(target)) return;
    event.preventDefault();
    run();
  };
  window.addEventListener('keydown', onKey);
  onScopeDispose(() => window.removeEventListener('keydown', onKey));
}

/** Shows the underlines of access keys from the first press of Alt on, as Windows does. */
export function watchAltKey(): void {
  window.addEventListener('keydown', (event) => {
    if (event.key === 'Alt') document.documentElement.classList.add('show-access');
  });
  window.addEventListener('pointerdown', () => document.documentElement.classList.remove('show-access'));
}
