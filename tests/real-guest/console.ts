import { REPORT_END, REPORT_MARK } from './guest/initramfs';

/** How a guest's run ended. */
export type Ending = 'finished' | 'panic' | 'timeout';

const PANIC = /Kernel panic|---\[ end Kernel panic/;
const TROUBLE = /\b(WARNING:|BUG:|Oops:|Call Trace:|general protection|unable to handle|rcu: INFO|soft lockup)/i;

/** The guest's first serial port: collects lines and notices the end. */
export class GuestConsole {
  readonly lines: string[] = [];
  private current = '';
  private ended: (ending: Ending) => void = () => undefined;

  constructor(private readonly onLine: (line: string) => void = () => undefined) {}

  receive(byte: number): void {
    const character = String.fromCharCode(byte);
    if (character === '\r') return;
    if (character !== '\n') {
      this.current += character;
      return;
    }
    const line = this.current;
    this.current = '';
    this.lines.push(line);
    this.onLine(line);
    if (line.includes(REPORT_END)) this.ended('finished');
    else if (PANIC.test(line)) this.ended('panic');
  }

  /** Resolves when the guest has reported its end, has panicked, or after `limit` milliseconds. */
  end(limit: number): Promise<Ending> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('timeout'), limit);
      this.ended = (ending) => {
        clearTimeout(timer);
        resolve(ending);
      };
    });
  }

  /** First line that matches. */
  find(pattern: RegExp): string | undefined {
    return this.lines.find((line) => pattern.test(line));
  }

  /** The guest's own report lines of one kind, without mark and kind. */
  reports(kind: string): string[] {
    const start = `${REPORT_MARK} ${kind} `;
    return this.lines.flatMap((line) => (line.includes(start) ? [line.slice(line.indexOf(start) + start.length)] : []));
  }

  /** Lines in which the kernel complains of something that must not happen. */
  get trouble(): string[] {
    return this.lines.filter((line) => TROUBLE.test(line));
  }
}
