import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { KeyboardVsp } from '@engine/parent/vsp/keyboard/keyboard-vsp';
import { bytes, HandRig, u16, u32 } from './input-rig';

const REQUEST = bytes(u32(1), u32(0x0001_0000));
const ACCEPTED = bytes(u32(2), u32(1));

const opened = () => new HandRig(new KeyboardVsp()).open();

function active() {
  const made = opened().send(REQUEST);
  made.take();
  return made;
}

const stroke = (code: number, flags: number): Uint8Array => bytes(u32(3), u16(code), u16(0), u32(flags));
/** The payload without the padding of its packet. */
const cut = (payloads: readonly Uint8Array[], length: number) => payloads.map((each) => each.slice(0, length));

describe('synthetic keyboard', () => {
  it('is offered without a pipe, under its fixed instance', () => {
    const { offer } = new KeyboardVsp().device;
    expect([offer.interfaceType, offer.instance, offer.pipe ?? false]).toEqual([
      'f912ad6d-2b17-48ea-bd65-f927a61c7684',
      'd34b2567-b9b6-42b9-8778-0a4ec0b955bf',
      false,
    ]);
  });

  it('accepts version 1.0, completes the packet, and only then is active', () => {
    const made = opened();
    expect(made.provider.active).toBe(false);
    made.send(REQUEST, 77);
    expect(cut(made.take(), 8)).toEqual([ACCEPTED]);
    expect([made.driver.completions, made.provider.active]).toEqual([[77], true]);
  });

  it('refuses other versions and lets the guest ask again', () => {
    const made = opened().send(bytes(u32(1), u32(0x0002_0000)));
    expect(cut(made.take(), 8)).toEqual([bytes(u32(2), u32(0))]);
    expect(made.provider.active).toBe(false);
    expect(cut(made.send(REQUEST).take(), 8)).toEqual([ACCEPTED]);
  });

  it('sends makes, breaks and the E0 prefix as they were pressed', () => {
    const made = active();
    made.provider.press({ code: 0x1e, down: true, extended: false });
    made.provider.press({ code: 0x1e, down: false, extended: false });
    made.provider.press({ code: 0x48, down: true, extended: true });
    made.provider.press({ code: 0x48, down: false, extended: true });
    expect(cut(made.run().take(), 12)).toEqual([stroke(0x1e, 0), stroke(0x1e, 2), stroke(0x48, 4), stroke(0x48, 6)]);
  });

  it('keeps the lights that the guest sets', () => {
    const made = active().send(bytes(u32(4), u16(0x06), u16(0)));
    expect(made.provider.leds).toBe(6);
    expect(made.close().provider.leds).toBe(0);
  });

  it('drops keys while nobody listens, and counts those that find the guest asleep', () => {
    const made = opened();
    made.provider.press({ code: 2, down: true, extended: false });
    made.send(REQUEST);
    expect(made.take()).toHaveLength(1);
    for (let i = 0; i < 100; i++) made.provider.press({ code: 2, down: true, extended: false });
    expect(made.device.save().counters).toMatchObject({ keystrokes: 64, lost: 36 });
    expect(made.run().take()).toHaveLength(64);
  });

  it('continues after a restore with what was waiting', () => {
    const made = active();
    made.provider.press({ code: 0x10, down: true, extended: false });
    const saved = made.device.save();
    made.device.reset();
    expect(made.provider.active).toBe(false);
    made.device.restore(saved);
    expect(made.device.save()).toEqual(saved);
    expect(cut(made.run().take(), 12)).toEqual([stroke(0x10, 0)]);
  });

  it('answers nonsense with a counter', () => {
    const made = active();
    const random = new Random(5);
    for (let i = 0; i < 2000; i++) {
      const payload = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
      if (random.below(2) === 0 && payload.length > 3) payload.set([random.below(6), 0, 0, 0]);
      made.send(payload, random.below(3));
    }
    const { malformed, outOfPlace } = made.device.save().counters;
    expect(malformed).toBeGreaterThan(500);
    expect(outOfPlace).toBeGreaterThan(50); // a second negotiation
    made.take();
    made.provider.press({ code: 3, down: true, extended: false });
    expect(cut(made.run().take(), 12)).toEqual([stroke(3, 0)]);
  });
});
