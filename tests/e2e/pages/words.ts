import enManager from '../../../renderer/locales/en/manager.json' with { type: 'json' };
import enSettings from '../../../renderer/locales/en/settings.json' with { type: 'json' };
import enWizard from '../../../renderer/locales/en/wizard.json' with { type: 'json' };
import enCommon from '../../../renderer/locales/en/common.json' with { type: 'json' };
import esManager from '../../../renderer/locales/es/manager.json' with { type: 'json' };
import esSettings from '../../../renderer/locales/es/settings.json' with { type: 'json' };
import esWizard from '../../../renderer/locales/es/wizard.json' with { type: 'json' };
import esCommon from '../../../renderer/locales/es/common.json' with { type: 'json' };

/** The words of the windows by language: tests ask for controls by the labels that a person sees. */
export const WORDS = {
  en: { manager: enManager, settings: enSettings, wizard: enWizard, common: enCommon },
  es: { manager: esManager, settings: esSettings, wizard: esWizard, common: esCommon },
} as const;
export type Words = (typeof WORDS)['en'] | (typeof WORDS)['es'];

/** A label without the mark of its access key. */
export const plain = (label: string): string => label.replace('&', '');
