/**
 * How long the main window takes to answer, as a ratio to an empty Electron window started in turn with it; and how fast the engine
 * runs with and without its trace. The last line is `{"startRatio":…,"eventsPerSecond":…,"traceRatio":…}`.
 */
import { median, round } from './statistics';
import { measureStart, type Candidate } from './window-start';

/** What `engine-events.ts` exports as `measureEngineEvents`: events per second with the trace on, and on divided by off. */
export interface EngineEvents {
  readonly eventsPerSecond: number;
  readonly traceRatio: number;
}

interface EngineBench {
  measureEngineEvents(): EngineEvents | Promise<EngineEvents>;
}

const ROUNDS = 7;

const empty: Candidate = {
  path: 'tests/bench/empty-app',
  args: () => [],
  use: (window) =>
    window
      .locator('button[aria-pressed=false]')
      .click()
      .then(() => window.locator('button[aria-pressed=true]').waitFor()),
};

const lab: Candidate = {
  path: '.',
  args: (folder) => ['--data-dir', folder, '--lang', 'en', '--new-window-size', '1100x720'],
  use: async (window) => {
    await window.getByRole('treeitem').first().click();
    await window.getByRole('treeitem', { selected: true }).first().waitFor();
  },
};

async function startRatio(): Promise<number> {
  const times = { empty: [] as number[], lab: [] as number[] };
  // One start of each that does not count: it fills the system's file cache.
  await measureStart(empty);
  await measureStart(lab);
  for (let turn = 1; turn <= ROUNDS; turn++) {
    // Who goes first changes from round to round, so that whatever the first start leaves behind helps both alike.
    for (const name of turn % 2 === 0 ? (['lab', 'empty'] as const) : (['empty', 'lab'] as const)) {
      times[name].push(await measureStart(name === 'lab' ? lab : empty));
    }
    console.log(
      `round ${turn}: empty window ${times.empty.at(-1)?.toFixed(0)} ms, main window ${times.lab.at(-1)?.toFixed(0)} ms`,
    );
  }
  console.log(
    `medians: empty window ${median(times.empty).toFixed(0)} ms, main window ${median(times.lab).toFixed(0)} ms`,
  );
  return median(times.lab) / median(times.empty);
}

async function engineEvents(): Promise<EngineEvents | null> {
  const found = Object.values(import.meta.glob<EngineBench>('./engine-events.ts'));
  const load = found[0];
  return load ? (await load()).measureEngineEvents() : null;
}

const ratio = await startRatio();
const events = await engineEvents();
const figures = events && {
  eventsPerSecond: Math.round(events.eventsPerSecond),
  traceRatio: round(events.traceRatio, 3),
};
console.log(JSON.stringify({ startRatio: round(ratio, 3), ...figures }));
