/**
 * A PS/2 mouse with a wheel (IBM PS/2 Technical Reference, "Mouse"; Microsoft, "Intellimouse") as functions on a plain
 * state. Movement adds up until the controller has taken the packet before.
 */
export interface MouseState {
  replies: number[];
  queue: number[];
  reporting: boolean;
  /** Packets only when asked for. */
  remote: boolean;
  scaling: boolean;
  resolution: number;
  rate: number;
  /** The last three rates: 200, 100, 80 in a row wakes the wheel. */
  rates: number[];
  wheel: boolean;
  expects: number;
  /** Movement not yet reported: right, up, and the wheel towards the user. */
  x: number;
  y: number;
  z: number;
  /** Bit 0 left, bit 1 right, bit 2 middle. */
  buttons: number;
  reported: number;
}

/** What a pointing device did. `dy` grows downwards, `wheel` towards the user. */
export interface MouseEvent {
  readonly dx: number;
  readonly dy: number;
  readonly wheel: number;
  /** Bit 0 left, bit 1 right, bit 2 middle. */
  readonly buttons: number;
}

const ACK = 0xfa;
const RESEND = 0xfe;
const QUEUE_BYTES = 256;
const WHEEL_KNOCK = [200, 100, 80];

export function powerOnMouse(): MouseState {
  return {
    replies: [],
    queue: [],
    reporting: false,
    remote: false,
    scaling: false,
    resolution: 2,
    rate: 100,
    rates: [],
    wheel: false,
    expects: 0,
    x: 0,
    y: 0,
    z: 0,
    buttons: 0,
    reported: 0,
  };
}

export function moveMouse(mouse: MouseState, event: MouseEvent): void {
  keepClick(mouse, event.buttons & 7);
  const limit = (value: number): number => Math.max(-4096, Math.min(4096, Math.trunc(value) || 0));
  mouse.x = limit(mouse.x + event.dx);
  mouse.y = limit(mouse.y - event.dy);
  mouse.z = limit(mouse.z + event.wheel);
  mouse.buttons = event.buttons & 7;
}

/** A button that changes again before it was reported must not be forgotten: the state between becomes a packet of its own. */
function keepClick(mouse: MouseState, buttons: number): void {
  const isUnreported = mouse.reporting && mouse.buttons !== mouse.reported && buttons !== mouse.buttons;
  if (isUnreported && mouse.queue.length < QUEUE_BYTES) mouse.queue.push(...packet(mouse));
}

export function hasMouseByte(mouse: MouseState): boolean {
  if (mouse.replies.length + mouse.queue.length > 0) return true;
  const isNews = mouse.x !== 0 || mouse.y !== 0 || (mouse.wheel && mouse.z !== 0) || mouse.buttons !== mouse.reported;
  return mouse.reporting && !mouse.remote && isNews;
}

/** The next byte on the wire; a packet is made when the one before is out. */
export function takeMouseByte(mouse: MouseState): number {
  const reply = mouse.replies.shift();
  if (reply !== undefined) return reply;
  if (mouse.queue.length === 0) mouse.queue = packet(mouse);
  return mouse.queue.shift() ?? 0;
}

function packet(mouse: MouseState): number[] {
  const take = (value: number, most: number): number => Math.max(-most, Math.min(most, value));
  const [dx, dy, dz] = [take(mouse.x, 255), take(mouse.y, 255), take(mouse.z, 7)];
  mouse.x -= dx;
  mouse.y -= dy;
  mouse.z = mouse.wheel ? mouse.z - dz : 0;
  mouse.reported = mouse.buttons;
  const head = 0x08 | mouse.buttons | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0);
  return [head, dx & 0xff, dy & 0xff, ...(mouse.wheel ? [dz & 0xff] : [])];
}

/** A byte from the controller: a command or its parameter. */
export function tellMouse(mouse: MouseState, byte: number): void {
  const command = mouse.expects;
  mouse.expects = 0;
  mouse.replies = [];
  if (command === 0xf3) setRate(mouse, byte);
  else if (command === 0xe8) mouse.resolution = byte & 3;
  if (command !== 0) mouse.replies.push(ACK);
  else runCommand(mouse, byte);
}

function setRate(mouse: MouseState, rate: number): void {
  mouse.rate = rate;
  mouse.rates = [...mouse.rates, rate].slice(-3);
  if (WHEEL_KNOCK.every((value, i) => mouse.rates[i] === value)) mouse.wheel = true;
}

function runCommand(mouse: MouseState, command: number): void {
  if (command === 0xff) return void Object.assign(mouse, powerOnMouse(), { replies: [ACK, 0xaa, 0x00] });
  const effect = COMMANDS[command];
  mouse.replies.push(effect ? ACK : RESEND);
  effect?.(mouse);
}

const COMMANDS: Readonly<Record<number, (mouse: MouseState) => void>> = {
  0xe6: (mouse) => void (mouse.scaling = false),
  0xe7: (mouse) => void (mouse.scaling = true),
  0xe8: (mouse) => void (mouse.expects = 0xe8),
  0xe9: (mouse) => void mouse.replies.push(statusByte(mouse), mouse.resolution, mouse.rate),
  0xea: (mouse) => void (mouse.remote = false),
  0xeb: (mouse) => void mouse.replies.push(...packet(mouse)),
  0xf0: (mouse) => void (mouse.remote = true),
  0xf2: (mouse) => void mouse.replies.push(mouse.wheel ? 3 : 0),
  0xf3: (mouse) => void (mouse.expects = 0xf3),
  0xf4: (mouse) => setReporting(mouse, true),
  0xf5: (mouse) => setReporting(mouse, false),
  0xf6: (mouse) => void Object.assign(mouse, powerOnMouse(), { replies: mouse.replies, wheel: mouse.wheel }),
};

function setReporting(mouse: MouseState, reporting: boolean): void {
  Object.assign(mouse, { reporting, queue: [], x: 0, y: 0, z: 0, reported: mouse.buttons });
}

function statusByte({ remote, reporting, scaling, buttons }: MouseState): number {
  const swapped = ((buttons & 1) << 2) | ((buttons & 4) >> 1) | ((buttons & 2) >> 1);
  return (remote ? 0x40 : 0) | (reporting ? 0x20 : 0) | (scaling ? 0x10 : 0) | swapped;
}
