import type { DesktopAction } from '@shared/model/guest-view';
import type { Processor } from '../../hypervisor/processor';
import { TextConsole } from '../console/text-console';
import type { Kernel } from '../kernel/kernel';
import { stamped } from '../kernel/linux-log';
import type { OsProfile } from '../os/profile';
import { LINUX_SHELL } from './linux/commands';
import { afterAction } from './desktop-windows';
import { desktopScreen, splashScreen, type DrawnScreen } from './screens';
import type { SessionState } from './session';
import { Shell } from './shell';
import { ScreenTerminal, WindowTerminal } from './terminal';
import { WINDOWS_SHELL } from './windows/commands';

/** What the programs of a guest work with. */
export interface UserlandOptions {
  readonly processor: Processor;
  readonly profile: OsProfile;
  readonly kernel: () => Kernel;
  readonly session: SessionState;
  now(): number;
}

/** Everything above the kernel: console or desktop, and the shell. Wiring over the session's state. */
export class Userland {
  private readonly console: TextConsole;
  private shell: Shell | null = null;

  constructor(private readonly options: UserlandOptions) {
    this.console = new TextConsole(options.processor, options.session.console);
  }

  /** A line for the console of a text-mode system. */
  logged(text: string, at: number | null): void {
    const { session, profile } = this.options;
    if (session.lines.length === 0) {
      this.console.clear();
      session.lines.push('console'); // the screen has been taken over
    }
    this.console.writeLine(at === null ? text : stamped(text, at, profile));
  }

  key(character: string): void {
    this.options.session.keys.push(character);
  }

  /** A person does something to the windows of the desktop. Nothing while there is none. */
  act(action: DesktopAction): void {
    const { profile, session, kernel } = this.options;
    if (profile.linux || kernel().state.stage !== 'running') return;
    session.windows = [...afterAction(session.windows, action)];
  }

  private get theShell(): Shell {
    return (this.shell ??= this.makeShell());
  }

  private makeShell(): Shell {
    const { profile, session, kernel, now } = this.options;
    const terminal = profile.linux ? new ScreenTerminal(this.console, session) : new WindowTerminal(session);
    const kind = profile.linux ? LINUX_SHELL : WINDOWS_SHELL;
    return new Shell(kind, { kernel: kernel(), network: kernel().network, profile, session, terminal, now });
  }

  /** Goes on; when it wants to by itself, or null. */
  run(): number | null {
    if (!this.options.session.open) this.theShell.open();
    return this.theShell.step();
  }

  /** The desktop or the boot logo; null in text mode. */
  screen(): DrawnScreen | null {
    const { profile, session, now } = this.options;
    const { state, network } = this.options.kernel();
    if (profile.linux) return null;
    if (state.stage !== 'running') return splashScreen(state, profile);
    const { inputLine } = this.theShell;
    return desktopScreen({
      kernel: state,
      session,
      profile,
      connections: network.connections(),
      inputLine,
      now: now(),
    });
  }
}
