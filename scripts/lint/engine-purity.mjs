/**
 * What the engine must do without, as options of ESLint's own restriction rules. Time comes from the engine clock, chance from base/random,
 * and no state may hide in a promise, a generator or a host's timer.
 */

const TIME = 'Time comes from the engine clock.';
const WAITING =
  'No state across two events lives in a timer, promise or generator: arm an alarm and keep the state in `this.state`.';
const HOST = 'The engine knows no host: neither Node nor Electron nor a page.';

const GLOBALS = {
  [TIME]: ['Date', 'performance', 'Temporal', 'Intl'],
  [WAITING]: [
    'Promise',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'clearInterval',
    'clearImmediate',
    'queueMicrotask',
    'requestAnimationFrame',
    'requestIdleCallback',
    'AsyncGenerator',
    'Generator',
    'FinalizationRegistry',
    'WeakRef',
    'Atomics',
  ],
  [HOST]: [
    'process',
    'Buffer',
    'require',
    'module',
    'globalThis',
    'global',
    'self',
    'window',
    'document',
    'navigator',
    'localStorage',
    'fetch',
    'crypto',
    'console',
    'Worker',
    'MessageChannel',
    'eval',
    'Function',
  ],
};

const SYNTAX = {
  'TSTypeReference[typeName.name=/^(Promise|PromiseLike|Generator|AsyncGenerator|Date)$/]': WAITING,
  ':function[async=true]': WAITING,
  ':function[generator=true]': WAITING,
  AwaitExpression: WAITING,
  YieldExpression: WAITING,
  'ForOfStatement[await=true]': WAITING,
  ImportExpression: 'The engine loads nothing at run time.',
  'MetaProperty[meta.name="import"]': HOST,
};

export const restrictedGlobals = Object.entries(GLOBALS).flatMap(([message, names]) =>
  names.map((name) => ({ name, message })),
);

export const restrictedProperties = [
  { object: 'Math', property: 'random', message: 'Chance comes from base/random, with the seed of the lab.' },
];

export const restrictedSyntax = Object.entries(SYNTAX).map(([selector, message]) => ({ selector, message }));
