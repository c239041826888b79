/** A failure with its way out: `what` says what went wrong, `wayOut` what the reader can do about it. */
export class Failure extends Error {
  constructor(what, wayOut) {
    super(what);
    this.name = 'Failure';
    this.wayOut = wayOut;
  }
}

/** Prints a failure for a person and returns the exit code. Anything that is not a `Failure` is a bug and keeps its stack. */
export function reportFailure(error) {
  if (!(error instanceof Failure)) {
    console.error(error);
    return 1;
  }
  console.error(`\nFailed: ${error.message}`);
  if (error.wayOut) console.error(`Way out: ${error.wayOut}`);
  return 1;
}
