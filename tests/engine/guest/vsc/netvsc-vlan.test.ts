import { describe, expect, it } from 'vitest';
import { addVlanTag } from '@engine/base/net/ethernet';
import { NO_INFO } from '@engine/vmbus/protocol/packet-info';
import { encodeRndisPacket } from '@engine/vmbus/protocol/rndis';
import { NvspVersion } from '@engine/vmbus/protocol/nvsp';
import { frame, MAC, MS, NetRig, OTHER, texts } from '../../parent/rig';
import { ScriptedNetvsp } from './scripted-netvsp';

const up = (nvsp: number) => {
  const device = new ScriptedNetvsp();
  return { device, rig: new NetRig({ device, nvsp }).boot() };
};
const tag = { priority: 3, dropEligible: true, id: 5 };
/** linux include/linux/hyperv.h and drivers/net/hyperv/hyperv_net.h, ndis_pkt_8021q_info: priority, CFI, id from bit 4 on. */
const AS_INFO = 3 | 8 | (5 << 4);

describe('the network driver and VLAN tags', () => {
  it('sends the tag beside the frame, not in it', () => {
    const { rig, device } = up(NvspVersion.V6_1);
    const plain = frame(OTHER, MAC, 300);
    rig.driver.send(addVlanTag(plain, tag));
    rig.driver.send(plain);
    rig.clock.advanceBy(MS);
    expect([texts(device.frames), device.vlans]).toEqual([texts([plain, plain]), [AS_INFO, null]]);
  });

  it('sends a full frame with a tag', () => {
    const { rig, device } = up(NvspVersion.V6_1);
    rig.driver.send(addVlanTag(frame(OTHER, MAC, 1514), tag));
    rig.driver.send(addVlanTag(frame(OTHER, MAC, 1515), tag));
    rig.clock.advanceBy(MS);
    expect([device.frames.map(({ length }) => length), rig.state.dropped]).toEqual([[1514], 1]);
  });

  it('puts the tag back into what it receives', () => {
    const { rig, device } = up(NvspVersion.V6_1);
    const plain = frame(MAC, OTHER, 300);
    device.deliver(encodeRndisPacket(plain, { ...NO_INFO, vlan: AS_INFO }));
    rig.clock.advanceBy(MS);
    expect(texts(rig.received)).toEqual(texts([addVlanTag(plain, tag)]));
  });

  it('leaves it in the frame where the protocol has no place for it', () => {
    const { rig, device } = up(NvspVersion.V1);
    const tagged = addVlanTag(frame(OTHER, MAC, 300), tag);
    rig.driver.send(tagged);
    rig.clock.advanceBy(MS);
    expect([texts(device.frames), device.vlans]).toEqual([texts([tagged]), [null]]);
  });
});
