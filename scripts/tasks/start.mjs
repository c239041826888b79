import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { hasDisplay, startDisplay } from '../setup/display.mjs';
import { Failure } from '../setup/failure.mjs';
import { build, setUp } from '../setup/index.mjs';
import { artifacts, root } from '../setup/paths.mjs';
import { onExit } from '../setup/process.mjs';
import { sandboxSwitches } from '../setup/sandbox.mjs';
import { say, step } from '../setup/say.mjs';
import { captureDisplay } from '../setup/screenshot.mjs';

const LEAVE = '--exit-after-screenshot';

// On a virtual display there is no session bus and no graphics card, and Chromium says so on each attempt.
const EXPECTED = /:ERROR:(?:bus|object_proxy|viz_main_impl|gl_.*|gpu_.*|command_buffer.*)\.cc/;

function passOn(stream) {
  createInterface({ input: stream }).on('line', (line) => {
    if (!EXPECTED.test(line)) console.error(line);
  });
}

/** Starts the application and gives `{ child, ended, code }`; Ctrl+C reaches it first, and this script ends after it. */
function launch(runtime, switches, display) {
  const child = spawn(runtime.executable, switches, {
    cwd: root,
    stdio: ['inherit', 'inherit', display ? 'pipe' : 'inherit'],
    env: { ...process.env, ...display?.env },
  });
  if (child.stderr) passOn(child.stderr);
  onExit(() => child.kill());
  const state = { child, ended: false };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, () => child.kill(signal));
  }
  state.code = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      state.ended = true;
      resolve(signal ? 0 : code);
    });
  });
  return state;
}

async function showWithoutDisplay(display, application, leave) {
  const file = join(artifacts, 'screenshots', 'start.png');
  const size = await captureDisplay(display.framebuffer, file, { giveUp: () => application.ended });
  if (!size) {
    application.child.kill();
    throw new Failure('no window was drawn', 'see what the application printed above.');
  }
  say(`a screenshot of the window (${size.width} x ${size.height}) is in ${file}`);
  if (leave) application.child.kill();
  else say('the application keeps running; end it with Ctrl+C');
}

/** `npm start [-- switches]`: set up, build, open the application; without a display under Xvfb, with a screenshot. */
export async function run(args) {
  const leave = args.includes(LEAVE);
  const runtime = await setUp();
  await build();
  const virtual = leave || !hasDisplay();
  if (virtual) say('there is no display to show windows on: running under Xvfb, a virtual one');
  const display = virtual ? await startDisplay() : null;
  step('Starting Partition Lab');
  const switches = [...sandboxSwitches(runtime.dist), '.', ...args.filter((each) => each !== LEAVE)];
  const application = launch(runtime, switches, display);
  if (display) await showWithoutDisplay(display, application, leave);
  const code = await application.code;
  display?.stop();
  return code;
}
