import { describe, expect, it } from 'vitest';
import { MILLISECOND as MS } from '@engine/clock/clock';
import {
  bareMessage,
  encodeMessage,
  INITIATE_CONTACT,
  MessageType,
  messageTypeOf,
  MODIFY_CHANNEL,
  RELID_MESSAGE,
  TL_CONNECT_REQUEST,
  TL_CONNECT_RESULT,
  VERSION_RESPONSE,
  VmbusStatus,
  type InitiateContact,
} from '@engine/vmbus/protocol/messages';
import { VMBUS_VERSIONS, VmbusVersion } from '@engine/vmbus/protocol/versions';
import { BusRig, EchoDevice, TestKernel, TinyGuest } from './rig';

const T = MessageType;
const V6_0 = 0x0006_0000;
const SINT2 = 2n;

const contactOf = (fields: Partial<InitiateContact>): Uint8Array =>
  encodeMessage(T.InitiateContact, INITIATE_CONTACT, {
    version: VmbusVersion.V5_3,
    targetVp: 0,
    interruptPage: SINT2,
    monitorPage1: 0n,
    monitorPage2: 0n,
    ...fields,
  });

/** A guest on a host of 2022 with two processors, and what the host answers to its first message. */
function contacted(fields: Partial<InitiateContact>, extra = 0) {
  const rig = new BusRig({ vpCount: 2 });
  const guest = new TinyGuest(rig);
  guest.post(new Uint8Array([...contactOf(fields), ...new Uint8Array(extra)]), 4);
  const answers = guest.take();
  return { rig, guest, answer: VERSION_RESPONSE.decode(answers[0] ?? new Uint8Array(0)) };
}

describe('the first message of a guest', () => {
  it('is refused with zeros for 6.0, with the client id that it brings', () => {
    const { rig, answer } = contacted({ version: V6_0 }, 16);
    expect([answer, rig.server.version]).toEqual([{ supported: 0, connectionState: 0, messageConnection: 0 }, null]);
  });

  it('is answered on the processor that it names, since 2012 R2', () => {
    const { rig, answer } = contacted({ targetVp: 1 });
    expect(answer).toBeNull();
    rig.vp(1).writeMsr(0x4000_0083, 0x8001n);
    rig.vp(1).writeMsr(0x4000_0092, 0xf3n);
    rig.vp(1).writeMsr(0x4000_0080, 1n);
    expect(rig.memory.readU32(0x8000 + 2 * 256 + 16)).toBe(T.VersionResponse);
    expect(contacted({ version: VmbusVersion.V2_4, targetVp: 1 }).answer?.supported).toBe(1); // before: on the first
  });

  it('is refused for another interrupt source, which gets the answer', () => {
    const { rig, answer } = contacted({ interruptPage: 5n });
    expect(answer).toBeNull();
    rig.vp().writeMsr(0x4000_0095, 0xf5n);
    const slot = rig.memory.read(0x2000 + 5 * 256 + 16, 16);
    expect(messageTypeOf(slot)).toBe(T.VersionResponse);
    expect([VERSION_RESPONSE.decode(slot)?.supported, rig.server.version]).toEqual([0, null]);
  });

  it('is heard by nobody for another trust level', () => {
    const { rig, answer } = contacted({ interruptPage: SINT2 | (2n << 8n) });
    expect([answer, rig.server.save().counters.outOfPlace]).toEqual([null, 1]);
    expect(contacted({ version: VmbusVersion.V5_0, interruptPage: SINT2 | (2n << 8n) }).answer?.supported).toBe(1);
  });

  it('fails with one monitor page of two; who cannot be told that is refused', () => {
    const { rig, answer } = contacted({ monitorPage2: 0x5000n });
    expect([answer?.supported, answer?.connectionState, rig.server.version]).toEqual([1, 2, null]);
    const old = contacted({ version: VmbusVersion.V1_1, interruptPage: 0n, monitorPage1: 0x5000n });
    expect([old.answer?.supported, old.answer?.connectionState]).toEqual([0, 0]);
  });
});

describe('messages of an age', () => {
  function connected(version: number) {
    const rig = new BusRig({ vpCount: 2 });
    rig.server.add(new EchoDevice());
    const guest = new TinyGuest(rig);
    guest.contact(version);
    guest.post(bareMessage(T.RequestOffers));
    guest.gpadl(1, 5, [0x1000, 0x1001, 0x1002, 0x1003]);
    guest.open(1, 5, 2);
    guest.take();
    return { rig, guest };
  }

  it.each(VMBUS_VERSIONS)('%i: unload, moving a channel, sockets', (version) => {
    const { rig, guest } = connected(version);
    const { outOfPlace } = rig.server.save().counters;
    guest.post(encodeMessage(T.ModifyChannel, MODIFY_CHANNEL, { relid: 1, targetVp: 1 }));
    expect(guest.types()).toEqual(version >= VmbusVersion.V5_3 ? [T.ModifyChannelResponse] : []);
    expect(rig.server.save().channels[0]?.targetVp).toBe(version >= VmbusVersion.V4_1 ? 1 : 0);
    const request = { endpoint: new Uint8Array(16).fill(1), service: new Uint8Array(16).fill(2) };
    guest.post(encodeMessage(T.TlConnectRequest, TL_CONNECT_REQUEST, request));
    const refusals = guest.take().map((message) => TL_CONNECT_RESULT.decode(message));
    const refusal = { ...request, status: VmbusStatus.ConnectionRefused };
    expect(refusals).toEqual(version >= VmbusVersion.V4_1 ? [refusal] : []);
    const unknown = Number(version < VmbusVersion.V4_1) + Number(version < VmbusVersion.V4_0);
    expect(rig.server.save().counters.outOfPlace - outOfPlace).toBe(unknown);
    guest.post(bareMessage(T.Unload));
    expect(guest.types()).toEqual(version >= VmbusVersion.V1_1 ? [T.UnloadResponse] : []);
    expect([rig.server.version, rig.server.save().gpadls]).toEqual([null, []]);
  });

  it('does not take a channel to a processor that is not there, nor its interrupts away', () => {
    const { rig, guest } = connected(VmbusVersion.V5_3);
    for (const targetVp of [2, 0xffff_ffff])
      guest.post(encodeMessage(T.ModifyChannel, MODIFY_CHANNEL, { relid: 1, targetVp }));
    expect([guest.types(), rig.server.save().channels[0]?.targetVp]).toEqual([
      [T.ModifyChannelResponse, T.ModifyChannelResponse],
      0,
    ]);
  });

  it('gives an open channel nothing to release; one that is closed is offered again to the next guest only', () => {
    const { rig, guest } = connected(VmbusVersion.V5_3);
    const release = (): number => guest.post(encodeMessage(T.RelidReleased, RELID_MESSAGE, { relid: 1 }));
    release();
    expect(rig.server.save().counters.outOfPlace).toBe(1);
    guest.post(encodeMessage(T.CloseChannel, RELID_MESSAGE, { relid: 1 }));
    release();
    expect([rig.server.save().gpadls, rig.server.save().channels[0]?.offered]).toEqual([[], false]);
    guest.gpadl(1, 5, [0x1000, 0x1001, 0x1002, 0x1003]);
    guest.open(1, 5, 2);
    expect(rig.server.save().channels[0]?.phase).toBe('closed');
    guest.take();
    guest.contact(VmbusVersion.V5_3);
    guest.post(bareMessage(T.RequestOffers));
    expect(guest.types()).toEqual([T.VersionResponse, T.OfferChannel, T.AllOffersDelivered]);
  });
});

describe('leaving and coming back', () => {
  it.each([
    ['before the first message', 0],
    ['while it is under way', 1],
    ['when offers are there', 2],
    ['with a channel half open', 3],
    ['with a channel open', 4],
  ])('works %s', (_name, steps) => {
    const rig = new BusRig();
    rig.server.add(new EchoDevice());
    const kernel = new TestKernel(rig);
    const { client } = kernel;
    if (steps >= 1) client.connect();
    if (steps >= 2) rig.clock.advanceBy(MS);
    if (steps >= 3) client.openChannel(1, { sendPages: 4, receivePages: 4 });
    if (steps >= 4) rig.clock.advanceBy(MS);
    client.unload();
    rig.clock.advanceBy(MS);
    client.reset();
    rig.server.reset();
    rig.partition.reset();
    const next = new TestKernel(rig);
    next.client.connect();
    rig.clock.advanceBy(MS);
    next.client.openChannel(1, { sendPages: 4, receivePages: 4 });
    rig.clock.advanceBy(MS);
    expect(next.client.channel(1)).not.toBeNull();
    expect(rig.server.save().gpadls).toHaveLength(1);
  });

  it('ends at once where the host has no answer to it', () => {
    const rig = new BusRig({ host: 'ws2008', maxVersion: VmbusVersion.V0_13 });
    const kernel = new TestKernel(rig, [VmbusVersion.V0_13]);
    kernel.client.connect();
    rig.clock.advanceBy(MS);
    kernel.client.unload();
    expect([kernel.heard.at(-1), kernel.pages.used]).toEqual(['unloaded', 0]);
  });

  it('goes on to the next version when the host fails with this one', () => {
    const rig = new BusRig();
    const kernel = new TestKernel(rig, [VmbusVersion.V5_3, VmbusVersion.V5_2]);
    kernel.client.connect();
    const answer = (kernel.client.save().synic.pages?.messages ?? 0) + 2 * 256 + 16;
    rig.memory.writeU8(answer + 9, 2); // connection state: unknown failure
    rig.clock.advanceBy(MS);
    expect(kernel.heard[0]).toBe('connected 50002');
  });
});
