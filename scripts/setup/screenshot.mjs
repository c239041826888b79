import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paintedArea, readFramebuffer, writePng } from './framebuffer.mjs';

const PERIOD_MS = 400;
const FEWEST_COLOURS = 8;
const STILL = 2;
// A menu bar is drawn by the system before the page has anything to show, so it proves nothing.
const MENU_BAR = 40;

function look(path) {
  const frame = readFramebuffer(path);
  const area = frame && paintedArea(frame);
  return area ? { frame, area, mark: createHash('sha1').update(frame.pixels).digest('hex') } : null;
}

/** A window that has not drawn its page yet is one plain surface; a drawn one has letters, whose edges have many shades. */
function isDrawn({ frame, area }) {
  const colours = new Set();
  for (let y = area.top + MENU_BAR; y <= area.bottom && colours.size < FEWEST_COLOURS; y++) {
    for (let x = area.left; x <= area.right; x++) colours.add(frame.pixels.readUInt32LE(y * frame.stride + x * 4));
  }
  return colours.size >= FEWEST_COLOURS;
}

/**
 * Waits until something is drawn on a virtual display and has stopped changing, and saves it as a PNG file.
 * Resolves with its measures, or with null if that has not happened in time or `giveUp()` says there is no use in waiting.
 */
export async function captureDisplay(framebuffer, file, { seconds = 60, giveUp = () => false } = {}) {
  const deadline = performance.now() + seconds * 1000;
  let before = null;
  let still = 0;
  while (performance.now() < deadline && !giveUp()) {
    await sleep(PERIOD_MS);
    const now = look(framebuffer);
    still = now && now.mark === before ? still + 1 : 0;
    if (still >= STILL && isDrawn(now)) {
      mkdirSync(dirname(file), { recursive: true });
      return writePng(now.frame, now.area, file);
    }
    before = now?.mark ?? null;
  }
  return null;
}
