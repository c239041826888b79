import type { PointerEvent } from '@engine/base/backends';
import type { Machine } from '@engine/machine/machine';
import type { SimulatedHost } from '@engine/machine/simulated-host';
import type { DesktopAction } from '@shared/model/guest-view';

/** Something that a person does at a machine's console: how the log of inputs keeps it, and what it does. */
export interface ConsoleInput {
  readonly noted: Parameters<SimulatedHost['input']>;
  apply(machine: Machine): void;
}

/** Numbers of what is done to a guest's windows, as the log of inputs keeps them. */
const DESKTOP_ACTS: Readonly<Record<DesktopAction['act'], number>> = {
  open: 1,
  activate: 2,
  minimize: 3,
  close: 4,
  move: 5,
};

/** A key goes down or up. */
export function keyInput(code: number, down: boolean, extended: boolean): ConsoleInput {
  const noted = code | (down ? 0x100 : 0) | (extended ? 0x200 : 0);
  return { noted: ['key', noted], apply: (machine) => machine.press({ code, down, extended }) };
}

/** Something is done to the windows of the guest's desktop. */
export function desktopInput(action: DesktopAction): ConsoleInput {
  return { noted: ['desktop', DESKTOP_ACTS[action.act]], apply: (machine) => machine.act(action) };
}

/** The pointer is somewhere else, or its buttons are. */
export function pointerInput(event: PointerEvent): ConsoleInput {
  const { x, y, buttons } = event;
  return { noted: ['pointer', x | (y << 16), buttons], apply: (machine) => machine.point(event) };
}
