import { shallowRef } from 'vue';
import { ask, lab } from '@renderer/api/lab';
import { useLabEvent } from '@renderer/composables/use-lab-event';
import type { GuestScreen } from '@shared/model/guest-view';

/** The screen of a machine as main tells it, for as long as the component lives. */
export function useScreen(vmId: () => string | null) {
  const screen = shallowRef<GuestScreen>({ kind: 'off' });

  useLabEvent('machine', (machine) =>
    machine.on('screenChanged', (change) => {
      if (change.vmId === vmId()) screen.value = change.screen;
    }),
  );

  /** Asks for the screen as it is now; changes follow by themselves. */
  async function watchIt(): Promise<void> {
    const id = vmId();
    if (id === null) return;
    const now = await ask(lab().machine.watchScreen({ vmId: id }));
    if (vmId() === id) screen.value = now;
  }

  return { screen, watchIt };
}
