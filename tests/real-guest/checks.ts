/** Counts and prints what was expected and what was seen. */
export class Checks {
  passed = 0;
  readonly failures: string[] = [];

  constructor(private readonly say: (line: string) => void) {}

  /** @param seen the figure or text that the verdict rests on */
  expect(what: string, holds: boolean, seen: unknown = ''): void {
    const figure = seen === '' || seen === undefined ? '' : ` (${String(seen)})`;
    this.say(`  ${holds ? 'ok  ' : 'FAIL'} ${what}${figure}`);
    if (holds) this.passed++;
    else this.failures.push(`${what}${figure}`);
  }

  /** A line that must be there, shown as it was. */
  expectLine(what: string, line: string | undefined): void {
    this.expect(what, line !== undefined, line?.trim() ?? 'no such line');
  }

  /** What could not be judged, and why. */
  note(why: string): void {
    this.say(`  --   ${why}`);
  }
}
