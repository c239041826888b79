import { describe, expect, it } from 'vitest';
import { ArpOperation, decodeArp, encodeArp } from '@engine/base/net/arp';
import {
  addVlanTag,
  decodeEthernet,
  encodeEthernet,
  EtherType,
  padFrame,
  removeVlanTag,
  vlanTagOf,
} from '@engine/base/net/ethernet';
import { hex, toHex } from '../../hex';

const DESTINATION = hex('ffffffffffff');
const SOURCE = hex('00155d010203');
const REQUEST = hex('ffffffffffff 00155d010203 0806  0001 0800 06 04 0001 00155d010203 c0a80164 000000000000 c0a80101');

describe('Ethernet frames', () => {
  it('are taken apart and put together', () => {
    const frame = decodeEthernet(REQUEST);
    expect(frame).toMatchObject({ destination: DESTINATION, source: SOURCE, vlan: null, type: EtherType.Arp });
    expect(frame?.payload.length).toBe(28);
    expect(frame && toHex(encodeEthernet(frame))).toBe(toHex(REQUEST));
  });

  it('carry an 802.1Q tag between source and type', () => {
    const tagged = addVlanTag(REQUEST, { priority: 5, dropEligible: true, id: 10 });
    expect(toHex(tagged.subarray(6, 20))).toBe('00155d010203' + '8100b00a' + '08060001');
    expect(vlanTagOf(tagged)).toEqual({ priority: 5, dropEligible: true, id: 10 });
    const frame = decodeEthernet(tagged);
    expect(frame).toMatchObject({ vlan: { priority: 5, dropEligible: true, id: 10 }, type: EtherType.Arp });
    expect(frame && toHex(encodeEthernet(frame))).toBe(toHex(tagged));
    expect(toHex(removeVlanTag(tagged))).toBe(toHex(REQUEST));
  });

  it('shorter than their header are nothing', () => {
    expect(decodeEthernet(REQUEST.subarray(0, 13))).toBeNull();
    expect(decodeEthernet(hex('ffffffffffff 00155d010203 8100 000a 08'))).toBeNull();
    expect(decodeEthernet(REQUEST.subarray(0, 14))?.payload.length).toBe(0);
  });

  it('are padded with zeros to 60 bytes, never cut', () => {
    expect(padFrame(REQUEST).length).toBe(60);
    expect(toHex(padFrame(REQUEST))).toBe(toHex(REQUEST) + '00'.repeat(18));
    const long = new Uint8Array(61);
    expect(padFrame(long)).toBe(long);
  });
});

describe('ARP packets', () => {
  it('are read from the bytes of RFC 826', () => {
    expect(decodeArp(padFrame(REQUEST).subarray(14))).toEqual({
      operation: ArpOperation.Request,
      senderMac: SOURCE,
      senderAddress: 0xc0a80164,
      targetMac: new Uint8Array(6),
      targetAddress: 0xc0a80101,
    });
  });

  it('are written as they were read', () => {
    const packet = decodeArp(REQUEST.subarray(14));
    expect(packet && toHex(encodeArp(packet))).toBe(toHex(REQUEST.subarray(14)));
  });

  it('that are cut off or speak of other networks are nothing', () => {
    expect(decodeArp(REQUEST.subarray(14, 41))).toBeNull();
    for (const [at, value] of [
      [1, 6],
      [2, 0x86],
      [4, 8],
      [5, 16],
    ] as const) {
      const bytes = REQUEST.slice(14);
      bytes[at] = value;
      expect(decodeArp(bytes)).toBeNull();
    }
  });
});
