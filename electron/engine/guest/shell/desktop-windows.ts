import type { DesktopAction, GuestProgram, GuestWindow } from '@shared/model/guest-view';

/** Where the window of a program opens, pixels of the guest's screen. */
const PLACES: Readonly<Record<GuestProgram, { readonly x: number; readonly y: number }>> = {
  devices: { x: 96, y: 18 },
  network: { x: 132, y: 76 },
  prompt: { x: 110, y: 40 },
  device: { x: 190, y: 60 },
  connection: { x: 210, y: 90 },
};

/** No desktop of the guests has room for more. */
const LIMIT = 32;

/**
 * The windows after a person has done something to one of them. They belong to the guest's session: they are there when the
 * connection is closed and opened again, and they come back with a saved state. What names no window changes nothing.
 */
export function afterAction(windows: readonly GuestWindow[], action: DesktopAction): readonly GuestWindow[] {
  if (action.act === 'open') return opened(windows, action.program, action.subject);
  const target = windows.find(({ id }) => id === action.id);
  if (!target) return windows;
  const others = windows.filter((window) => window !== target);
  if (action.act === 'close') return others;
  if (action.act === 'activate') return [...others, { ...target, minimized: false }];
  const changed = action.act === 'minimize' ? { ...target, minimized: true } : { ...target, x: action.x, y: action.y };
  return windows.map((window) => (window === target ? changed : window));
}

/** With the window of a program in front; a new one when there is none. */
function opened(windows: readonly GuestWindow[], program: GuestProgram, subject: string): readonly GuestWindow[] {
  const id = `${program}:${subject}`;
  if (windows.some((window) => window.id === id)) return afterAction(windows, { act: 'activate', id });
  if (windows.length >= LIMIT) return windows;
  return [...windows, { id, program, subject, ...PLACES[program], minimized: false }];
}
