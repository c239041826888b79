import { BrowserWindow, ipcMain, type IpcMainInvokeEvent } from 'electron';
import { channelOf, contract } from '@shared/contract';
import type { CallSpec, EventSpec } from '@shared/contract/define';
import { isOurPage } from '../app/protocol';
import type { Windows } from '../app/windows';
import { answer, failure } from './answer';
import type { Caller, Handlers } from './handlers/types';

type LooseHandler = (input: unknown, caller: Caller) => unknown;

/** Registers every call of the contract. A call from a frame that is not the top frame of one of our windows is refused. */
export function serve(handlers: Handlers, windows: Windows, report: (error: unknown) => void): void {
  for (const [domain, entries] of Object.entries(contract)) {
    const table: Readonly<Record<string, unknown>> = handlers[domain as keyof Handlers]; // domain comes from the same object's keys
    for (const [name, spec] of Object.entries<CallSpec | EventSpec>(entries)) {
      if (spec.kind !== 'call') continue;
      const handler = table[name];
      if (typeof handler !== 'function') throw new Error(`no handler for ${domain}.${name}`);
      ipcMain.handle(channelOf(domain, name), (event, input: unknown) => {
        const caller = callerOf(event, windows);
        if (!caller) return failure('notAllowed', {});
        return answer(spec, input, (checked) => (handler as LooseHandler)(checked, caller), report);
      });
    }
  }
}

/** The window behind a call, or null when the sender is not the main frame of a page of ours. */
function callerOf(event: IpcMainInvokeEvent, windows: Windows): Caller | null {
  const frame = event.senderFrame;
  if (!frame || frame.parent !== null || !isOurPage(frame.url)) return null;
  const window = BrowserWindow.fromWebContents(event.sender);
  const role = window ? windows.roleOf(window.id) : null;
  return window && role ? { windowId: window.id, role } : null;
}

/** Sends an event of the contract to the windows for which `wanted` says yes. The payload is checked before it leaves. */
export function broadcast(
  domain: keyof typeof contract,
  name: string,
  payload: unknown,
  wanted: (caller: Caller) => boolean,
  windows: Windows,
): void {
  const entries: Readonly<Record<string, CallSpec | EventSpec>> = contract[domain];
  const spec = entries[name];
  if (spec?.kind !== 'event') throw new Error(`${domain} has no event ${name}`);
  const checked = spec.payload.parse(payload);
  for (const window of BrowserWindow.getAllWindows()) {
    const role = windows.roleOf(window.id);
    if (!role || window.webContents.isDestroyed() || !wanted({ windowId: window.id, role })) continue;
    window.webContents.send(channelOf(domain, name), checked);
  }
}
