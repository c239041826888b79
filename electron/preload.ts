import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';
import { channelOf, contract } from '@shared/contract';

/**
 * Builds `window.lab` from the contract: one function for each call, one `on` for the events of each domain. Nothing is
 * written here by hand, and nothing of Electron reaches the page.
 */
function buildDomain(
  domain: string,
  entries: Readonly<Record<string, { kind: 'call' | 'event' }>>,
): Record<string, unknown> {
  const built: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(entries)) {
    if (kind === 'call') built[name] = (input: unknown) => ipcRenderer.invoke(channelOf(domain, name), input);
  }
  built['on'] = (name: string, handler: (payload: unknown) => void) => {
    if (entries[name]?.kind !== 'event') throw new Error(`${domain} has no event ${name}`);
    const listener = (_event: IpcRendererEvent, payload: unknown): void => handler(payload);
    ipcRenderer.on(channelOf(domain, name), listener);
    return () => void ipcRenderer.removeListener(channelOf(domain, name), listener);
  };
  return built;
}

contextBridge.exposeInMainWorld(
  'lab',
  Object.fromEntries(Object.entries(contract).map(([domain, entries]) => [domain, buildDomain(domain, entries)])),
);
