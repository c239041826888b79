/**
 * The rooms of the house and what each may import. A room is a folder (or a file); whatever is not named here is forbidden, and a
 * file that lies in no room may import nothing. Every room may import itself. Entries are paths from the top of the
 * project (with everything below them), `npm:` and a package's name, or `node:` for Node's own modules.
 */

/** Engine rooms in their order: a room may at most import rooms above it. */
const ENGINE = {
  base: [],
  clock: ['base'],
  trace: ['base', 'clock'],
  memory: ['base', 'clock', 'trace'],
  bus: ['base', 'clock', 'trace', 'memory'],
  hypervisor: ['base', 'clock', 'trace', 'memory', 'bus'],
  chipset: ['base', 'clock', 'trace', 'memory', 'bus', 'hypervisor'],
  // A device is given memory, ports, an interrupt line and a clock. It never learns what processor or partition it serves.
  devices: ['base', 'clock', 'trace', 'memory', 'bus'],
  vmbus: ['base', 'clock', 'trace', 'memory', 'hypervisor'],
  vswitch: ['base', 'clock', 'trace'],
  parent: ['base', 'clock', 'trace', 'memory', 'bus', 'hypervisor', 'vmbus', 'vswitch'],
  // A guest knows processor, memory and the child's side of VMBus, never a device model, a provider or the switch. The one
  // exception is a table of register numbers that the firmware and the board share by their nature.
  guest: ['base', 'clock', 'trace', 'memory', 'bus/port-space', 'hypervisor', 'vmbus', 'devices/bios-helper'],
  x86: ['base', 'clock', 'trace', 'memory', 'bus', 'hypervisor'],
};

const engine = Object.fromEntries(
  Object.entries(ENGINE).map(([room, above]) => [
    `electron/engine/${room}`,
    [...above.map((name) => `electron/engine/${name}`), 'shared/model'],
  ]),
);

const RENDERER_PACKAGES = ['vue', 'pinia', 'vue-i18n', 'element-plus', '@fluentui/svg-icons', '@fontsource'].map(
  (name) => `npm:${name}`,
);
const EVERYTHING = ['electron', 'shared', 'renderer', 'tests', 'scripts', 'node:', 'npm:'];

export const rooms = {
  'shared/model': ['npm:zod'],
  'shared/contract': ['shared/model', 'npm:zod'],
  ...engine,
  'electron/engine/machine': ['electron/engine', 'shared/model'],
  'electron/storage': ['electron/engine/base', 'shared/model', 'node:', 'npm:zod'],
  'electron/worker': ['electron/engine', 'electron/storage', 'shared/model', 'node:', 'npm:v86'],
  // Besides settings, management keeps the ready-made disks and media of the simulated host: what guests are, never how they run.
  'electron/management': [
    'electron/engine/base',
    'electron/engine/guest/disk',
    'electron/engine/guest/os',
    'electron/storage',
    'electron/worker',
    'shared/model',
    'node:',
    'npm:zod',
  ],
  // Where everything is put together: windows, and what stands behind them.
  'electron/app': [
    'electron/ipc',
    'electron/management',
    'electron/storage',
    'electron/worker',
    'electron/engine/machine',
    'shared',
    'node:',
    'npm:electron',
    'npm:zod',
  ],
  'electron/ipc': [
    'electron/app',
    'electron/management',
    'electron/worker',
    'shared',
    'node:',
    'npm:electron',
    'npm:zod',
  ],
  'electron/main.ts': ['electron/app', 'shared', 'node:', 'npm:electron'],
  'electron/preload.ts': ['shared/contract', 'npm:electron'],
  renderer: ['shared', ...RENDERER_PACKAGES],
  tests: EVERYTHING,
  scripts: EVERYTHING,
  'electron.vite.config.ts': EVERYTHING,
  'eslint.config.js': EVERYTHING,
  'playwright.config.ts': EVERYTHING,
  'vitest.config.ts': EVERYTHING,
};
