import { describe, expect, it } from 'vitest';
import { DEFAULT_SWITCHES, parseSwitches } from '../../electron/app/switches';

describe('command line', () => {
  it('reads every switch in both spellings, and leaves Chromium its own', () => {
    const args = [
      '--no-sandbox',
      '--data-dir',
      '/tmp/x',
      '--lang=es',
      '--host',
      'ws2008-beta',
      '--speed=instant',
      '--new-window-size',
      '1280x800',
      '--seed',
      '7',
      '.',
    ];
    const parsed = parseSwitches(args);
    expect(parsed).toEqual({
      ok: true,
      help: false,
      switches: {
        dataDir: '/tmp/x',
        language: 'es',
        host: 'ws2008-beta',
        speed: 'instant',
        newWindowSize: { width: 1280, height: 800 },
        seed: 7,
      },
    });
    expect(parseSwitches([])).toMatchObject({ ok: true, switches: DEFAULT_SWITCHES });
  });

  it('names the switch that makes no sense, and says what there is', () => {
    for (const bad of [
      ['--lang', 'fr'],
      ['--host', 'ws1999'],
      ['--speed', '0'],
      ['--speed', 'fast'],
      ['--seed', '-1'],
      ['--seed', '1.5'],
      ['--new-window-size', '10x10'],
      ['--data-dir'],
    ]) {
      const parsed = parseSwitches(bad);
      expect(parsed.ok).toBe(false);
      if (!parsed.ok) expect(parsed.message).toMatch(new RegExp(`^${bad[0]} cannot be`));
    }
  });
});
