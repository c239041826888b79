import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createTranslator, messages } from '@renderer/locales';
import { ICON_NAMES } from '@renderer/theme/icons';
import { ERROR_CODES } from '@shared/model/errors';
import { LIST_COLUMNS } from '@shared/model/host-profile';
import { SETTINGS_AREAS } from '@shared/model/rules/settings-areas';
import { VM_COMMANDS, VM_STATES } from '@shared/model/vm-state';

/** All texts of a language by their keys: `common.ok`. */
function texts(tree: object, prefix = ''): Map<string, unknown> {
  const pairs = Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? [...texts(value, `${prefix}${key}.`)]
      : [[`${prefix}${key}`, value] as const],
  );
  return new Map(pairs);
}

const en = texts(messages.en);
const es = texts(messages.es);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(vue|ts)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const code = sources('renderer');

describe('words of the windows', () => {
  it('have the same keys in both languages', () => {
    expect([...es.keys()].toSorted()).toEqual([...en.keys()].toSorted());
  });

  it('are never empty', () => {
    const empty = [...en, ...es].filter(([, text]) => typeof text !== 'string' || text.trim() === '');
    expect(empty).toEqual([]);
  });

  it('have the same placeholders in both languages', () => {
    const placeholders = (text: unknown): string[] =>
      [...String(text).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted();
    const different = [...en].filter(([key, text]) => placeholders(text).join() !== placeholders(es.get(key)).join());
    expect(different).toEqual([]);
  });

  it('compile and can be said in both languages without a warning', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const language of ['en', 'es'] as const) {
      const { t } = createTranslator(language).global;
      for (const key of en.keys()) expect(t(key, {}), key).not.toBe(key);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('contain every key that the code names in full', () => {
    const used = code.flatMap((text) => [...text.matchAll(/\bt\(\s*'([\w.]+)'/g)].map(([, key = '']) => key));
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((key) => !en.has(key))).toEqual([]);
  });

  it('have a sentence for every error code, and words for the ids in its parameters', () => {
    const missing = [
      ...ERROR_CODES.map((each) => `errors.text.${each}`),
      ...SETTINGS_AREAS.map((each) => `errors.areas.${each}`),
      ...VM_STATES.flatMap((each) => [`common.states.${each}`, `common.statesClassic.${each}`]),
      ...VM_COMMANDS.flatMap((each) => [
        `errors.commands.${each}`,
        `manager.commands.${each}`,
        `manager.commandsClassic.${each}`,
      ]),
      ...LIST_COLUMNS.map((each) => `manager.columns.${each}`),
    ].filter((key) => !en.has(key));
    expect(missing).toEqual([]);
  });

  it('use the access key of a menu once only', () => {
    for (const language of [en, es]) {
      for (const room of ['manager.menu.', 'console.menu.']) {
        const letters = [...language]
          .filter(([key]) => key.startsWith(room))
          .map(([, text]) => /&(.)/.exec(String(text))?.[1]?.toLowerCase());
        expect(new Set(letters).size).toBe(letters.length);
      }
    }
  });
});

describe('icons', () => {
  it('exist for every name that a template gives', () => {
    const used = code.flatMap((text) =>
      [...text.matchAll(/<Icon[^>]*\sname="([\w-]+)"/g)].map(([, name = '']) => name),
    );
    expect(used.length).toBeGreaterThan(10);
    expect(used.filter((name) => !ICON_NAMES.includes(name))).toEqual([]);
  });

  it('exist for every name in lists of commands and devices', () => {
    const used = code.flatMap((text) => [...text.matchAll(/\bicon: '([\w-]+)'/g)].map(([, name = '']) => name));
    expect(used.filter((name) => !ICON_NAMES.includes(name))).toEqual([]);
  });
});
