import { useI18n } from 'vue-i18n';
import { ask, lab } from '@renderer/api/lab';
import { useErrors } from '@renderer/composables/use-errors';
import { useInventory } from '@renderer/stores/inventory';
import { useShell } from '@renderer/stores/shell';

/** Tells, once, what could not be read when the inventory was loaded, and which machines did not start by themselves. */
export function useNotices() {
  const { t } = useI18n();
  const inventory = useInventory();
  const shell = useShell();
  const errors = useErrors();

  async function show(): Promise<void> {
    const notices = inventory.snapshot?.notices ?? [];
    if (notices.length === 0) return;
    const isAboutDocuments = notices.some(({ code }) => code !== 'autoStartFailed');
    const [first, ...others] = notices.map(({ code, params }) => t(`manager.notices.${code}`, params));
    await shell.confirm({
      caption: t('manager.notices.caption'),
      icon: 'warning',
      headline: t(`manager.notices.${isAboutDocuments ? 'headline' : 'headlineStart'}`),
      text: first ?? '',
      details: others,
      buttons: [{ id: 'close', label: t('common.close'), isDefault: true }],
      cancel: 'close',
    });
    await errors.attempt(t('manager.failed.load'), () =>
      Promise.all(notices.map(({ id }) => ask(lab().inventory.dismissNotice({ id })))),
    );
  }

  return { show };
}
