import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rooms } from './rooms.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ALIASES = { '@shared': 'shared', '@engine': 'electron/engine', '@renderer': 'renderer' };

/** A path from the top of the project with forward slashes, or null for one outside it. */
function inProject(path) {
  const found = relative(root, path);
  return found.startsWith('..') || isAbsolute(found) ? null : found.split(sep).join('/');
}

function isBelow(path, entry) {
  return path === entry || path.startsWith(`${entry}/`) || (entry.endsWith(':') && path.startsWith(entry));
}

/** The innermost room that holds a file. */
function roomOf(file) {
  const holding = Object.keys(rooms).filter((room) => isBelow(file, room));
  return holding.sort((a, b) => b.length - a.length)[0] ?? null;
}

/** What an import names: a path in the project, `node:…`, `npm:…`, or null when it leaves the project. */
function targetOf(specifier, filename) {
  const name = specifier.replace(/\?.*$/, '');
  if (name.startsWith('.')) return inProject(resolve(dirname(filename), name));
  if (name.startsWith('node:')) return name;
  const [first] = name.split('/');
  if (first in ALIASES) return ALIASES[first] + name.slice(first.length);
  return isAbsolute(name) ? null : `npm:${name}`;
}

/** Rooms that may import any package may also choose one at run time: tools and tests. */
function mayCompute(filename) {
  const file = inProject(filename);
  const room = file && roomOf(file);
  return room !== null && rooms[room].includes('npm:');
}

function check(context, node, specifier) {
  const { filename } = context;
  const file = inProject(filename);
  const room = file && roomOf(file);
  const target = targetOf(specifier, filename);
  if (!room) return context.report({ node, messageId: 'noRoom' });
  if (target === null) return context.report({ node, messageId: 'outside', data: { specifier } });
  const allowed = isBelow(target, room) || rooms[room].some((entry) => isBelow(target, entry));
  if (!allowed) context.report({ node, messageId: 'forbidden', data: { room, target } });
}

/** Lint rule: a file imports only what its room may import (rooms.mjs); what is not allowed there is an error. */
export const roomImports = {
  meta: {
    type: 'problem',
    docs: { description: 'deny imports between rooms unless rooms.mjs allows them' },
    schema: [],
    messages: {
      noRoom: 'This file lies in no room of scripts/lint/rooms.mjs, so it may import nothing.',
      outside: "'{{specifier}}' leads out of the project.",
      forbidden: "The room '{{room}}' may not import '{{target}}' (scripts/lint/rooms.mjs).",
      computed: 'The name of an imported module must be written out.',
    },
  },
  create(context) {
    const named = (node) => {
      if (node.source) check(context, node.source, node.source.value);
    };
    const computed = (node) => {
      if (node.source.type === 'Literal') named(node);
      else if (!mayCompute(context.filename)) context.report({ node, messageId: 'computed' });
    };
    return {
      ImportDeclaration: named,
      ExportNamedDeclaration: named,
      ExportAllDeclaration: named,
      ImportExpression: computed,
      TSImportType: (node) =>
        check(context, node.source ?? node.argument, (node.source ?? node.argument.literal).value),
      TSExternalModuleReference: (node) => check(context, node.expression, node.expression.value),
    };
  },
};
