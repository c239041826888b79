import { describe, expect, it } from 'vitest';
import { errorText } from '@renderer/api/error-text';
import { ask, errorData, LabFailure } from '@renderer/api/lab';
import { formatDateTime, formatKilobytes, formatUptime } from '@renderer/composables/format';
import { createTranslator, type Language } from '@renderer/locales';

function wordsOf(language: Language) {
  const { t, te } = createTranslator(language).global;
  return { t: (key: string, params: Record<string, string>) => t(key, params), te: (key: string) => te(key) };
}

describe('an answer of main', () => {
  it('is its value, or is thrown as a failure with code and parameters', async () => {
    expect(await ask(Promise.resolve({ ok: true, value: 7 }))).toBe(7);
    const error = { code: 'notFound', params: { id: 'x' }, details: [] } as const;
    const failed = await ask(Promise.resolve({ ok: false, error: { ...error, details: [] } })).catch(
      (thrown: unknown) => thrown,
    );
    expect(failed).toBeInstanceOf(LabFailure);
    expect(errorData(failed)).toEqual(error);
  });

  it('becomes an internal error when it is none of ours', () => {
    expect(errorData(new TypeError('broken'))).toEqual({
      code: 'internal',
      params: { message: 'broken' },
      details: [],
    });
  });
});

describe('the sentence of an error', () => {
  it('names state, command and controller in the language of the window', () => {
    const wrong = {
      code: 'wrongState',
      params: { name: 'XP', state: 'running', command: 'delete' },
      details: [],
    } as const;
    expect(errorText(wordsOf('en'), { ...wrong, details: [] }).text).toBe(
      "'XP' cannot do this while its state is Running.",
    );
    expect(errorText(wordsOf('es'), { ...wrong, details: [] }).details).toEqual([
      'Comando: Eliminar. Estado: ejecutando.',
    ]);
  });

  it('has the further issues as details', () => {
    const text = errorText(wordsOf('en'), {
      code: 'memoryOutOfRange',
      params: { minimum: '32', maximum: '1048576' },
      details: [{ code: 'changeNeedsOff', params: { area: 'bios' } }],
    });
    expect(text.text).toContain('between 32 MB and 1048576 MB');
    expect(text.details).toEqual(['This cannot be changed in the present state of the virtual machine: BIOS.']);
  });
});

describe('times and sizes', () => {
  it('are written as each language writes them', () => {
    expect(formatDateTime('2015-02-19T11:05:42', 'en')).toBe('2/19/2015 11:05:42 AM');
    expect(formatDateTime('2015-02-19T00:05:42', 'en')).toBe('2/19/2015 12:05:42 AM');
    expect(formatDateTime('2015-02-19T12:00:00', 'en')).toBe('2/19/2015 12:00:00 PM');
    expect(formatDateTime('2022-11-26T16:33:35', 'es')).toBe('26/11/2022 16:33:35');
    expect(formatDateTime('soon', 'en')).toBe('soon');
    expect(formatKilobytes(5_368_709_120, 'en')).toBe('5,242,880');
    expect(formatKilobytes(1, 'es')).toBe('1');
  });

  it('count an uptime in days only when there are any', () => {
    expect(formatUptime(72)).toBe('00:01:12');
    expect(formatUptime(86_399)).toBe('23:59:59');
    expect(formatUptime(183_845)).toBe('2.03:04:05');
  });
});
