import { describe, expect, it } from 'vitest';
import { writeU32 } from '@engine/base/bytes';
import { NVSP_STATUS, NvspStatus, NvspType, nvspMessage, rndisPacketComplete } from '@engine/vmbus/protocol/nvsp';
import { PacketType } from '@engine/vmbus/protocol/packet';
import { encodeRndisPacket, RNDIS_COMPLETE, RndisStatus, RndisType } from '@engine/vmbus/protocol/rndis';
import { frame, MAC, MS, NetRig, OTHER, SMALL, texts, type NetRigOptions } from '../../parent/rig';
import { ScriptedNetvsp, type Delivery, type Script } from './scripted-netvsp';

const up = (script: Script = {}, options: NetRigOptions = {}) => {
  const device = new ScriptedNetvsp(script);
  const rig = new NetRig({ device, ...options }).boot();
  expect(rig.heard).toEqual(['up']);
  device.returned.length = 0;
  return { device, rig };
};

/** Frames go both ways still. */
const expectWorking = ({ rig, device }: ReturnType<typeof up>): void => {
  const [out, into] = [device.frames.length, rig.received.length];
  rig.driver.send(frame(OTHER, MAC, 200, 9));
  device.deliver(encodeRndisPacket(frame(MAC, OTHER, 200, 8)));
  rig.clock.advanceBy(MS);
  expect(texts(device.frames.slice(out))).toEqual(texts([frame(OTHER, MAC, 200, 9)]));
  expect(texts(rig.received.slice(into))).toEqual(texts([frame(MAC, OTHER, 200, 8)]));
  expect([device.returned.at(-1), rig.state.used.some(Boolean), rig.state.returns]).toEqual([1, false, []]);
};

const good = encodeRndisPacket(frame(MAC, OTHER, 100));
const control = (type: number, length: number): Uint8Array =>
  RNDIS_COMPLETE.encode({ type, length, requestId: 1, status: RndisStatus.Success });
const withWord = (message: Uint8Array, at: number, value: number): Uint8Array => {
  const bytes = message.slice();
  writeU32(bytes, at, value);
  return bytes;
};

describe('a provider that sends what it should not', () => {
  it.each<[string, Uint8Array, Delivery]>([
    ['a range behind the receive buffer', good, { ranges: [{ offset: SMALL.receiveBytes, length: 8 }] }],
    ['a range over its end', good, { ranges: [{ offset: SMALL.receiveBytes - 64, length: 65 }] }],
    ['a range that runs over 32 bits', good, { ranges: [{ offset: 0xffff_fff0, length: 64 }] }],
    ['a range of no bytes', good, { ranges: [{ offset: 0, length: 0 }] }],
    ['pages of another set', good, { setId: 0xbeef }],
    ['transfer pages with another message', good, { payload: nvspMessage(NVSP_STATUS, { type: 99, status: 0 }, 2) }],
    ['transfer pages with no message', good, { payload: new Uint8Array(0) }],
    ['a message longer than its range', withWord(good, 4, good.length + 1), {}],
    ['a message shorter than a header', withWord(good, 4, 7), {}],
    ['a frame that leaves its message', withWord(good, 12, 101), {}],
    ['a frame beside a cut message', withWord(good, 4, 100), {}],
    ['half an indication', control(RndisType.IndicateStatus, 16), {}],
    ['a HALT', control(RndisType.Halt, 12), {}],
    ['a RESET', control(RndisType.Reset, 12), {}],
    ['a RESET_COMPLETE that nobody asked for', control(RndisType.ResetComplete, 16), {}],
    ['a message of no known type', control(0x55, 16), {}],
  ])('%s: refused, counted, given back, and nothing else happens', (_name, message, delivery) => {
    const both = up();
    const { rig, device } = both;
    device.deliver(message, delivery);
    rig.clock.advanceBy(MS);
    expect([device.returned, rig.received, rig.state.malformed]).toEqual([[NvspStatus.Failure], [], 1]);
    expect([rig.heard, rig.driver.linkUp, rig.links]).toEqual([['up'], true, [true]]);
    expectWorking(both);
  });

  it('good and bad ranges in one packet: the good ones are taken, the packet is returned once, as failed', () => {
    const both = up();
    const { rig, device } = both;
    const place = { offset: 0, length: good.length };
    device.deliver(good, { ranges: [place, { offset: SMALL.receiveBytes, length: 8 }, place] });
    rig.clock.advanceBy(MS);
    expect([device.returned, rig.received.length, rig.state.malformed]).toEqual([[NvspStatus.Failure], 2, 1]);
    expectWorking(both);
  });

  it.each([
    ['an NVSP message of no known type', PacketType.InBand, nvspMessage(NVSP_STATUS, { type: 4711, status: 1 }, 2)],
    ['an NVSP message of two bytes', PacketType.InBand, new Uint8Array(2)],
    ['a packet of no known type', 0x1f, new Uint8Array(16)],
    ['a completion of no known type', PacketType.Completion, nvspMessage(NVSP_STATUS, { type: 4711, status: 1 }, 2)],
    ['an empty completion', PacketType.Completion, new Uint8Array(0)],
    ['a completion of a frame that was never sent', PacketType.Completion, rndisPacketComplete(NvspStatus.Success)],
  ])('%s: counted, and nothing else happens', (_name, type, payload) => {
    const both = up();
    both.device.say(type, payload, 5);
    both.rig.clock.advanceBy(MS);
    expect([both.rig.state.malformed, both.rig.state.refused, both.rig.heard]).toEqual([1, 0, ['up']]);
    expectWorking(both);
  });

  it.each([
    ['INIT_COMPLETE', NvspType.InitComplete],
    ['SEND_RECEIVE_BUFFER_COMPLETE', NvspType.SendReceiveBufferComplete],
    ['SEND_SEND_BUFFER_COMPLETE', NvspType.SendSendBufferComplete],
    ['SUBCHANNEL', NvspType.SubChannel],
    ['REVOKE_SEND_BUFFER', NvspType.RevokeSendBuffer],
  ])('%s once more, as a refusal: it answers nothing', (_name, type) => {
    const both = up();
    both.device.say(PacketType.Completion, nvspMessage(NVSP_STATUS, { type, status: NvspStatus.Failure }, 2));
    both.rig.clock.advanceBy(MS);
    expect([both.rig.heard, both.rig.state.phase]).toEqual([['up'], 'up']);
    expectWorking(both);
  });
});

describe('a provider that refuses frames', () => {
  it('completes them as failed: each is counted, its section is free again, the rest goes on', () => {
    const { rig, device } = up({ frame: (n) => (n % 3 === 0 ? NvspStatus.InvalidRndisPacket : NvspStatus.Success) });
    const sent = Array.from({ length: 60 }, (_, i) => frame(OTHER, MAC, 300, i));
    sent.forEach((bytes) => rig.driver.send(bytes));
    rig.clock.advanceBy(10 * MS);
    expect(texts(device.frames)).toEqual(texts(sent));
    expect([rig.state.sent, rig.state.refused, rig.state.used.some(Boolean)]).toEqual([60, 20, false]);
    expect(rig.driver.inspect()).toMatchObject({ refused: 20 });
  });

  it('completes those with pages of their own as failed: the pages are free again', () => {
    const { rig, device } = up({ frame: () => NvspStatus.Failure }, { mtu: 9000 });
    const { used } = rig.kernel.pages;
    rig.driver.send(frame(OTHER, MAC, 9000));
    rig.clock.advanceBy(MS);
    expect([device.frames.length, rig.state.refused, rig.state.direct, rig.kernel.pages.used]).toEqual([
      1,
      1,
      [],
      used,
    ]);
  });

  it('cuts the status off: the frame counts as refused, its section is free', () => {
    const { rig } = up({ frame: () => rndisPacketComplete(NvspStatus.Success).slice(0, 4) });
    rig.driver.send(frame(OTHER, MAC, 100));
    rig.clock.advanceBy(MS);
    expect([rig.state.refused, rig.state.used.some(Boolean)]).toEqual([1, false]);
  });

  it('completes a frame twice: the second time is counted as damage, not as a frame', () => {
    const both = up();
    both.rig.driver.send(frame(OTHER, MAC, 100));
    both.rig.clock.advanceBy(MS);
    both.device.again(rndisPacketComplete(NvspStatus.Failure));
    both.rig.clock.advanceBy(MS);
    expect([both.rig.state.refused, both.rig.state.malformed]).toEqual([0, 1]);
    expectWorking(both);
  });
});

describe('a provider that refuses more channels', () => {
  const VPS = { vpCount: 4 };

  it.each<[string, (answer: Uint8Array) => Uint8Array]>([
    ['with a failure', (answer) => withWord(answer, 4, NvspStatus.Failure)],
    ['with more than were asked for', (answer) => withWord(answer, 8, 9)],
    ['with half an answer', (answer) => answer.slice(0, 8)],
  ])('%s: the driver goes on with one', (_name, answer) => {
    const nvsp: Script['nvsp'] = (type, right) => (right && type === NvspType.SubChannel ? answer(right) : right);
    const both = up({ queues: 4, nvsp }, VPS);
    expect([both.rig.state.scaling, both.rig.state.wanted, both.rig.state.subChannels]).toEqual(['none', 0, []]);
    expectWorking(both);
  });

  it('never answers: the driver works with one meanwhile', () => {
    const both = up({ queues: 4, nvsp: (type, right) => (type === NvspType.SubChannel ? null : right) }, VPS);
    expect(both.rig.state.scaling).toBe('asked');
    expectWorking(both);
  });
});
