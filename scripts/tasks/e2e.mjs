import { countPlaywright, reportFile } from '../setup/count.mjs';
import { hasDisplay, startDisplay } from '../setup/display.mjs';
import { build, setUp } from '../setup/index.mjs';
import { tool } from '../setup/process.mjs';
import { say, step } from '../setup/say.mjs';

/** Runs Playwright over the built application, on a virtual display if there is no other. Returns `{ code, counts }`. */
export async function endToEnd(args) {
  step('Running the end-to-end tests');
  const display = hasDisplay() ? null : await startDisplay();
  if (display) say(`there is no display: running under Xvfb on ${display.env.DISPLAY}`);
  const report = reportFile('e2e');
  try {
    const env = { ...display?.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report };
    const { code } = await tool('@playwright/test', ['test', ...args], { command: 'playwright', env });
    return { code, counts: countPlaywright(report, code) };
  } finally {
    display?.stop();
  }
}

/** `npm run e2e [-- what Playwright understands]`. */
export async function run(args) {
  await setUp();
  await build();
  const { code } = await endToEnd(args);
  return code;
}
