import { nextJobTime, sendToBackground, stepBackground } from './background';
import type { ShellContext } from './context';
import { cancelJob, stepJob } from './jobs';
import type { SessionState } from './session';

/** One command: does its work, or leaves a job in the session. */
export type Command = (args: readonly string[], context: ShellContext) => void;

/** What distinguishes one system's shell from another's. */
export interface ShellKind {
  readonly commands: Readonly<Record<string, Command>>;
  prompt(context: ShellContext): string;
  /** Text above the first prompt. */
  banner(context: ShellContext): readonly string[];
  unknown(name: string): string;
  /** Blank line before each prompt, as cmd.exe prints. */
  readonly spaced: boolean;
  /** A command behind `&` goes on beside the prompt. */
  readonly hasBackground: boolean;
  /** Command names regardless of case. */
  readonly ignoresCase: boolean;
}

const MAX_INPUT = 120;
const CONTROL_C = '\x03';
const CONTROL_L = '\f';

/** A line editor and its commands over the session's state. */
export class Shell {
  constructor(
    private readonly kind: ShellKind,
    private readonly context: ShellContext,
  ) {}

  private get state(): SessionState {
    return this.context.session;
  }

  /** The system is up: greets and shows the prompt. */
  open(): void {
    this.state.open = true;
    for (const line of this.kind.banner(this.context)) this.context.terminal.line(line);
    this.showInput();
  }

  /** Prompt and what has been typed behind it; empty while a command runs. */
  get inputLine(): string {
    return this.state.open && !this.state.job ? this.kind.prompt(this.context) + this.state.input : '';
  }

  /** A key: one character, or `<name>`. */
  private key(key: string): void {
    const { state } = this;
    if (key === '<secure-attention>') return this.kind.commands['<secure-attention>']?.([], this.context);
    if (state.job) {
      if (key === CONTROL_C) this.cancel();
      return;
    }
    if (key === '\n') return this.enter();
    if (key === '\b') state.input = state.input.slice(0, -1);
    else if (key === '<up>') this.recall(-1);
    else if (key === '<down>') this.recall(1);
    else if (key === '\x1b' || key === CONTROL_C) state.input = '';
    else if (key === CONTROL_L) this.context.terminal.clear();
    else if (key.length === 1 && key >= ' ' && state.input.length < MAX_INPUT) state.input += key;
    this.showInput();
  }

  private recall(direction: number): void {
    const { state } = this;
    state.historyAt = Math.min(Math.max(state.historyAt + direction, 0), state.history.length);
    state.input = state.history[state.historyAt] ?? '';
  }

  private cancel(): void {
    cancelJob(this.context);
    this.context.terminal.line('^C');
    this.afterCommand();
  }

  private showInput(): void {
    this.context.terminal.typed(this.kind.prompt(this.context), this.state.input);
  }

  private enter(): void {
    const { state } = this;
    const text = state.input;
    this.context.terminal.entered(this.kind.prompt(this.context), text);
    state.input = '';
    state.entered = text.trim();
    if (state.entered !== '') state.history.push(text);
    state.historyAt = state.history.length;
  }

  /** Runs the entered command. It is run again after a fault, so commands read what they need before they write. */
  private runEntered(text: string): void {
    const [, beside, rest = ''] = (this.kind.hasBackground ? /^(.*?)\s&(?:\s+(.*))?$/.exec(text) : null) ?? [];
    const [name = '', ...args] = (beside ?? text).split(/\s+/);
    if (name !== '') this.run(name, args);
    if (beside !== undefined) sendToBackground(this.context, beside);
    if (rest !== '') {
      this.state.entered = rest;
      return;
    }
    this.state.entered = null;
    if (!this.state.job) this.afterCommand();
  }

  private run(name: string, args: readonly string[]): void {
    const key = this.kind.ignoresCase ? name.toLowerCase().replace(/\.exe$/, '') : name;
    const command =
      Object.hasOwn(this.kind.commands, key) && !key.startsWith('<') ? this.kind.commands[key] : undefined;
    if (command) command(args, this.context);
    else this.context.terminal.line(this.kind.unknown(name));
  }

  private afterCommand(): void {
    if (this.kind.spaced && this.state.lines.length > 0) this.context.terminal.line('');
    this.showInput();
  }

  /** Takes keys in and lets a running command go on; the time at which it wants to, or null. Throws `SectorFault`. */
  step(): number | null {
    const { state } = this;
    for (;;) {
      while (state.entered !== null) this.runEntered(state.entered);
      const key = state.keys.shift();
      if (key === undefined) break;
      this.key(key);
    }
    const hadJob = state.job !== null;
    if (state.job) stepJob(this.context);
    if (hadJob && !state.job) this.afterCommand();
    if (stepBackground(this.context) && !state.job) this.showInput();
    return nextJobTime(this.context);
  }
}
