import { computed, ref } from 'vue';
import { GUEST } from './guest-words';

/** Programs of the guest that can be opened from its desktop, and the sheets that they open. */
export type GuestProgram = 'devices' | 'network' | 'prompt' | 'device' | 'connection';

export interface GuestWindow {
  readonly id: string;
  readonly program: GuestProgram;
  readonly title: string;
  readonly icon: string;
  /** Instance of the device or name of the connection that a sheet is about. */
  readonly subject: string;
  readonly x: number;
  readonly y: number;
  readonly minimized: boolean;
}

export const PROGRAMS: readonly { readonly program: GuestProgram; readonly title: string; readonly icon: string }[] = [
  { program: 'devices', title: GUEST.deviceManager, icon: 'system-device' },
  { program: 'network', title: GUEST.networkConnections, icon: 'network-connection' },
  { program: 'prompt', title: GUEST.commandPrompt, icon: 'command-prompt' },
];

const PLACES: Record<GuestProgram, { x: number; y: number }> = {
  devices: { x: 96, y: 18 },
  network: { x: 132, y: 76 },
  prompt: { x: 110, y: 40 },
  device: { x: 190, y: 60 },
  connection: { x: 210, y: 90 },
};

/** Which windows lie on the guest's desktop, the active one last. */
export function useDesktopWindows() {
  const windows = ref<readonly GuestWindow[]>([]);
  const visible = computed(() => windows.value.filter(({ minimized }) => !minimized));
  const active = computed(() => visible.value.at(-1) ?? null);

  function replace(id: string, change: (window: GuestWindow) => GuestWindow): void {
    windows.value = windows.value.map((each) => (each.id === id ? change(each) : each));
  }

  /** Opens a window, or brings the one that is open to the front. */
  function open(program: GuestProgram, title: string, icon: string, subject = ''): void {
    const id = `${program}:${subject}`;
    if (!windows.value.some((each) => each.id === id)) {
      windows.value = [...windows.value, { id, program, title, icon, subject, ...PLACES[program], minimized: false }];
    }
    activate(id);
  }

  function activate(id: string): void {
    replace(id, (each) => ({ ...each, minimized: false }));
    const found = windows.value.find((each) => each.id === id);
    if (found && windows.value.at(-1)?.id !== id)
      windows.value = [...windows.value.filter((each) => each.id !== id), found];
  }

  const close = (id: string): void => void (windows.value = windows.value.filter((each) => each.id !== id));
  const minimize = (id: string): void => replace(id, (each) => ({ ...each, minimized: true }));
  const move = (id: string, x: number, y: number): void => replace(id, (each) => ({ ...each, x, y }));

  /** The task bar's button: minimizes the active window, brings any other to the front. */
  function toggle(id: string): void {
    if (active.value?.id === id) minimize(id);
    else activate(id);
  }

  return { windows, visible, active, open, activate, close, minimize, move, toggle };
}
