import { describe, expect, it } from 'vitest';
import type { PointerEvent } from '@engine/base/backends';
import { readU16, readU32 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import { MouseVsp } from '@engine/parent/vsp/mouse/mouse-vsp';
import { bytes, HandRig, u16, u32, u8, type FieldValue } from './input-rig';

const pipe = (...fields: FieldValue[]): Uint8Array => {
  const body = bytes(...fields);
  return Uint8Array.from([...bytes(u32(1), u32(body.length)), ...body]);
};
const REQUEST = pipe(u32(0), u32(4), u32(0x0002_0000));
const ACK = pipe(u32(3), u32(1), u8(0));
const event = (changes: Partial<PointerEvent> = {}): PointerEvent => ({
  x: 0,
  y: 0,
  dx: 0,
  dy: 0,
  wheel: 0,
  buttons: 0,
  ...changes,
});

const opened = () => new HandRig(new MouseVsp()).open();

function active() {
  const made = opened().send(REQUEST).send(ACK);
  made.take();
  return made;
}

/** One item of a report descriptor after the other (HID 1.11, 6.2.2.2): tag with type, and its data as a number. */
function items(descriptor: Uint8Array): [tag: number, value: number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < descriptor.length;) {
    const head = descriptor[at] ?? 0;
    const length = [0, 1, 2, 4][head & 3] ?? 0;
    const data = [...descriptor.subarray(at + 1, at + 1 + length)];
    const value = data.reduce((sum, byte, i) => sum + byte * 256 ** i, 0);
    const isNegative = [0x14, 0x24].includes(head & 0xfc) && (data.at(-1) ?? 0) > 127;
    found.push([head & 0xfc, isNegative ? value - 256 ** length : value]);
    at += 1 + length;
  }
  return found;
}

describe('synthetic mouse', () => {
  it('answers with a pipe message of exactly 13 bytes, then says what it is', () => {
    const made = opened().send(REQUEST, 9);
    const [answer = new Uint8Array(0), info = new Uint8Array(0)] = made.take();
    expect([...answer.slice(0, 21)]).toEqual([...pipe(u32(1), u32(5), u32(0x0002_0000), u8(1))]);
    expect(readU32(answer, 4)).toBe(13);
    expect([readU32(info, 8), readU32(info, 16), readU16(info, 20), readU16(info, 22)]).toEqual([2, 32, 0x45e, 0x621]);
    expect([made.driver.completions, made.provider.active]).toEqual([[9], false]);
    expect(made.send(ACK).provider.active).toBe(true);
  });

  it('describes reports of 56 bits: five buttons, two absolute coordinates, a relative wheel', () => {
    const [, info = new Uint8Array(0)] = opened().send(REQUEST).take();
    const at = 16 + 32; // pipe and message header, device information
    expect([...info.slice(at, at + 7)]).toEqual([9, 0x21, 1, 1, 0, 1, 0x22]);
    const length = readU16(info, at + 7);
    const list = items(info.slice(at + 9, at + 9 + length));
    expect(readU32(info, 12)).toBe(32 + 9 + length);
    const bits = { size: 0, count: 0, total: 0, depth: 0 };
    const maxima: number[] = [];
    for (const [tag, value] of list) {
      if (tag === 0x74) bits.size = value;
      else if (tag === 0x94) bits.count = value;
      else if (tag === 0x80) bits.total += bits.size * bits.count;
      else if (tag === 0xa0 || tag === 0xc0) bits.depth += tag === 0xa0 ? 1 : -1;
      else if (tag === 0x24) maxima.push(value);
    }
    expect([bits.total, bits.depth, maxima]).toEqual([56, 0, [1, 32_767, 32_767]]);
    expect(list.filter(([tag]) => tag === 0x80).map(([, value]) => value)).toEqual([2, 1, 2, 6]);
  });

  it('refuses the version of the beta', () => {
    const made = opened().send(pipe(u32(0), u32(4), u32(0x0001_0000)));
    expect([...(made.take()[0] ?? []).slice(0, 21)]).toEqual([...pipe(u32(1), u32(5), u32(0x0001_0000), u8(0))]);
    expect(made.send(REQUEST).take()).toHaveLength(2);
  });

  it('reports place, buttons and wheel, and keeps them inside the picture', () => {
    const made = active();
    made.provider.point(event({ x: 16_384, y: 100, buttons: 1 }));
    made.run().provider.point(event({ x: 99_999, y: -5, wheel: 2, buttons: 4 }));
    const reports = made.run().take();
    expect(reports.map((each) => [...each.slice(0, 23)])).toEqual([
      [...pipe(u32(4), u32(7), u8(1), u16(16_384), u16(100), u16(0))],
      [...pipe(u32(4), u32(7), u8(4), u16(32_767), u16(0), u16(-2))],
    ]);
  });

  it('lets a newer movement overtake one that waits, but never a click', () => {
    const made = active();
    for (let x = 1; x <= 50; x++) made.provider.point(event({ x }));
    made.provider.point(event({ x: 50, buttons: 1 }));
    made.provider.point(event({ x: 50, buttons: 0 }));
    const reports = made
      .run()
      .take()
      .map((each) => [each[16], readU16(each, 17)]);
    expect(reports).toEqual([
      [0, 1],
      [1, 50],
      [0, 50],
    ]);
    expect(made.device.save().counters).toMatchObject({ reports: 3, merged: 48, lost: 0 });
  });

  it('sends the last movement although no other follows', () => {
    const made = active();
    made.provider.point(event({ x: 1 }));
    made.provider.point(event({ x: 2 }));
    expect(
      made
        .run()
        .take()
        .map((each) => readU16(each, 17)),
    ).toEqual([1, 2]);
  });

  it('is silent while nobody listens, and after the channel is closed', () => {
    const made = opened();
    made.provider.point(event({ x: 5 }));
    expect(made.run().take()).toEqual([]);
    const gone = active().close();
    gone.provider.point(event({ x: 5 }));
    expect([gone.provider.active, gone.device.save().waiting]).toEqual([false, []]);
  });

  it('saves and restores in the middle of a report', () => {
    const made = active();
    made.provider.point(event({ x: 7, buttons: 2 }));
    const saved = made.device.save();
    made.device.reset();
    made.device.restore(saved);
    expect(made.device.save()).toEqual(saved);
    expect(
      made
        .run()
        .take()
        .map((each) => each[16]),
    ).toEqual([2]);
  });

  it('answers nonsense with a counter', () => {
    const made = active();
    const random = new Random(6);
    for (let i = 0; i < 2000; i++) {
      const payload = Uint8Array.from({ length: random.below(48) }, () => random.below(256));
      if (random.below(2) === 0)
        payload.set(pipe(u32(random.below(6)), u32(random.below(9)), u32(0)).slice(0, payload.length));
      made.send(payload);
    }
    expect(made.device.save().counters.malformed).toBeGreaterThan(500);
    expect(made.device.save().counters.outOfPlace).toBeGreaterThan(20);
    made.take();
    made.provider.point(event({ x: 3 }));
    expect(made.run().take()).toHaveLength(1);
  });
});
