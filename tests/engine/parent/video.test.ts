import { describe, expect, it } from 'vitest';
import { readU16, readU32, readU64 } from '@engine/base/bytes';
import { Random } from '@engine/base/random';
import { DeviceMemory } from '@engine/bus/device-memory';
import { monitorEdid } from '@engine/parent/vsp/video/edid';
import { FrameMemory } from '@engine/parent/vsp/video/frame-memory';
import { VideoVsp } from '@engine/parent/vsp/video/video-vsp';
import { VideoVersion } from '@engine/vmbus/protocol/synth-video';
import { BusRig } from '../vmbus/rig';
import { bytes, HandRig, u32, u64, u8, type FieldValue } from './input-rig';

const MEGABYTE = 2 ** 20;
const FREE = 0xf900_0000; // where nothing answers

function message(type: number, ...fields: FieldValue[]): Uint8Array {
  const body = bytes(...fields);
  const size = body.length + 8;
  return Uint8Array.from([...bytes(u32(1), u32(size), u32(type), u32(size)), ...body]);
}

const version = (number: number) => message(1, u32(number));
const place = (gpa: number | bigint, context: number | bigint = gpa) => message(3, u64(context), u8(1), u64(gpa));
const mode = (width: number, height: number, depth = 32, pitch = (width * depth) / 8) =>
  message(5, u64(0x55), u8(1), u8(1), u32(0), u8(depth), u32(width), u32(height), u32(pitch));
const rectangle = (...edges: readonly number[]) => edges.map((edge) => u32(edge));

class Screen extends HandRig<VideoVsp> {
  static made({ maxVersion = VideoVersion.V3_5 as number, rig = new BusRig() } = {}): Screen {
    const vram = new DeviceMemory(8 * MEGABYTE);
    const frames = new FrameMemory({ name: 'vm-1/video', memory: rig.memory, mmio: rig.mmio, vram });
    return Object.assign(new Screen(new VideoVsp({ frames, maxVersion }), rig), { vram, frames });
  }

  declare readonly vram: DeviceMemory;
  declare readonly frames: FrameMemory;

  /** Open, with version and a place agreed. */
  static ready(gpa = FREE): Screen {
    const screen = Screen.made();
    screen.open().send(version(VideoVersion.V3_5)).send(place(gpa));
    screen.take();
    return screen;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.device.save().counters };
  }
}

/** Type and body of what the provider sent. */
function read(payload: Uint8Array | undefined): { type: number; body: Uint8Array } {
  const bytesOf = payload ?? new Uint8Array(16);
  return { type: readU32(bytesOf, 8), body: bytesOf.slice(16, 8 + readU32(bytesOf, 4)) };
}

describe('versions', () => {
  const ask = (maxVersion: number, asked: number) => {
    const screen = Screen.made({ maxVersion });
    const { type, body } = read(screen.open().send(version(asked)).take()[0]);
    return [type, readU32(body, 0), body[4] !== 0, body[5]];
  };

  it.each([
    [VideoVersion.V3_0, VideoVersion.V3_0, true, VideoVersion.V3_0],
    [VideoVersion.V3_2, VideoVersion.V3_5, false, VideoVersion.V3_2],
    [VideoVersion.V3_5, VideoVersion.V3_2, true, VideoVersion.V3_2],
    [VideoVersion.V3_5, VideoVersion.V3_5, true, VideoVersion.V3_5],
    [VideoVersion.V3_5, 0x0000_0004, false, VideoVersion.V3_5],
  ])('a host of %i asked for %i', (host, asked, isAccepted, answered) => {
    expect(ask(host, asked)).toEqual([2, answered, isAccepted, 1]);
  });

  it('nothing else is heard before a version is agreed, and no second one after', () => {
    const screen = Screen.made();
    screen.open().send(place(FREE)).send(mode(800, 600));
    expect([screen.take(), screen.counters()['outOfPlace']]).toEqual([[], 2]);
    screen.send(version(VideoVersion.V3_2)).send(version(VideoVersion.V3_5));
    expect([screen.take().length, screen.provider.version]).toEqual([1, VideoVersion.V3_2]);
  });

  it('messages of newer versions do not exist in older ones', () => {
    const screen = Screen.made();
    screen.open().send(version(VideoVersion.V3_2));
    screen.take();
    expect([screen.send(message(13, u8(64))).take(), screen.counters()['outOfPlace']]).toEqual([[], 1]);
  });
});

describe('resolutions and the monitor', () => {
  it('lists what the memory holds, with 1024x768 preferred', () => {
    const { type, body } = read(
      Screen.ready()
        .send(message(13, u8(64)))
        .take()[0],
    );
    const list = Array.from({ length: body[128] ?? 0 }, (_, i) => [
      readU16(body, 131 + i * 4),
      readU16(body, 133 + i * 4),
    ]);
    expect([type, list[body[129] ?? 99], body.length]).toEqual([14, [1024, 768], 131 + list.length * 4]);
    expect(list.every(([width = 0, height = 0]) => width * height * 4 <= 8 * MEGABYTE)).toBe(true);
    expect(list.length).toBeGreaterThan(5);
  });

  it('gives none to a guest that would not take all', () => {
    expect(
      read(
        Screen.ready()
          .send(message(13, u8(63)))
          .take()[0],
      ).body[128],
    ).toBe(0);
  });

  it('describes the monitor by a block whose bytes add up to zero', () => {
    const edid = monitorEdid();
    expect([edid.length, edid.reduce((sum, value) => (sum + value) & 0xff, 0)]).toEqual([128, 0]);
    expect(readU16(edid, 54)).toBe(6500); // the preferred timing's clock in 10 kHz
    expect(((edid[58] ?? 0) >> 4) * 256 + (edid[56] ?? 0)).toBe(1024);
    expect(((edid[61] ?? 0) >> 4) * 256 + (edid[59] ?? 0)).toBe(768);
    expect(Buffer.from(edid.slice(77, 90)).toString('latin1')).toBe('HyperVMonitor');
  });

  it('says that the emulated adapter can be stopped, and that it does not lock', () => {
    const screen = Screen.ready();
    const bios = read(screen.send(message(11)).take()[0]);
    const capability = read(screen.send(message(15)).take()[0]);
    expect([bios.type, readU32(bios.body, 0), bios.body.length]).toEqual([12, 1, 16]);
    expect([capability.type, capability.body.length]).toEqual([16, 64]);
  });
});

describe('the memory of the picture', () => {
  it('is laid where the guest wants it, and acknowledged with its context', () => {
    const screen = Screen.made();
    const sent = screen.open().send(version(VideoVersion.V3_5)).send(place(FREE, 0x1234_5678_9abcn)).take();
    const { type, body } = read(sent[1]);
    expect([type, readU64(body, 0)]).toEqual([4, 0x1234_5678_9abcn]);
    screen.rig.vp().memoryWrite(FREE + 0x1000, 4, 0x00ff_8040);
    expect(readU32(screen.frames.read(0x1000, 4), 0)).toBe(0x00ff_8040);
  });

  it('may be the guest’s own RAM, or the aperture of the emulated adapter', () => {
    const screen = Screen.ready(16 * MEGABYTE);
    screen.rig.memory.write(16 * MEGABYTE + 8, Uint8Array.of(1, 2, 3));
    expect([...screen.frames.read(8, 3)]).toEqual([1, 2, 3]);
    const other = Screen.made();
    other.rig.mmio.claim('vga', 0xf800_0000, 64 * MEGABYTE, other.vram);
    other.open().send(version(VideoVersion.V3_5)).send(place(0xf800_0000));
    expect(other.take()).toHaveLength(2);
    other.rig.vp().memoryWrite(0xf800_0004, 1, 7);
    expect([...other.frames.read(4, 1)]).toEqual([7]);
  });

  it.each([
    ['crooked', FREE + 1],
    ['beyond the address space', 1n << 60n],
    ['half in RAM', 60 * MEGABYTE],
    ['over a device', 0xfebf_f000],
  ])('is refused %s: no acknowledgement', (_, gpa) => {
    const screen = Screen.made();
    screen.rig.mmio.claim('card', 0xfec0_0000, 0x1000, { mmioRead: () => 0, mmioWrite: () => undefined });
    screen.open().send(version(VideoVersion.V3_5));
    screen.take();
    expect([screen.send(place(gpa)).take(), screen.counters()['refusedPlaces']]).toEqual([[], 1]);
    expect(screen.rig.mmio.ranges()).toHaveLength(1);
  });

  it('can be taken away again', () => {
    const screen = Screen.ready();
    expect(screen.send(message(3, u64(1), u8(0), u64(0))).take()).toHaveLength(1);
    expect([screen.rig.mmio.find(FREE), screen.frames.isPlaced]).toEqual([null, false]);
  });
});

describe('what is on the screen', () => {
  it('follows the guest’s situation', () => {
    const screen = Screen.ready();
    const { generation } = screen.provider;
    const { type, body } = read(screen.send(mode(1280, 1024)).take()[0]);
    expect([type, readU64(body, 0)]).toEqual([6, 0x55n]);
    expect(screen.provider.mode).toEqual({ offset: 0, depth: 32, width: 1280, height: 1024, pitch: 5120 });
    expect(screen.provider.generation).toBeGreaterThan(generation);
    screen.send(message(5, u64(0), u8(1), u8(0), u32(0), u8(0), u32(0), u32(0), u32(0)));
    expect(screen.provider.mode).toBeNull();
  });

  it.each([
    ['larger than its memory', mode(4096, 4096)],
    ['with rows that overlap', mode(1024, 768, 32, 4000)],
    ['of an unknown depth', mode(640, 480, 24)],
    ['of no height', mode(640, 0)],
  ])('stays as it is for a mode %s', (_, update) => {
    const screen = Screen.ready();
    screen.send(mode(800, 600));
    screen.take();
    expect([screen.send(update).take(), screen.provider.mode?.width, screen.counters()['refusedSituations']]).toEqual([
      [],
      800,
      1,
    ]);
  });

  it('an old version goes up to 1600x1200', () => {
    const screen = Screen.made({ maxVersion: VideoVersion.V3_0 });
    screen
      .open()
      .send(version(VideoVersion.V3_0))
      .send(place(FREE))
      .send(mode(1920, 1080, 16));
    expect(screen.provider.mode).toBeNull();
    expect(screen.send(mode(1600, 1200, 16)).provider.mode?.depth).toBe(16);
  });

  it('reads the picture row by row without padding', () => {
    const screen = Screen.ready();
    screen.send(mode(640, 480, 16, 1536));
    screen.rig.vp().memoryWrite(FREE + 1536 * 479 + 1278, 2, 0xbeef);
    const frame = screen.provider.frame();
    expect([frame?.length, frame && readU16(frame, frame.length - 2)]).toEqual([640 * 480 * 2, 0xbeef]);
  });

  it('tells the guest that somebody looks, behind its first mode and when that changes', () => {
    const screen = Screen.ready();
    screen.provider.setWatched(true);
    screen.run().take();
    const first = screen
      .send(mode(800, 600))
      .take()
      .map((each) => read(each));
    expect(first.map(({ type }) => type)).toEqual([6, 9]);
    expect([...(first[1]?.body ?? [])]).toEqual([1, 1, 1, 1]);
    screen.provider.setWatched(false);
    expect([...read(screen.run().take()[0]).body]).toEqual([0, 0, 0, 1]);
  });

  it('collects the changed parts, cut to the picture, for whoever looks', () => {
    const screen = Screen.ready();
    screen.send(mode(800, 600));
    expect(screen.provider.takeDirty()).toEqual([{ left: 0, top: 0, right: 800, bottom: 600 }]);
    screen.send(message(10, u8(0), u8(2), ...rectangle(10, 20, 30, 40, -5, 590, 2000, 700)));
    expect(screen.provider.takeDirty()).toEqual([
      { left: 10, top: 20, right: 30, bottom: 40 },
      { left: 0, top: 590, right: 800, bottom: 600 },
    ]);
    for (let i = 0; i < 50; i++) screen.send(message(10, u8(0), u8(1), ...rectangle(i, i, i + 1, i + 1)));
    const kept = screen.provider.takeDirty();
    expect(kept.length).toBeLessThanOrEqual(32);
    expect(Math.max(...kept.map(({ right }) => right))).toBe(50);
    screen.send(message(10, u8(0), u8(9), ...rectangle(0, 0, 1, 1)));
    expect(screen.counters()).toMatchObject({ dirtMessages: 51, rectangles: 52, malformed: 1 });
  });
});

describe('the pointer', () => {
  const shape = (part: number, width: number, height: number, data: readonly number[]) =>
    message(8, u8(part), u8(1), u32(width), u32(height), u32(1), u32(2), ...data.map(u8));

  it('has a place and a picture', () => {
    const screen = Screen.ready();
    screen.send(message(7, u8(1), u8(0), u32(-3), u32(40))).send(shape(0xff, 2, 1, [1, 2, 3, 4, 5, 6, 7, 8]));
    const { pointer, shape: kept } = screen.device.save();
    expect(pointer).toEqual({ visible: true, x: -3, y: 40 });
    expect(kept).toMatchObject({ argb: true, width: 2, height: 1, hotX: 1, hotY: 2 });
    expect([...(kept?.bytes.slice(0, 8) ?? [])]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('may come in parts, in order', () => {
    const screen = Screen.ready();
    screen.send(shape(0, 2, 2, Array<number>(8).fill(1))).send(shape(0xff, 2, 2, Array<number>(8).fill(2)));
    expect([...(screen.device.save().shape?.bytes.slice(0, 2) ?? [])]).toEqual([1, 1]);
    screen.send(shape(3, 2, 2, [0, 0, 0, 0]));
    screen.send(shape(0xff, 97, 2, [0, 0, 0, 0]));
    expect(screen.counters()).toMatchObject({ pointerShapes: 1, malformed: 2 });
  });
});

describe('state', () => {
  it('goes back to the emulated adapter when the channel closes; its memory stays where firmware draws on', () => {
    const screen = Screen.ready();
    screen.send(mode(800, 600)).close();
    expect([screen.provider.mode, screen.frames.isPlaced]).toEqual([null, true]);
    expect(screen.reopen().send(version(VideoVersion.V3_5)).take()).toHaveLength(2); // the mode’s answer, and now the version’s
  });

  it('is the same after save and restore, window included', () => {
    const screen = Screen.ready();
    screen.send(mode(800, 600)).send(message(10, u8(0), u8(1), ...rectangle(1, 1, 2, 2)));
    screen.rig.vp().memoryWrite(FREE, 4, 0xabcdef);
    const saved = { video: screen.device.save(), frames: screen.frames.save(), vram: screen.vram.save() };
    screen.device.reset();
    screen.frames.reset();
    screen.vram.reset();
    expect([screen.provider.mode, screen.rig.mmio.find(FREE)]).toEqual([null, null]);
    screen.vram.restore(saved.vram);
    screen.frames.restore(saved.frames);
    screen.device.restore(saved.video);
    expect(screen.device.save()).toEqual(saved.video);
    expect(readU32(screen.provider.frame() ?? new Uint8Array(4), 0)).toBe(0xabcdef);
  });

  it('answers nonsense with a counter', () => {
    const screen = Screen.ready();
    screen.send(mode(800, 600));
    const random = new Random(9);
    for (let i = 0; i < 3000; i++) {
      const body = Array.from({ length: random.below(60) }, () => u8(random.below(256)));
      const payload = message(random.below(18), ...body);
      if (random.below(4) === 0) payload[random.below(16)] = random.below(256);
      screen.send(payload.slice(0, random.below(payload.length + 1)));
    }
    const counters = screen.counters();
    for (const name of ['malformed', 'outOfPlace', 'refusedPlaces', 'refusedSituations'])
      expect(counters[name], name).toBeGreaterThan(0);
    screen.take();
    expect(read(screen.send(place(FREE)).take().at(-1)).type).toBe(4);
    expect(read(screen.send(mode(640, 480)).take()[0]).type).toBe(6);
  });
});
