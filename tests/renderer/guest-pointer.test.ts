import { afterEach, describe, expect, it, vi } from 'vitest';
import ConsoleView from '@renderer/views/console/ConsoleView.vue';
import type { GuestScreen } from '@shared/model/guest-view';
import type { VmState } from '@shared/model/vm-state';
import { idSequence, makeSnapshot, makeVm } from './support/fixtures';
import { openWindow, type TestWindow } from './support/mount';
import { get } from './support/screen';
import { desktop, textScreen } from './support/screens';

const vmId = idSequence(1)();
const nothing = (): undefined => undefined;
const integrated: GuestScreen = { ...desktop(), pointer: 'integrated' };
const captured: GuestScreen = { ...desktop(), pointer: 'captured' };

async function open(screen: GuestScreen, state: VmState = 'running'): Promise<TestWindow> {
  const machine = { watchScreen: () => screen, sendKey: nothing, sendPointer: nothing };
  const snapshot = makeSnapshot([makeVm({ id: vmId, name: 'XP', state })]);
  const window = await openWindow(ConsoleView, { vmId }, { snapshot, handlers: { machine } });
  (document.activeElement as HTMLElement | null)?.blur();
  const picture = area().querySelector('.guest-screen');
  // The test's page has no layout: the picture is said to lie at 100, 50, 801 wide and 601 high.
  if (picture) vi.spyOn(picture, 'getBoundingClientRect').mockReturnValue(new DOMRect(100, 50, 801, 601));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }); // only now: opening a window takes real ones
  return window;
}

const area = (): HTMLElement => get('application', 'Virtual machine screen');
const sent = ({ fake }: TestWindow): unknown[] => fake.inputsOf('machine.sendPointer');

function point(type: string, x: number, y: number, init: PointerEventInit = {}): void {
  const target = area().querySelector('.guest-screen') ?? area();
  target.dispatchEvent(new PointerEvent(type, { bubbles: true, clientX: x, clientY: y, ...init }));
}

describe('the pointer over the console', () => {
  afterEach(() => void vi.useRealTimers());

  it('sends places in parts of the picture, gathered, while the guest integrates it', async () => {
    const window = await open(integrated);
    point('pointermove', 100, 50, { movementX: 3, movementY: 4 });
    point('pointermove', 500, 350, { movementX: 400, movementY: 300 });
    expect(sent(window)).toEqual([]);
    vi.advanceTimersByTime(40);
    expect(sent(window)).toEqual([{ vmId, x: 16_384, y: 16_384, dx: 403, dy: 304, wheel: 0, buttons: 0 }]);
    point('pointermove', 5000, 0);
    vi.advanceTimersByTime(40);
    expect(sent(window)[1]).toMatchObject({ x: 32_767, y: 0, dx: 0, dy: 0 });
  });

  it('sends buttons and wheel at once', async () => {
    const window = await open(integrated);
    point('pointerdown', 100, 50, { buttons: 2 });
    point('pointerup', 100, 50, { buttons: 0 });
    const turn = new PointerEvent('wheel', { bubbles: true, clientX: 100, clientY: 50 }); // this page's own WheelEvent knows no place
    area()
      .querySelector('.guest-screen')
      ?.dispatchEvent(Object.assign(turn, { deltaY: -200 }));
    expect(sent(window)).toMatchObject([{ buttons: 2 }, { buttons: 0 }, { buttons: 0, wheel: -2 }]);
  });

  it('releases what is pressed when it leaves', async () => {
    const window = await open(integrated);
    point('pointerdown', 100, 50, { buttons: 1 });
    area().dispatchEvent(new PointerEvent('pointerleave'));
    expect(sent(window)).toMatchObject([{ buttons: 1 }, { buttons: 0 }]);
  });

  it('belongs to a guest without integration only while the console has the keyboard', async () => {
    const window = await open(captured);
    point('pointermove', 100, 50);
    vi.advanceTimersByTime(40);
    expect(sent(window)).toEqual([]);
    area().focus();
    point('pointermove', 110, 55, { movementX: 10, movementY: 5 });
    vi.advanceTimersByTime(40);
    expect(sent(window)).toMatchObject([{ dx: 10, dy: 5 }]);
  });

  it.each([
    ['the machine is paused', integrated, 'paused'],
    ['the keyboard is elsewhere and text is shown', textScreen(['Hyper-V']), 'running'],
  ] as const)('is nobody’s while %s', async (_, screen, state) => {
    const window = await open(screen, state);
    point('pointerdown', 100, 50, { buttons: 1 });
    expect(sent(window)).toEqual([]);
  });
});
