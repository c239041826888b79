import type { LabErrorData } from '@shared/model/errors';

/** The part of vue-i18n's composer that is needed here. */
export interface Words {
  t(key: string, params: Record<string, string>): string;
  te(key: string): boolean;
}

/** An error in the words of the language of the window: one sentence, and lines for "See details". */
export interface ErrorText {
  readonly text: string;
  readonly details: readonly string[];
}

/** The sentence of an error and its details. Every code has one in `locales/<language>/errors.json`. */
export function errorText(words: Words, { code, params, details }: LabErrorData): ErrorText {
  const technical = `errors.details.${code}`;
  const own = words.te(technical) ? [words.t(technical, asWords(words, params))] : [];
  return {
    text: sentence(words, code, params),
    details: [...own, ...details.map((each) => sentence(words, each.code, each.params))],
  };
}

function sentence(words: Words, code: string, params: Record<string, string>): string {
  return words.t(`errors.text.${code}`, asWords(words, params)).trim();
}

/** Parameters that are ids of the application become words: state, command, area of the settings, kind of controller. */
function asWords(words: Words, params: Record<string, string>): Record<string, string> {
  const translated = { ...params };
  const put = (name: string, from: string, room: string): void => {
    const id = params[from];
    if (id !== undefined && words.te(`${room}.${id}`)) translated[name] = words.t(`${room}.${id}`, {});
  };
  put('state', 'state', 'common.states');
  put('command', 'command', 'errors.commands');
  put('area', 'area', 'errors.areas');
  put('device', 'controller', 'errors.devices');
  return translated;
}
