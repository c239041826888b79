import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { Random } from '@engine/base/random';
import { DeviceMemory } from '@engine/bus/device-memory';
import { newWorld } from '../../hypervisor/rig';
import { ComponentMachine, type Outside } from './components';
import { GuestSystem } from './guest';

const STEPS = 600;
const MB = 256; // pages

/** What somebody in front of the machine, its administrator and its programs do, at random. */
class Doings {
  keys: string[] = [];
  readonly files = new Map<string, Uint8Array>();
  readonly items = new Map<string, string>();
  shutdowns = 0;
  private isWatched = false;

  constructor(private readonly random: Random) {}

  do(machine: ComponentMachine, guest: GuestSystem): void {
    const { random } = this;
    const actions: readonly (() => void)[] = [
      () => this.press(machine),
      () => machine.mouse.point({ x: random.below(32_768), y: 9, dx: 0, dy: 0, buttons: random.below(4), wheel: 0 }),
      () => machine.video.setWatched((this.isWatched = !this.isWatched)),
      () => this.setItem(machine),
      () => this.copy(machine),
      () => void (machine.backup.freeze() || machine.backup.thaw()),
      () => void machine.timeSync.synchronise(),
      () => this.shutDown(machine),
      () => machine.screen.resize([640 + random.below(100) * 8, 480]),
      () => machine.keys.setLeds(random.below(8)),
      () => this.need(machine, guest),
    ];
    actions[random.below(actions.length)]?.();
  }

  private press(machine: ComponentMachine): void {
    const code = 1 + this.random.below(80);
    for (const down of [true, false]) {
      machine.keyboard.press({ code, down, extended: false });
      this.keys.push(`key ${code} ${down}`);
    }
  }

  private setItem(machine: ComponentMachine): void {
    const key = `Item ${this.random.below(5)}`;
    const value = this.random.below(4) === 0 ? null : `ñ${this.random.below(1000)}`;
    machine.items.setExternal(key, value);
    if (value === null) this.items.delete(key);
    else this.items.set(key, value);
  }

  private copy(machine: ComponentMachine): void {
    const name = `file ${this.files.size}`;
    const bytes = this.random.bytes(this.random.below(40_000));
    if (machine.fileCopy.copy({ folder: 'C:\\', name, bytes, overwrite: true })) this.files.set(name, bytes);
  }

  private shutDown(machine: ComponentMachine): void {
    if (machine.shutdown.request({ force: this.random.below(2) === 0 })) this.shutdowns++;
  }

  private need(machine: ComponentMachine, guest: GuestSystem): void {
    guest.memory.committed = (12 + this.random.below(36)) * MB;
    machine.balloon.report();
  }
}

/** One life: the same doings, and now and then a save between two events, or none at all. */
function live(seed: number, isMoved: boolean) {
  const around: Outside = {
    world: newWorld(),
    vram: new DeviceMemory(8 * 2 ** 20),
    guest: new GuestSystem(),
    host: [],
  };
  const { world, guest, host } = around;
  const random = new Random(seed);
  const saves = new Random(seed + 1);
  const doings = new Doings(random);
  const caught: Record<string, number> = {};
  let machine = new ComponentMachine(around);
  machine.boot();
  for (let step = 0; step < STEPS; step++) {
    if (random.below(2) === 0) doings.do(machine, guest);
    if (isMoved && saves.below(8) === 0) {
      for (const [name, isBusy] of Object.entries(machine.underWay()))
        caught[name] = (caught[name] ?? 0) + (isBusy ? 1 : 0);
      machine = machine.moved();
    }
    world.clock.runNext();
  }
  world.clock.advanceBy(SECOND);
  machine.backup.thaw();
  world.clock.advanceBy(90 * SECOND);
  if (isMoved) machine = machine.moved();
  return { machine, guest, host, doings, caught };
}

describe('a machine saved while every small channel is in the middle of something', () => {
  it('lives on as one that was never saved, and everything arrives', () => {
    const { machine, guest, host, doings, caught } = live(1, true);
    const twin = live(1, false);
    expect(Object.keys(caught).length).toBe(10);
    expect(Object.entries(caught).filter(([, count]) => count === 0)).toEqual([]);
    expect(guest.heard).toEqual(twin.guest.heard);
    expect(host).toEqual(twin.host);
    expect(isDeepStrictEqual(machine.save(), twin.machine.save())).toBe(true);
    expect(guest.heard.filter((line) => line.startsWith('key'))).toEqual(doings.keys);
    expect([...guest.files]).toEqual([...doings.files]);
    expect(host.filter((line) => line === 'copied 0')).toHaveLength(doings.files.size);
    expect(new Map(guest.pools.list(0))).toEqual(doings.items);
    expect(host.filter((line) => ['accepted', 'refused'].includes(line))).toHaveLength(doings.shutdowns);
    const thaws = guest.heard.filter((line) => line === 'thaw').length;
    expect([guest.heard.filter((line) => line === 'freeze').length, machine.backup.phase]).toEqual([thaws, 'idle']);
    expect(machine.underWay()).toEqual(Object.fromEntries(Object.keys(caught).map((name) => [name, false])));
    expect(machine.heartbeat.status.contact).toBe('ok');
  }, 60_000);
});
