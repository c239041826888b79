import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow } from 'electron';
import { DEFAULT_HOST } from '@shared/model/hosts';
import { appHandlers } from '../ipc/handlers/app';
import { filesHandlers } from '../ipc/handlers/files';
import { inventoryHandlers } from '../ipc/handlers/inventory';
import { machineHandlers } from '../ipc/handlers/machine';
import { Watchers } from '../ipc/watchers';
import { broadcast, serve } from '../ipc/serve';
import { snapshot } from '../management/snapshot';
import { openLab, type Lab } from './lab';
import { chooseHost } from './preferences';
import { servePages } from './protocol';
import { secureSession } from './security';
import type { Switches } from './switches';
import { preloadPath, Windows } from './windows';

/** Snapshots go out at most so often: a person reads no faster. */
const SNAPSHOT_INTERVAL_MS = 60;

/** Between two pieces of what a new data folder lacks. */
const PROVISION_PAUSE_MS = 50;

/** The application as its main module holds it. */
export interface Started {
  close(): void;
  /** Brings the manager to the front: somebody has started the application a second time. */
  showManager(): void;
}

/** Opens the first window, and then what stands behind it. Call when the application is ready. */
export function start(switches: Switches, mainFolder: string): Started {
  const dataDir = app.getPath('userData');
  const report = reporter(dataDir);
  secureSession();
  servePages(join(mainFolder, '../renderer'));
  const windows = new Windows(preloadPath(mainFolder), switches.newWindowSize);
  const manager = windows.open({ kind: 'manager' });
  const lab = openLab(dataDir, chooseHost(dataDir, switches.host, DEFAULT_HOST), switches);
  setLanguage(lab, switches);
  const watchers = new Watchers((vmId, isWatched) => lab.machines.watch(vmId, isWatched));
  serve(
    {
      app: appHandlers(lab.vmms, windows),
      inventory: inventoryHandlers(lab.vmms, windows),
      machine: machineHandlers(lab.vmms, watchers),
      files: filesHandlers(lab.vmms.files, lab.vmms.disks, lab.newDisks),
    },
    windows,
    report,
  );
  publish(lab, windows, watchers);
  manager.webContents.once('did-finish-load', () => provisionInBackground(lab, report));
  return { close: () => lab.close(), showManager: () => void windows.open({ kind: 'manager' }) };
}

function setLanguage({ vmms: { inventory } }: Lab, { language }: Switches): void {
  const document = inventory.hostDocument;
  if (language !== null && language !== document.language)
    inventory.record('language', [inventory.patchHost({ ...document, language })]);
}

/** Tells windows what has changed: snapshots to all, a machine's screen to those that watch it. */
function publish({ vmms, machines }: Lab, windows: Windows, watchers: Watchers): void {
  let scheduled = false;
  const changed = (): void => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      broadcast('inventory', 'changed', snapshot(vmms), () => true, windows);
    }, SNAPSHOT_INTERVAL_MS);
  };
  vmms.inventory.onChanged(changed);
  machines.onChanged(() => vmms.inventory.touch());
  machines.onScreen((vmId, screen) => {
    broadcast('machine', 'screenChanged', { vmId, screen }, ({ windowId }) => watchers.get(windowId) === vmId, windows);
  });
  app.on('browser-window-created', (_event, window: BrowserWindow) => {
    const { id } = window;
    window.on('closed', () => watchers.delete(id));
  });
}

/** Media and lab disks are made once the window is there, a piece at a time: between two, the windows' calls are answered. */
function provisionInBackground(lab: Lab, report: (error: unknown) => void): void {
  const next = (): void => {
    try {
      if (lab.provision()) setTimeout(next, PROVISION_PAUSE_MS);
    } catch (error) {
      report(error);
    }
  };
  setTimeout(next, PROVISION_PAUSE_MS);
}

/** Errors that no person can do anything about go to a file beside the data, and to the console. */
function reporter(dataDir: string): (error: unknown) => void {
  return (error) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(text);
    mkdirSync(dataDir, { recursive: true });
    appendFileSync(join(dataDir, 'errors.log'), `${new Date().toISOString()} ${text}\n`);
  };
}
