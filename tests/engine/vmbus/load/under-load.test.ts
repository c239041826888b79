import { describe, expect, it } from 'vitest';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { cdbs } from '@engine/guest/vsc/storvsc/cdb';
import { newWorld } from '../../hypervisor/rig';
import { frame, MAC, OTHER, TestPort, texts } from '../../parent/rig';
import { LoadMachine, PACKETS } from './machine';

const FRAMES = 300; // each way
const BLOCKS = 60;
const SECTORS = 16; // of a block
const MOST_OUT = 8; // commands that the guest has out at once
const STEPS = 3_000;

const block = (i: number): Uint8Array =>
  Uint8Array.from({ length: SECTORS * 512 }, (_, at) => (at * 3 + i * 11) & 0xff);

/** Writes all blocks and then reads them back, some at a time. What is out is known by ticket, as a kernel knows it. */
class DiskLoad {
  private readonly out: { ticket: number; block: number; isRead: boolean }[] = [];
  private next = 0;
  readonly back = new Map<number, Uint8Array>();
  failed = 0;

  step(machine: LoadMachine): void {
    for (const entry of [...this.out]) {
      const outcome = machine.disk.take(entry.ticket);
      if (!outcome) continue;
      this.out.splice(this.out.indexOf(entry), 1);
      if (!outcome.ok) this.failed++;
      if (entry.isRead) this.back.set(entry.block, outcome.data);
    }
    const isTurning = this.next === BLOCKS && this.out.length > 0; // reading begins when all is written
    while (this.out.length < MOST_OUT && this.next < 2 * BLOCKS && !isTurning) this.submit(machine);
  }

  private submit(machine: LoadMachine): void {
    const isRead = this.next >= BLOCKS;
    const number = this.next % BLOCKS;
    const lba = number * SECTORS;
    const cdb = isRead ? cdbs.read(lba, SECTORS) : cdbs.write(lba, SECTORS);
    const command = { lun: 0, cdb, room: isRead ? SECTORS * 512 : 0, out: isRead ? new Uint8Array(0) : block(number) };
    this.out.push({ ticket: machine.disk.submit(command), block: number, isRead });
    this.next++;
  }
}

describe('a machine saved while all of its channels are under load', () => {
  it.each([1, 2, 3])('goes on where it was, and everything arrives as it was sent (%i)', (seed) => {
    const random = new Random(seed);
    const world = newWorld();
    const port = new TestPort();
    const around = { world, port, disk: new MemoryBlockStore({ sectorCount: 4096 }), received: [] as Uint8Array[] };
    const load = new DiskLoad();
    let machine = new LoadMachine(around);
    machine.boot();
    const out = Array.from({ length: FRAMES }, (_, i) => frame(OTHER, MAC, 60 + random.below(1400), i));
    const back = Array.from({ length: FRAMES }, (_, i) => frame(MAC, OTHER, 60 + random.below(1400), i));
    const busiest: Record<string, number> = {};
    let saves = 0;
    for (let step = 0, frames = 0; step < STEPS; step++) {
      const burst = random.below(10) === 0 ? 12 : 0;
      for (let left = burst; left > 0 && frames < FRAMES; left--, frames++) {
        machine.net.send(out[frames] ?? new Uint8Array(0));
        port.give(back[frames] ?? new Uint8Array(0));
      }
      load.step(machine);
      world.clock.advanceBy(500 + random.below(8_000));
      if (random.below(burst > 0 ? 2 : 40) > 0 || step > STEPS / 2) continue;
      for (const [name, count] of Object.entries(machine.underWay()))
        busiest[name] = Math.max(busiest[name] ?? 0, count);
      machine = machine.moved();
      saves++;
    }
    expect(Object.values(busiest).every((count) => count > 0)).toBe(true);
    expect(saves).toBeGreaterThan(40);
    expect(texts(port.frames)).toEqual(texts(out));
    expect(texts(around.received)).toEqual(texts(back));
    expect(machine.streams).toEqual([1, 2].map(() => ({ sent: PACKETS, received: PACKETS, wrong: 0 })));
    expect([load.failed, load.back.size]).toEqual([0, BLOCKS]);
    for (let i = 0; i < BLOCKS; i++) expect(Buffer.compare(load.back.get(i) ?? new Uint8Array(0), block(i))).toBe(0);
  });
});
