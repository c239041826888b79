import { app, BrowserWindow, clipboard } from 'electron';
import type { Vmms } from '../../management/vmms';
import type { Windows } from '../../app/windows';
import type { DomainHandlers } from './types';

/** Windows, and what the user does not want to be asked again. */
export function appHandlers(vmms: Vmms, windows: Windows): DomainHandlers<'app'> {
  const { inventory } = vmms;
  const silence = (silenced: string[]): void =>
    inventory.record('silence', [inventory.patchHost({ ...inventory.hostDocument, silenced })]);
  return {
    bootstrap: (_input, { role }) => ({
      role,
      language: inventory.hostDocument.language,
      hostId: inventory.host.id,
      version: app.getVersion(),
      electron: process.versions.electron ?? '',
      silenced: inventory.hostDocument.silenced,
    }),
    openSettings: ({ vmId }) => void windows.open({ kind: 'settings', vmId: inventory.vm(vmId).id }),
    openConsole: ({ vmId }) => void windows.open({ kind: 'console', vmId: inventory.vm(vmId).id }),
    openNewVm: () => void windows.open({ kind: 'newVm' }),
    closeWindow: (_input, { windowId }) => BrowserWindow.fromId(windowId)?.close(),
    setTitle: ({ title }, { windowId }) => BrowserWindow.fromId(windowId)?.setTitle(title),
    resizeContent: ({ width, height }, { windowId }) => BrowserWindow.fromId(windowId)?.setContentSize(width, height),
    fullScreen: ({ on }, { windowId }) => BrowserWindow.fromId(windowId)?.setFullScreen(on),
    clipboardText: () => ({ text: clipboard.readText().slice(0, 10_000) }),
    copyPicture: async (part, { windowId }) => {
      const picture = await BrowserWindow.fromId(windowId)?.webContents.capturePage(part);
      if (picture) clipboard.writeImage(picture);
    },
    silence: ({ question }) => silence([...new Set([...inventory.hostDocument.silenced, question])]),
    resetSilenced: () => silence([]),
  };
}
