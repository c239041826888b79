import { DIRT_HEAD, RECTANGLE } from '../../../vmbus/protocol/synth-video';
import type { Rectangle, VideoMode } from './state';

/** Rectangles that are kept apart; more become the one that holds them all. */
const KEPT = 32;

/** The rectangles of a dirt message, cut to the picture; null when the message is shorter than it says. */
export function readDirt(body: Uint8Array, { width, height }: VideoMode): Rectangle[] | null {
  const head = DIRT_HEAD.decode(body);
  if (!head || head.output !== 0 || body.length < DIRT_HEAD.size + head.count * RECTANGLE.size) return null;
  const inside = (value: number, most: number): number => Math.max(0, Math.min(most, value | 0));
  return Array.from({ length: head.count }, (_, i) => RECTANGLE.decode(body, DIRT_HEAD.size + i * RECTANGLE.size))
    .filter((each) => each !== null)
    .map(({ left, top, right, bottom }) => ({
      left: inside(left, width),
      top: inside(top, height),
      right: inside(right, width),
      bottom: inside(bottom, height),
    }))
    .filter(({ left, top, right, bottom }) => right > left && bottom > top);
}

/** Adds `news` to what is kept for the next viewer. */
export function keepDirt(kept: Rectangle[], news: readonly Rectangle[]): void {
  kept.push(...news);
  if (kept.length > KEPT) kept.splice(0, kept.length, hull(kept));
}

function hull(all: readonly Rectangle[]): Rectangle {
  return {
    left: Math.min(...all.map(({ left }) => left)),
    top: Math.min(...all.map(({ top }) => top)),
    right: Math.max(...all.map(({ right }) => right)),
    bottom: Math.max(...all.map(({ bottom }) => bottom)),
  };
}
