import { join } from 'node:path';
import { app, BrowserWindow } from 'electron';

const here = import.meta.dirname;

// Not awaited at the top level: Electron reports ready only after this module has been evaluated.
void app.whenReady().then(async () => {
  const window = new BrowserWindow({
    width: 1024,
    height: 720,
    show: false,
    webPreferences: { preload: join(here, '../preload/preload.cjs'), sandbox: true, contextIsolation: true },
  });
  window.once('ready-to-show', () => window.show());
  await window.loadFile(join(here, '../renderer/index.html'));
});
app.on('window-all-closed', () => app.quit());
