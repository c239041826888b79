import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useApp } from './app';
import type { MenuItem, MenuPoint } from '@renderer/components/menu';

/** A question or message in task-dialog form. Texts are ready to show. */
export interface TaskDialogSpec {
  readonly caption: string;
  readonly icon: 'warning' | 'error' | 'info' | 'question';
  readonly headline: string;
  readonly text?: string;
  /** Lines behind "See details". */
  readonly details?: readonly string[];
  readonly buttons: readonly { readonly id: string; readonly label: string; readonly isDefault?: boolean }[];
  /** The button that Escape and the close box press. */
  readonly cancel: string;
  /** A check box that keeps the question from coming again. Only `answer` is remembered; then it is given at once. */
  readonly silence?: { readonly question: string; readonly label: string; readonly answer: string };
}

/** What a Browse... dialog is to find on the simulated host. */
export interface BrowseSpec {
  /** `save` asks for a name that is not taken; an ending that is left out is that of the first filter. */
  readonly mode: 'file' | 'folder' | 'save';
  readonly title: string;
  /** Where it opens: a folder, or a file whose folder is shown. */
  readonly start: string;
  /** Kinds of files to choose from, the first one in force: `{ label: 'Disc image files', extensions: ['iso'] }`; empty: all files. */
  readonly filters?: readonly { readonly label: string; readonly extensions: readonly string[] }[];
}

/** What the New Virtual Hard Disk Wizard starts from. */
export interface NewDiskSpec {
  /** The only format that is of use here; null: any that the host knows. */
  readonly format: 'vhd' | 'vhdx' | null;
}

interface Open<S, A> {
  readonly id: number;
  readonly spec: S;
  readonly answer: (answer: A) => void;
}

/** What lies over the view of a window: questions, Browse... dialogs, the tools for virtual hard disks, a popup menu. */
export const useShell = defineStore('shell', () => {
  const app = useApp();
  const tasks = shallowRef<readonly Open<TaskDialogSpec, { button: string; silence: boolean }>[]>([]);
  const browser = shallowRef<Open<BrowseSpec, string | null> | null>(null);
  const diskWizard = shallowRef<Open<NewDiskSpec, string | null> | null>(null);
  /** Path of the file whose properties are shown. */
  const inspected = shallowRef<string | null>(null);
  const menu = shallowRef<{ items: readonly MenuItem[]; at: MenuPoint; label: string } | null>(null);
  const next = ref(1);

  /** Shows a question and answers with the id of the button that was pressed. */
  async function confirm(spec: TaskDialogSpec): Promise<string> {
    const { silence } = spec;
    if (silence && app.isSilenced(silence.question)) return silence.answer;
    const id = next.value++;
    const answer = await new Promise<{ button: string; silence: boolean }>((resolve) => {
      tasks.value = [...tasks.value, { id, spec, answer: resolve }];
    });
    tasks.value = tasks.value.filter((each) => each.id !== id);
    if (silence && answer.silence && answer.button === silence.answer) await app.silence(silence.question);
    return answer.button;
  }

  /** Lets the user choose a file or folder of the simulated host; null when cancelled. */
  async function browse(spec: BrowseSpec): Promise<string | null> {
    const path = await new Promise<string | null>((answer) => {
      browser.value?.answer(null);
      browser.value = { id: next.value++, spec, answer };
    });
    browser.value = null;
    return path;
  }

  /** Lets the user make a virtual hard disk; its path, or null when cancelled. */
  async function newDisk(spec: NewDiskSpec): Promise<string | null> {
    const path = await new Promise<string | null>((answer) => {
      diskWizard.value?.answer(null);
      diskWizard.value = { id: next.value++, spec, answer };
    });
    diskWizard.value = null;
    return path;
  }

  /** Shows the properties of a virtual hard disk file; null closes them. */
  const inspectDisk = (path: string | null): void => void (inspected.value = path);

  /** Opens a popup menu; another one that is open closes. */
  function openMenu(items: readonly MenuItem[], at: MenuPoint, label: string): void {
    menu.value = items.length > 0 ? { items, at, label } : null;
  }

  const closeMenu = (): void => void (menu.value = null);

  return {
    tasks,
    browser,
    diskWizard,
    inspected,
    menu,
    confirm,
    browse,
    newDisk,
    inspectDisk,
    openMenu,
    closeMenu,
  };
});
