import { resolve } from 'node:path';
import { app } from 'electron';
import { registerScheme } from './app/protocol';
import { secure } from './app/security';
import { start, type Started } from './app/start';
import { parseSwitches, USAGE } from './app/switches';

const mainFolder = import.meta.dirname;
const parsed = parseSwitches(process.argv.slice(1));
let lab: Started | null = null;

if (!parsed.ok || parsed.help) {
  console.log(parsed.ok ? USAGE : parsed.message);
  app.exit(parsed.ok ? 0 : 2);
} else {
  const { switches } = parsed;
  if (switches.dataDir !== null) app.setPath('userData', resolve(switches.dataDir));
  // The lock lies in the data folder: one instance for each.
  if (!app.requestSingleInstanceLock()) app.exit(0);
  // A picture of a window is the same however it came about: never painted again in parts only.
  app.commandLine.appendSwitch('disable-partial-raster');
  registerScheme();
  secure();
  // Not awaited at the top level: Electron reports ready only after this module has been evaluated.
  void app.whenReady().then(() => {
    lab = start(switches, mainFolder);
  });
  app.on('second-instance', () => lab?.showManager());
}

app.on('window-all-closed', () => app.quit());
app.on('will-quit', () => lab?.close());
