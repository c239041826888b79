import { onScopeDispose, ref } from 'vue';
import { ask, lab } from '@renderer/api/lab';
import { scanCodeOf, type ScanCode } from './scan-codes';

/** What the keyboard asks of the window. */
export interface KeyboardOptions {
  /** True while keys are for the guest. */
  accepts(): boolean;
  /** Does what a key of the window's own asks for; true when it was one. */
  isOurs(event: KeyboardEvent): boolean;
  release(): void;
  failed(error: unknown): void;
}

/**
 * The keyboard while it belongs to the guest: each key goes down and up as scan codes. Ctrl+Alt+Left arrow gives it back, Ctrl+Alt+End stands
 * for Ctrl+Alt+Delete. When the focus leaves, keys that are down go up, so that none hangs in the guest.
 */
export function useGuestKeyboard(vmId: string, options: KeyboardOptions) {
  const held = ref(false);
  const down = new Map<string, ScanCode>();

  function send({ code, extended }: ScanCode, isDown: boolean): void {
    ask(lab().machine.sendKey({ vmId, code, extended, down: isDown })).catch(options.failed);
  }

  function releaseAll(): void {
    for (const code of down.values()) send(code, false);
    down.clear();
  }

  /** Keys that the window keeps for itself; true when this was one. */
  function isOurs(event: KeyboardEvent): boolean {
    if (!event.ctrlKey || !event.altKey) return false;
    if (event.code === 'ArrowLeft') options.release();
    else if (event.code === 'End') ask(lab().machine.sendCtrlAltDelete({ vmId })).catch(options.failed);
    else return options.isOurs(event);
    return true;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!options.accepts()) return;
    const code = scanCodeOf(event.code);
    event.preventDefault();
    event.stopPropagation();
    if (isOurs(event) || !code) return;
    down.set(event.code, code);
    send(code, true);
  }

  function onKeyUp(event: KeyboardEvent): void {
    const code = down.get(event.code);
    if (!code) return;
    event.preventDefault();
    event.stopPropagation();
    down.delete(event.code);
    send(code, false);
  }

  const onFocus = (): void => void (held.value = true);

  function onBlur(): void {
    held.value = false;
    releaseAll();
  }

  onScopeDispose(releaseAll);
  return { held, onKeyDown, onKeyUp, onFocus, onBlur };
}
