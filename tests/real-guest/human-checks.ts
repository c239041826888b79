import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { HOST_VIDEO_VERSION, videoVersionText } from '@engine/vmbus/protocol/synth-video';
import type { Checks } from './checks';
import { EVENT_BYTES } from './guest/human-work';
import type { Human } from './human';
import type { RoadRun } from './road';

/** Types and codes of linux include/uapi/linux/input-event-codes.h. */
const EV = { key: 1, relative: 2, absolute: 3 } as const;
const KEY_NAMES: Readonly<Record<number, string>> = { 30: 'A', 103: 'Up', 97: 'RightCtrl', 272: 'left', 273: 'right' };
const REL_WHEEL = 8;

interface Event {
  readonly type: number;
  readonly code: number;
  readonly value: number;
}

/** Input events from the guest's hexadecimal dump. */
function eventsOf(lines: readonly string[]): Event[] {
  return lines
    .map((line) => Buffer.from(line.trim(), 'hex'))
    .filter((bytes) => bytes.length === EVENT_BYTES)
    .map((bytes) => ({ type: bytes.readUInt16LE(8), code: bytes.readUInt16LE(10), value: bytes.readInt32LE(12) }));
}

const words = (events: readonly Event[]): string =>
  events
    .map(({ code, value }) => `${KEY_NAMES[code] ?? code}${value === 1 ? '+' : value === 0 ? '-' : value}`)
    .join(' ');

/** Screen, keyboard and mouse are driven by the guest's own drivers, and what it reads and draws is what we sent and see. */
export function checkHuman(run: RoadRun, checks: Checks): void {
  const { human } = run.machine;
  if (!human) throw new Error('a run without a person');
  checkDrivers(run, checks);
  checkInput(run, checks);
  checkPicture(run, human, checks);
  const { channels, gpadls, counters } = run.machine.vmbus.save();
  const open = channels.filter(({ phase }) => phase === 'open').map(({ device }) => device);
  checks.expect(
    'unloading closes the channels and takes all buffers back',
    open.length + gpadls.length === 0,
    open.join(),
  );
  const odd = Object.entries(counters).filter(([, count]) => count > 0);
  checks.expect('no channel message is out of order', odd.length === 0, odd.join(', ') || 'none');
  for (const { device } of [human.keyboard, human.mouse, human.video]) {
    const { malformed, outOfPlace } = device.save().counters;
    checks.expect(
      `the ${device.offer.name} understands every message`,
      malformed + outOfPlace === 0,
      `${malformed} ${outOfPlace}`,
    );
  }
}

function checkDrivers({ console, machine }: RoadRun, checks: Checks): void {
  const version = videoVersionText(HOST_VIDEO_VERSION[machine.lab.host] ?? 0).split('.');
  const drivers = { Keyboard: 'hyperv_keyboard', Mouse: 'hid_hyperv', Video: 'hyperv_drm' } as const;
  for (const [name, driver] of Object.entries(drivers)) {
    const guid = DeviceClass[name as keyof typeof drivers]; // the keys of the object just above
    const bound = console.reports('vmbus').find((line) => line.includes(guid));
    checks.expect(`${driver} drives our offer`, bound?.endsWith(` ${driver}`) === true, bound ?? 'no such offer');
  }
  const said = new RegExp(`hyperv_drm .*version major ${version[0]}, minor ${version[1]}`, 'i');
  checks.expectLine('hyperv_drm agrees on our version', console.find(said));
  const id = console.reports('mouse')[0] ?? 'no mouse';
  checks.expect('the mouse is the device that we described', id.trim() === '0006:045e:0621', id);
}

function checkInput({ console }: RoadRun, checks: Checks): void {
  const keys = words(eventsOf(console.reports('key')).filter(({ type }) => type === EV.key));
  checks.expect('evdev delivers the keys that we pressed', keys === 'A+ A- Up+ Up- RightCtrl+ RightCtrl-', keys);
  const points = eventsOf(console.reports('point'));
  const places = points.filter(({ type }) => type === EV.absolute).map(({ value }) => value);
  checks.expect('and the places that we pointed at', places.join() === '16384,8192,32767,32767', places.join());
  const buttons = words(points.filter(({ type }) => type === EV.key));
  checks.expect('and the buttons', buttons === 'left+ left- right+ right-', buttons);
  const wheel = points.filter(({ type, code }) => type === EV.relative && code === REL_WHEEL).map(({ value }) => value);
  checks.expect('and the wheel', wheel.join() === '1', wheel.join());
}

function checkPicture({ console }: RoadRun, human: Human, checks: Checks): void {
  const [first, second] = human.looks;
  const sums = console.reports('picture').map((sum) => sum.trim());
  const size = first?.mode ? `${first.mode.width}x${first.mode.height}x${first.mode.depth}` : 'dark';
  checks.expect('the screen has the size that we prefer', size === '1024x768x32', size);
  checks.expect(
    'our video memory holds the picture that it drew',
    first?.digest === sums[0],
    `md5 ${first?.digest.slice(0, 16)}`,
  );
  checks.expect(
    'and the rows that it wiped',
    second?.digest === sums[1] && sums[0] !== sums[1],
    `md5 ${second?.digest.slice(0, 16)}`,
  );
  const dirty = (second?.dirty ?? []).map(({ left, top, right, bottom }) => `${left},${top}-${right},${bottom}`);
  checks.expect(
    'it says which part it has changed',
    dirty.join(' ') === '0,100-1024,102',
    dirty.join(' ') || 'nothing',
  );
  const { rectangles, situations, pointerShapes } = human.video.device.save().counters;
  checks.expect(
    'rectangles, modes and pointers arrive',
    Math.min(rectangles, situations) > 0,
    `${rectangles} ${situations} ${pointerShapes}`,
  );
}
