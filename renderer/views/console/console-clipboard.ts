import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import type { MenuItem } from '@renderer/components/menu';
import { useErrors } from '@renderer/composables/use-errors';
import type { VmSummary } from '@shared/model/inventory';

/** A part of the window, in its pixels. */
export interface WindowPart {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The guest's picture in the window that the commands belong to. */
export interface ConsolePicture {
  /** Where the guest's picture is now; null when there is none. */
  guestArea(): WindowPart | null;
  hasPicture(): boolean;
}

/** The Clipboard menu: the host's text typed into the guest, and the guest's picture taken to the host. */
export function useConsoleClipboard(vm: ComputedRef<VmSummary | null>, picture: ConsolePicture) {
  const { t } = useI18n();
  const errors = useErrors();

  async function typeClipboard(vmId: string): Promise<void> {
    await errors.attempt(t('console.failed.clipboard'), async () => {
      const { text } = await ask(lab().app.clipboardText());
      await ask(lab().machine.typeText({ vmId, text }));
    });
  }

  const captureScreen = (): Promise<boolean> =>
    errors.attempt(t('console.failed.capture'), async () => {
      const part = picture.guestArea();
      if (part) await ask(lab().app.copyPicture(part));
    });

  const clipboardItems = computed<MenuItem[]>(() => {
    const id = vm.value?.id;
    const disabled = vm.value?.runtime.state !== 'running';
    return [
      {
        id: 'type',
        label: t('console.typeClipboard'),
        shortcut: 'Ctrl+V',
        disabled,
        run: () => void (id !== undefined && typeClipboard(id)),
      },
      {
        id: 'capture',
        label: t('console.captureScreen'),
        shortcut: 'Ctrl+C',
        disabled: !picture.hasPicture(),
        run: () => void captureScreen(),
      },
    ];
  });

  return { clipboardItems };
}
