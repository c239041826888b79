import type { Kernel } from '../kernel/kernel';
import type { GuestNetwork } from '../kernel/network-view';
import type { OsProfile } from '../os/profile';
import type { SessionState } from './session';
import type { Terminal } from './terminal';

/** What commands work with. */
export interface ShellContext {
  readonly kernel: Kernel;
  readonly network: GuestNetwork;
  readonly profile: OsProfile;
  readonly session: SessionState;
  readonly terminal: Terminal;
  now(): number;
}

export function computerName(context: ShellContext): string {
  return context.kernel.computerName;
}
