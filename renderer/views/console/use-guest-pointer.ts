import { onScopeDispose } from 'vue';
import { ask, lab } from '@renderer/api/lab';

/** What the pointer asks of the window. */
export interface PointerOptions {
  /** True while the pointer's events are for the guest. */
  accepts(): boolean;
  /** The guest's picture in the window; null while there is none. */
  picture(): DOMRect | null;
  /** How much larger than the guest's pixels the picture is shown. */
  zoom(): number;
  failed(error: unknown): void;
}

/** One event as the contract has it, without the machine. */
interface GuestPointer {
  x: number;
  y: number;
  dx: number;
  dy: number;
  wheel: number;
  buttons: number;
}

const FAR_EDGE = 0x7fff;
/** Movements go out at most this often: a hand is not faster, and each one is an input of the machine that is logged. */
const INTERVAL_MS = 40;
const WHEEL_NOTCH = 100; // pixels that a browser scrolls for one notch

const within = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, Math.round(value)));

/**
 * The pointer over the guest's picture. Movements are gathered, buttons and wheel go at once. Each event says both where it is and
 * how far it went: the machine takes what the guest's mouse can use.
 */
export function useGuestPointer(vmId: string, options: PointerOptions) {
  let last: GuestPointer = { x: 0, y: 0, dx: 0, dy: 0, wheel: 0, buttons: 0 };
  let timer: ReturnType<typeof setTimeout> | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const event = { ...last, vmId, dx: within(last.dx, -4096, 4096), dy: within(last.dy, -4096, 4096) };
    last = { ...last, dx: 0, dy: 0, wheel: 0 };
    ask(lab().machine.sendPointer(event)).catch(options.failed);
  }

  /** Takes place, movement and buttons over. False when the event is not the guest's. */
  function take(event: PointerEvent | WheelEvent): boolean {
    const box = options.accepts() ? options.picture() : null;
    if (!box || box.width < 2 || box.height < 2) return false;
    last.x = within(((event.clientX - box.left) / (box.width - 1)) * FAR_EDGE, 0, FAR_EDGE);
    last.y = within(((event.clientY - box.top) / (box.height - 1)) * FAR_EDGE, 0, FAR_EDGE);
    last.dx += (event.movementX || 0) / options.zoom();
    last.dy += (event.movementY || 0) / options.zoom();
    last.buttons = event.buttons & 0x1f;
    return true;
  }

  function onMove(event: PointerEvent): void {
    if (take(event)) timer ??= setTimeout(flush, INTERVAL_MS);
  }

  function onButton(event: PointerEvent): void {
    if (take(event)) flush();
  }

  function onWheel(event: WheelEvent): void {
    if (!take(event) || event.deltaY === 0) return;
    last.wheel = within(event.deltaY / WHEEL_NOTCH, -15, 15) || Math.sign(event.deltaY);
    flush();
  }

  /** Nothing stays pressed in the guest when the pointer leaves. */
  function release(): void {
    if (last.buttons === 0) return;
    last.buttons = 0;
    if (options.accepts()) flush();
  }

  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer);
  });
  return { onMove, onButton, onWheel, release };
}
