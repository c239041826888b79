import { HOST_IDS, type HostId } from '@shared/model/host-profile';
import { DEFAULT_HOST } from '@shared/model/hosts';

/** What the command line can say. */
export interface Switches {
  readonly dataDir: string | null;
  readonly language: 'en' | 'es' | null;
  /** Null: the host of the data folder, or the default host in a new one. */
  readonly host: HostId | null;
  /** Engine seconds per wall second; `instant` runs until nothing is left to wait for. */
  readonly speed: 'instant' | number;
  readonly newWindowSize: { width: number; height: number } | null;
  readonly seed: number;
}

export const DEFAULT_SWITCHES: Switches = {
  dataDir: null,
  language: null,
  host: null,
  speed: 1,
  newWindowSize: null,
  seed: 1,
};

export const USAGE = `Partition Lab
  --data-dir DIR            where machines, disks and settings are kept
  --lang en|es              language of the windows
  --host ID                 simulated host: ${HOST_IDS.join(', ')} (default ${DEFAULT_HOST})
  --speed instant|1|N       engine time: as fast as it goes, as the wall clock, N times the wall clock
  --new-window-size WxH     content size of the first window, in pixels
  --seed N                  seed of the engine's random numbers
  --help                    this text`;

type Parsed = { ok: true; switches: Switches; help: boolean } | { ok: false; message: string };

type Writable = { -readonly [K in keyof Switches]: Switches[K] };

/**
 * Reads the switches; Chromium's own (any other that begins with `--`) are left alone. Both `--lang es` and `--lang=es` work.
 * A value that makes no sense is an error that names the switch and what it takes.
 */
export function parseSwitches(args: readonly string[]): Parsed {
  const switches: Writable = { ...DEFAULT_SWITCHES };
  let help = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const [name = '', inline] = arg.split(/=(.*)/s);
    if (name === '--help') help = true;
    const reader = READERS[name];
    if (!reader) continue;
    const value = inline ?? args[++i];
    if (value === undefined || !reader(value, switches))
      return { ok: false, message: `${name} cannot be ${value ?? 'empty'}.\n${USAGE}` };
  }
  return { ok: true, switches, help };
}

const READERS: Readonly<Record<string, (value: string, into: Writable) => boolean>> = {
  '--data-dir': (value, into) => {
    into.dataDir = value;
    return value.length > 0;
  },
  '--lang': (value, into) => {
    if (value !== 'en' && value !== 'es') return false;
    into.language = value;
    return true;
  },
  '--host': (value, into) => {
    into.host = HOST_IDS.find((id) => id === value) ?? null;
    return into.host !== null;
  },
  '--speed': (value, into) => {
    into.speed = value === 'instant' ? value : Number(value);
    return into.speed === 'instant' || (into.speed > 0 && into.speed <= 10_000);
  },
  '--new-window-size': (value, into) => {
    const [, width, height] = /^(\d{3,4})x(\d{3,4})$/.exec(value) ?? [];
    into.newWindowSize = width && height ? { width: Number(width), height: Number(height) } : null;
    return into.newWindowSize !== null;
  },
  '--seed': (value, into) => {
    into.seed = Number(value);
    return Number.isInteger(into.seed) && into.seed >= 0 && into.seed <= 0xffff_ffff;
  },
};
