import { useI18n } from 'vue-i18n';
import { errorData, LabFailure } from '@renderer/api/lab';
import type { ErrorCode } from '@shared/model/errors';
import { errorText } from '@renderer/api/error-text';
import { useShell } from '@renderer/stores/shell';

/** Shows failures of calls as the tool does: headline, cause, details, Close. */
export function useErrors() {
  const { t, te } = useI18n();
  const shell = useShell();
  const words = { t: (key: string, params: Record<string, string>) => t(key, params), te: (key: string) => te(key) };

  /** The sentence of a failure, for a place in a dialog. */
  const textOf = (error: unknown): string => errorText(words, errorData(error)).text;

  /** Shows the failure and waits until it is closed. */
  async function show(error: unknown, headline: string, caption = t('errors.caption')): Promise<void> {
    const { text, details } = errorText(words, errorData(error));
    await shell.confirm({
      caption,
      icon: 'error',
      headline,
      text,
      details,
      buttons: [{ id: 'close', label: t('common.close'), isDefault: true }],
      cancel: 'close',
    });
  }

  /** Runs an intention; a failure is shown under `headline`. True when it succeeded. */
  async function attempt(headline: string, action: () => Promise<unknown>, caption?: string): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      await show(error, headline, caption);
      return false;
    }
  }

  /** A failure that the window itself found, in the words of the same code. */
  const failure = (code: ErrorCode, params: Record<string, string>): LabFailure =>
    new LabFailure({ code, params, details: [] });

  return { textOf, show, attempt, failure };
}
