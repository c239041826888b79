import { createI18n } from 'vue-i18n';
import enCommon from './en/common.json';
import enConsole from './en/console.json';
import enDisk from './en/disk.json';
import enErrors from './en/errors.json';
import enManager from './en/manager.json';
import enSettings from './en/settings.json';
import enWizard from './en/wizard.json';
import esCommon from './es/common.json';
import esConsole from './es/console.json';
import esDisk from './es/disk.json';
import esErrors from './es/errors.json';
import esManager from './es/manager.json';
import esSettings from './es/settings.json';
import esWizard from './es/wizard.json';

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** All words of the windows: one file for each room and language; `common.ok` is key `ok` of `common.json`. */
export const messages = {
  en: {
    common: enCommon,
    manager: enManager,
    console: enConsole,
    disk: enDisk,
    errors: enErrors,
    wizard: enWizard,
    settings: enSettings,
  },
  es: {
    common: esCommon,
    manager: esManager,
    console: esConsole,
    disk: esDisk,
    errors: esErrors,
    wizard: esWizard,
    settings: esSettings,
  },
};

/**
 * The translator of a window. Messages are compiled to data when first used and interpreted, never to code: the
 * content security policy forbids `eval`.
 */
export function createTranslator(language: Language) {
  return createI18n({ legacy: false, locale: language, messages, warnHtmlMessage: false });
}
