import { join } from 'node:path';
import { BrowserWindow } from 'electron';
import { PAGE } from './protocol';

/** What a window is for. There is one manager window, and one Settings and one connection window for each machine. */
export type WindowRole =
  | { readonly kind: 'manager' }
  | { readonly kind: 'newVm' }
  | { readonly kind: 'settings'; readonly vmId: string }
  | { readonly kind: 'console'; readonly vmId: string };

interface Look {
  readonly width: number;
  readonly height: number;
  readonly resizable: boolean;
  readonly minimizable: boolean;
}

// Content sizes at 96 dpi: what the real tool's windows measure, without their title bar of 31 pixels.
const LOOKS: Readonly<Record<WindowRole['kind'], Look>> = {
  manager: { width: 1180, height: 740, resizable: true, minimizable: true },
  newVm: { width: 704, height: 514, resizable: false, minimizable: false },
  settings: { width: 721, height: 656, resizable: false, minimizable: true },
  console: { width: 806, height: 697, resizable: true, minimizable: true },
};

/** The application's windows by role. */
export class Windows {
  private readonly roles = new Map<number, WindowRole>();

  /**
   * @param preload path of the preload script
   * @param firstSize content size of the manager window when the command line gave one
   */
  constructor(
    private readonly preload: string,
    private readonly firstSize: { width: number; height: number } | null,
  ) {}

  roleOf(windowId: number): WindowRole | null {
    return this.roles.get(windowId) ?? null;
  }

  /** Opens the window of a role, or brings the one that is open to the front. */
  open(role: WindowRole): BrowserWindow {
    const known = this.find(role);
    if (known) {
      if (known.isMinimized()) known.restore();
      known.focus();
      return known;
    }
    return this.create(role);
  }

  private find(role: WindowRole): BrowserWindow | null {
    const same = (other: WindowRole): boolean => JSON.stringify(other) === JSON.stringify(role);
    const id = [...this.roles].find(([, other]) => same(other))?.[0];
    return id === undefined ? null : BrowserWindow.fromId(id);
  }

  private create(role: WindowRole): BrowserWindow {
    const look = LOOKS[role.kind];
    const manager = role.kind === 'newVm' ? this.find({ kind: 'manager' }) : null;
    const window = new BrowserWindow({
      ...look,
      ...(role.kind === 'manager' && this.firstSize),
      maximizable: look.resizable,
      fullscreenable: look.resizable,
      useContentSize: true,
      show: false,
      backgroundColor: role.kind === 'console' ? '#272727' : '#f0f0f0',
      autoHideMenuBar: true,
      ...(manager && { parent: manager, modal: true }),
      webPreferences: {
        preload: this.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
        devTools: false,
      },
    });
    window.removeMenu();
    this.roles.set(window.id, role);
    const { id } = window;
    window.once('ready-to-show', () => window.show());
    window.on('closed', () => this.roles.delete(id));
    void window.loadURL(PAGE);
    return window;
  }

  /** Closes the windows that belong to a machine which no longer exists. */
  closeOf(vmId: string): void {
    for (const [id, role] of [...this.roles]) {
      if ('vmId' in role && role.vmId === vmId) BrowserWindow.fromId(id)?.close();
    }
  }
}

/** Path of the preload script beside the main bundle. */
export function preloadPath(mainFolder: string): string {
  return join(mainFolder, '../preload/preload.cjs');
}
