// What `electron .` runs first in a runtime that was put together without Electron's own default application:
// it finds the folder of the real application on the command line, presents it to Electron and starts it.
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

/** Splits Chromium's switches, `-r FILE` and the application's path; what follows the path belongs to the application. */
function readCommandLine(args) {
  const preloads = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === '-r' || arg === '--require') preloads.push(args[++index]);
    else if (!arg.startsWith('-')) return { preloads, path: arg };
  }
  return { preloads, path: null };
}

function describeApplication(path) {
  const target = resolve(path);
  if (!statSync(target).isDirectory()) return { folder: dirname(target), entry: target, manifest: {} };
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  return { folder: target, entry: join(target, manifest.main ?? 'index.js'), manifest };
}

function present({ folder, manifest }) {
  if (manifest.version) app.setVersion(manifest.version);
  const name = manifest.productName ?? manifest.name;
  if (name) app.name = name;
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
  app.setAppPath(folder);
}

function refuse(text) {
  console.error(text);
  process.exit(1);
}

const { preloads, path } = readCommandLine(process.argv.slice(1));
if (path === null) refuse('usage: electron [switches] [-r FILE] PATH [arguments]');

Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
const application = describeApplication(path);
present(application);
const require = createRequire(join(application.folder, 'package.json'));
for (const preload of preloads) require(resolve(preload));
// Awaited, as Electron's own default application does it: Electron becomes ready only after the application's main module has been
// evaluated, which must register its schemes before. (A main module that waits for readiness at its top level would wait for ever.)
try {
  await import(pathToFileURL(application.entry).href);
} catch (error) {
  refuse(error.stack ?? String(error));
}
