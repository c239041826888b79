import { app, session } from 'electron';
import { isOurPage } from './protocol';

/**
 * The rules for every page, whatever opens it: no navigation away, no new windows, no embedded contents, no permissions, no
 * request that leaves the application, no download.
 */
export function secure(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** The part of the rules that needs a session; call when the application is ready. */
export function secureSession(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((_contents, _permission, done) => done(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.on('will-download', (event) => event.preventDefault());
  defaultSession.webRequest.onBeforeRequest(({ url }, done) =>
    done({ cancel: !isOurPage(url) && !url.startsWith('devtools:') }),
  );
}
