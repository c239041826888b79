/** Starts a step: one line that says what is being done now. */
export function step(text) {
  console.log(`==> ${text}`);
}

/** A line of detail under the current step. */
export function say(text) {
  console.log(`    ${text}`);
}

/** A size in bytes as a person reads it. */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

const PERIOD = { terminal: 500, log: 5000 };

/**
 * Shows that a long step is alive: calls `text()` now and then and shows what it returns, on one changing line in a terminal
 * and as a line every few seconds in a log. Returns the function that ends it.
 */
export function progress(text) {
  const live = process.stdout.isTTY === true;
  const started = performance.now();
  let last = '';
  const timer = setInterval(
    () => {
      const seconds = Math.round((performance.now() - started) / 1000);
      const now = text();
      if (now === '') return;
      last = `    ${now} (${seconds} s)`;
      if (live) process.stdout.write(`\r\x1b[K${last}`);
      else console.log(last);
    },
    live ? PERIOD.terminal : PERIOD.log,
  );
  return () => {
    clearInterval(timer);
    if (live && last !== '') process.stdout.write('\r\x1b[K');
  };
}
