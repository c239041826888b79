import type { DesktopScreen, GuestConnection, SplashScreen } from '@shared/model/guest-view';
import type { KernelState } from '../kernel/kernel-state';
import type { Connection } from '../kernel/network-view';
import { civilTime, clockText, wallSeconds } from '../kernel/wall-clock';
import type { OsProfile } from '../os/profile';
import { deviceNodes } from './device-list';
import type { SessionState } from './session';

/** The boot logo of a Windows that is starting, stopping, or has stopped for good. */
export function splashScreen(kernel: KernelState, profile: OsProfile): SplashScreen {
  const stage = profile.stages[Math.max(0, kernel.screen - 1)];
  const base = { kind: 'splash', theme: profile.theme, percent: null } as const;
  if (kernel.stage === 'failed') return { ...base, title: 'A problem has been detected', caption: kernel.failure };
  if (kernel.stage === 'stopping' || kernel.stage === 'off')
    return { ...base, title: profile.product, caption: 'Shutting down...' };
  return { ...base, title: stage?.title ?? '', caption: stage?.caption ?? '' };
}

/** The graphical firmware of a Generation 2 machine. */
export function firmwareScreen({ title, lines }: { title: string; lines: readonly string[] }): SplashScreen {
  return { kind: 'splash', theme: 'classic', title, caption: lines.join('\n'), percent: null };
}

/** A graphical installer. */
export function setupScreen(view: {
  title: string;
  lines: readonly string[];
  percent: number | null;
  status: string;
}): SplashScreen {
  const caption = [view.lines.join(' ').trim(), view.status].filter((line) => line !== '').join('\n');
  return { kind: 'splash', theme: 'setup', title: view.title, caption, percent: view.percent };
}

/** A desktop without what only the console's side knows: how the pointer gets there. */
export type GuestDesktop = Omit<DesktopScreen, 'pointer'>;

/** What the guest itself draws. */
export type DrawnScreen = GuestDesktop | SplashScreen;

/** What a desktop is drawn from. */
export interface DesktopView {
  readonly kernel: KernelState;
  readonly session: SessionState;
  readonly profile: OsProfile;
  readonly connections: readonly Connection[];
  /** Prompt and what is typed behind it. */
  readonly inputLine: string;
  readonly now: number;
}

function visiblePart(connection: Connection): GuestConnection {
  const {
    name,
    device,
    macAddress,
    linkUp,
    speedMbps,
    dhcp,
    address,
    mask,
    gateway,
    dnsServers,
    dhcpServer,
    sent,
    received,
  } = connection;
  return {
    name,
    device,
    macAddress,
    linkUp,
    speedMbps,
    dhcp,
    address,
    mask,
    gateway,
    dnsServers: [...dnsServers],
    dhcpServer,
    sent,
    received,
  };
}

/** The desktop: what the kernel found, and the command prompt. */
export function desktopScreen(view: DesktopView): GuestDesktop {
  const { kernel, session, profile, now } = view;
  return {
    kind: 'desktop',
    theme: profile.theme,
    width: profile.screen.width,
    height: profile.screen.height,
    osName: profile.product,
    computerName: kernel.boot.identity.ComputerName ?? profile.computerName,
    clock: clockText(civilTime(wallSeconds(kernel.wall, now))),
    devices: deviceNodes(kernel.devices, profile),
    connections: view.connections.map(visiblePart),
    windows: session.windows.map((window) => ({ ...window })),
    shell: { lines: [...session.lines], input: view.inputLine, busy: session.job !== null },
  };
}
