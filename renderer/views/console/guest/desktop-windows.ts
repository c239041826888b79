import type { DesktopScreen, DeviceNode, GuestConnection, GuestProgram, GuestWindow } from '@shared/model/guest-view';
import { GUEST } from './guest-words';

/** Programs that the desktop offers. */
export const PROGRAMS: readonly { readonly program: GuestProgram; readonly title: string; readonly icon: string }[] = [
  { program: 'devices', title: GUEST.deviceManager, icon: 'system-device' },
  { program: 'network', title: GUEST.networkConnections, icon: 'network-connection' },
  { program: 'prompt', title: GUEST.commandPrompt, icon: 'command-prompt' },
];

/** A window as it is drawn. */
export interface DrawnWindow extends GuestWindow {
  readonly title: string;
  readonly icon: string;
  /** What a sheet is about; null when the guest no longer has it. */
  readonly device: DeviceNode | null;
  readonly connection: GuestConnection | null;
}

/** The guest's windows, back to front, with what stands in their title bars. */
export function drawnWindows({ windows, devices, connections }: DesktopScreen): readonly DrawnWindow[] {
  return windows.map((window) => {
    const device =
      window.program === 'device' ? (devices.find(({ instance }) => instance === window.subject) ?? null) : null;
    const connection =
      window.program === 'connection' ? (connections.find(({ name }) => name === window.subject) ?? null) : null;
    return { ...window, device, connection, ...caption(window, device) };
  });
}

function caption({ program, subject }: GuestWindow, device: DeviceNode | null): { title: string; icon: string } {
  if (program === 'device') return { title: `${device?.name ?? subject} Properties`, icon: 'system-device' };
  if (program === 'connection') return { title: `${subject} Status`, icon: 'network-connection' };
  const found = PROGRAMS.find((each) => each.program === program);
  return { title: found?.title ?? '', icon: found?.icon ?? '' };
}
