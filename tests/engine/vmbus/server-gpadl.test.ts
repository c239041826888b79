import { beforeEach, describe, expect, it } from 'vitest';
import { GPADL_CREATED, MessageType, VmbusStatus } from '@engine/vmbus/protocol/messages';
import { VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TinyGuest } from './rig';
import { ChannelRig, pages } from './channel-rig';

const T = MessageType;

describe('a channel', () => {
  let rig: ChannelRig;

  beforeEach(() => {
    rig = new ChannelRig();
  });

  it('takes a GPADL of any size, up to what a header can announce', () => {
    for (const [gpadl, count] of [
      [1, 1],
      [2, 26],
      [3, 27],
      [4, 54],
      [5, 55],
      [6, 4096],
      [7, 8190],
    ] as const) {
      rig.guest.gpadl(1, gpadl, pages(count, 0x100));
      expect(rig.lastStatus(GPADL_CREATED)).toBe(0);
      expect(rig.device.channel?.gpadl(gpadl)?.length).toBe(count * 4096);
    }
  });

  it('sees a GPADL as one linear buffer, offset and scattered pages included', () => {
    rig.guest.gpadl(1, 9, [0x1003, 0x1001, 0x1007], 0x2800, 0x300);
    const view = rig.device.channel?.gpadl(9);
    expect(view?.length).toBe(0x2800);
    view?.write(0xcfc, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
    expect([...rig.memory.read(0x100_3ffc, 4), ...rig.memory.read(0x100_1000, 4)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...(view?.read(0xcfa, 8) ?? [])]).toEqual([0, 0, 1, 2, 3, 4, 5, 6]);
  });

  it.each([
    ['no pages', [], 0, 0],
    ['more bytes than pages', [0x1000], 8192, 0],
    ['fewer bytes than pages', [0x1000, 0x1001], 4096, 0],
    ['an offset beyond a page', [0x1000, 0x1001], 4096, 4096],
    ['a page that is not RAM', [0x1000, 0x10_0000], 8192, 0],
    ['a page number beyond all memory', [2 ** 45], 4096, 0],
  ] as const)('refuses a GPADL with %s', (_name, pfns, bytes, offset) => {
    rig.guest.gpadl(1, 5, pfns, bytes, offset);
    expect(rig.lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    expect([rig.server.save().gpadls, rig.counters().badGpadl]).toEqual([[], 1]);
  });

  it('refuses a GPADL id that is in use, an unknown channel, and too much memory', () => {
    rig.shareRing();
    rig.guest.gpadl(1, 5, pages(2));
    expect(rig.lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    rig.guest.gpadl(33, 6, pages(2));
    expect(rig.lastStatus(GPADL_CREATED)).toBe(VmbusStatus.Unsuccessful);
    const small = new BusRig({ gpadlLimit: 0x10_000 });
    small.server.add(new EchoDevice());
    const other = new TinyGuest(small);
    other.contact(VmbusVersion.V5_3);
    other.gpadl(1, 1, pages(10));
    other.gpadl(1, 2, pages(10));
    expect(
      other
        .take()
        .slice(1)
        .map((message) => GPADL_CREATED.decode(message)?.status),
    ).toEqual([0, VmbusStatus.Unsuccessful]);
  });

  it('ignores a body without a header, and pages beyond the announced ones', () => {
    rig.guest.post(new Uint8Array([T.GpadlBody, ...new Array<number>(31).fill(0)]));
    expect([rig.guest.types(), rig.counters().unknownGpadl]).toEqual([[], 1]);
  });
});
