import { describe, expect, it } from 'vitest';
import type { FrameReceiver } from '@engine/base/backends';
import { readBe16, writeU32 } from '@engine/base/bytes';
import { maskOf } from '@engine/base/net/address';
import { verifyChecksums } from '@engine/base/net/checksum-offload';
import { addVlanTag, decodeEthernet, removeVlanTag } from '@engine/base/net/ethernet';
import { Random } from '@engine/base/random';
import type { StackAdapter } from '@engine/guest/kernel/net/guest-interface';
import { newNetworkState } from '@engine/guest/kernel/net/net-state';
import { NetworkStack } from '@engine/guest/kernel/net/network-stack';
import { networkPolicy } from '@engine/guest/kernel/net/policy';
import { TraceKind } from '@engine/trace/kinds';
import { NvspVersion } from '@engine/vmbus/protocol/nvsp';
import { LARGEST_SEND, NDIS_OFFLOAD } from '@engine/vmbus/protocol/offload';
import { OFFLOAD_PARAMETERS } from '@engine/vmbus/protocol/offload-parameters';
import { Oid } from '@engine/vmbus/protocol/oid';
import { tcpFrame } from '../../base/net/frames';
import { ip } from '../net/support';
import { MAC, MS, NetRig, OTHER, texts, type NetRigOptions } from '../../parent/rig';
import { oidOf, ScriptedNetvsp } from './scripted-netvsp';

const PORT = 5001;
const MSS = 1460;

/** A system's protocol stack on an adapter. */
function stackOn(rig: NetRig, adapter: StackAdapter, address: string): NetworkStack {
  const options = { policy: networkPolicy('linux'), hostName: () => address, now: () => rig.clock.now() };
  const stack = new NetworkStack(newNetworkState(), options);
  stack.sync([{ name: 'nic', adapter }]);
  stack.useStatic('nic', { address: ip(address), mask: maskOf(24), gateway: null, dns: [] });
  return stack;
}

/** A guest behind its network driver and the provider, and a station on the wire; `wire` is what the guest's side has sent. */
function pair(options: NetRigOptions = {}, isLost: (count: number) => boolean = () => false) {
  const rig = new NetRig({ settings: { ringPages: 32, receiveBytes: 2 ** 20, sendBytes: 2 ** 19 }, ...options }).boot();
  const wire: Uint8Array[] = [];
  let receiver: FrameReceiver | null = null;
  rig.port.onFrame = (frame) => {
    wire.push(frame.slice());
    if (!isLost(wire.length)) receiver?.receive(frame.slice());
  };
  const guest = stackOn(rig, rig.driver, '10.0.0.1');
  const station = stackOn(
    rig,
    {
      mac: OTHER,
      linkUp: true,
      send: (frame) => rig.port.give(frame.slice()),
      setReceiver: (given) => (receiver = given),
    },
    '10.0.0.2',
  );
  return { rig, guest, station, wire };
}

const ringReads = (rig: NetRig): number => rig.trace.count(TraceKind.RingRead);

/** Sends `bytes` from the guest; what arrives. */
function transfer({ rig, guest, station }: ReturnType<typeof pair>, bytes: Uint8Array): Uint8Array {
  station.sockets.listen(PORT);
  const out = guest.sockets.connect('10.0.0.2', PORT) ?? 0;
  let into: number | null = null;
  let [given, come] = [0, 0];
  const got = new Uint8Array(bytes.length);
  for (let i = 0; i < 20_000 && come < bytes.length; i++) {
    into ??= station.sockets.accept(PORT);
    if (guest.sockets.status(out)?.phase === 'open') given += guest.sockets.write(out, bytes.subarray(given));
    rig.clock.advanceBy(MS / 4);
    for (const stack of [guest, station]) stack.runDue();
    const part = into === null ? new Uint8Array(0) : station.sockets.read(into);
    got.set(part, come);
    come += part.length;
  }
  return got.subarray(0, come);
}

const content = (): Uint8Array => {
  const random = new Random(7);
  return Uint8Array.from({ length: 1_000_000 }, () => random.below(256));
};
const isTcp = (frame: Uint8Array): boolean => frame[12] === 8 && frame[13] === 0 && frame[23] === 6;
const tcpLength = (frame: Uint8Array): number => readBe16(frame, 16) - 40;

describe('large sends of a guest', () => {
  it('come out as frames of the usual size, with the same bytes, over far fewer packets', () => {
    const bytes = content();
    const lab = pair();
    const before = ringReads(lab.rig);
    const got = transfer(lab, bytes);
    expect(Buffer.compare(got, bytes)).toBe(0);
    const packets = ringReads(lab.rig) - before;
    const { wire, rig } = lab;
    expect(Math.max(...wire.map(({ length }) => length))).toBe(14 + 40 + MSS);
    expect(wire.filter((frame) => tcpLength(frame) === MSS).length).toBeGreaterThan(bytes.length / MSS - 20);
    expect(wire.filter(isTcp).every((frame) => verifyChecksums(frame).tcp)).toBe(true);
    expect(rig.counters().segmented).toBeGreaterThan(10);
    expect(packets).toBeLessThan(wire.length / 2);
    expect(rig.state.sent).toBe(wire.length);
    expect([rig.state.dropped, rig.state.refused, rig.state.direct]).toEqual([0, 0, []]);
  });

  it('lose frames on the way, and arrive all the same', () => {
    const bytes = content().subarray(0, 300_000);
    const lab = pair({}, (count) => count % 40 === 39);
    expect(Buffer.compare(transfer(lab, bytes), bytes)).toBe(0);
    expect(lab.rig.counters().segmented).toBeGreaterThan(5);
  });

  it('are ordinary segments on a host that cannot cut them', () => {
    const bytes = content();
    const lab = pair({ netvsp: { maxVersion: NvspVersion.V1 } });
    const before = ringReads(lab.rig);
    expect(lab.rig.driver.largestSend).toBe(0);
    expect(Buffer.compare(transfer(lab, bytes), bytes)).toBe(0);
    expect(lab.rig.counters().segmented).toBe(0);
    expect(ringReads(lab.rig) - before).toBeGreaterThanOrEqual(lab.wire.length);
  });

  it.each([
    ['reports the size', LARGEST_SEND, LARGEST_SEND],
    ['reports more than a packet can be', 1_000_000, 65_535],
    ['has it switched off', null, 0],
  ])('are as large as the provider allows: it %s', (_name, reported, largest) => {
    let wish = -1;
    const { large4Encapsulation, large4Bytes } = NDIS_OFFLOAD.fields;
    const device = new ScriptedNetvsp({
      rndis: (message, good) => {
        const at = 24; // of the information in a QUERY_COMPLETE
        if (oidOf(message) === Oid.OffloadCapabilities) {
          if (reported === null) writeU32(good, at + large4Encapsulation.offset, 0);
          else writeU32(good, at + large4Bytes.offset, reported);
        }
        if (oidOf(message) === Oid.OffloadParameters)
          wish = OFFLOAD_PARAMETERS.decode(message.subarray(28))?.largeSend4 ?? -1;
        return good;
      },
    });
    const rig = new NetRig({ device }).boot();
    expect([rig.driver.largestSend, wish]).toEqual([largest, reported === null ? 1 : 2]);
    rig.driver.sendLarge(new Uint8Array(largest + 19), MSS);
    expect(rig.state.dropped).toBe(1);
  });

  it('keep their VLAN in every frame', () => {
    const { rig, wire } = pair();
    const large = tcpFrame({ to: OTHER, from: MAC, payload: new Uint8Array(5000).fill(9) });
    const tag = { priority: 0, dropEligible: false, id: 5 };
    rig.driver.sendLarge(addVlanTag(large, tag), MSS);
    rig.clock.advanceBy(MS);
    const cut = wire.filter((frame) => decodeEthernet(frame)?.vlan !== null);
    expect(cut.map((frame) => [decodeEthernet(frame)?.vlan, tcpLength(removeVlanTag(frame))])).toEqual(
      [MSS, MSS, MSS, 620].map((length) => [tag, length]),
    );
    expect(cut.every((frame) => verifyChecksums(removeVlanTag(frame)).tcp)).toBe(true);
  });

  it('wait for room like other frames, and go on after a restore', () => {
    const { rig, wire } = pair();
    const larges = Array.from({ length: 60 }, (_, i) =>
      tcpFrame({ to: OTHER, from: MAC, sequence: i * 40_000, payload: new Uint8Array(40_000).fill(i) }),
    );
    Object.assign(rig.kernel.pages, { allocate: () => null });
    larges.forEach((frame) => rig.driver.sendLarge(frame, MSS));
    expect(rig.state.waiting.map(({ segmentSize }) => segmentSize)).toEqual(larges.map(() => MSS));
    Reflect.deleteProperty(rig.kernel.pages, 'allocate');
    const driver = rig.makeDriver(1, rig.driver.save());
    driver.drained();
    rig.clock.advanceBy(50 * MS);
    const cut = wire.filter(isTcp);
    expect(cut).toHaveLength(60 * Math.ceil(40_000 / MSS));
    expect(new Set(texts(cut.map((frame) => frame.subarray(54, 55)))).size).toBe(60);
  });
});
