import type { TextConsole } from '../console/text-console';
import type { SessionState } from './session';

/** Where a shell writes to. */
export interface Terminal {
  /** One line of output. */
  line(text: string): void;
  clear(): void;
  /** Shows the line that is being typed. */
  typed(prompt: string, input: string): void;
  /** The typed line is finished: what follows stands below it. */
  entered(prompt: string, input: string): void;
}

const SCROLLBACK = 300;
const WIDTH = 80;

/** The window of a command prompt: its lines are part of the guest's state. */
export class WindowTerminal implements Terminal {
  constructor(private readonly state: SessionState) {}

  line(text: string): void {
    for (const part of text.split('\n')) this.state.lines.push(part);
    if (this.state.lines.length > SCROLLBACK) this.state.lines.splice(0, this.state.lines.length - SCROLLBACK);
  }

  clear(): void {
    this.state.lines.length = 0;
  }

  typed(): void {
    // The window shows the typed line from the state.
  }

  entered(prompt: string, input: string): void {
    this.line(prompt + input);
  }
}

/** A text screen: characters go to display memory. */
export class ScreenTerminal implements Terminal {
  constructor(
    private readonly console: TextConsole,
    private readonly state: SessionState,
  ) {}

  line(text: string): void {
    this.console.writeLine(text);
  }

  clear(): void {
    this.console.clear();
  }

  typed(prompt: string, input: string): void {
    const shown = (prompt + input).slice(-(WIDTH - 1));
    this.console.putRow(this.state.console.row, shown);
    this.console.moveTo(this.state.console.row, shown.length);
  }

  entered(): void {
    this.console.writeLine();
  }
}
