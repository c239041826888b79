import { describe, expect, it } from 'vitest';
import { maskOf, parseIpv4 } from '@engine/base/net/address';
import { ArpOperation, encodeArp } from '@engine/base/net/arp';
import { leaveLargeSend, verifyChecksums } from '@engine/base/net/checksum-offload';
import { encodeEthernet, EtherType } from '@engine/base/net/ethernet';
import { IpProtocol } from '@engine/base/net/ipv4';
import { segmentTcp } from '@engine/base/net/segmentation';
import { IpStation } from '@engine/base/net/stack/ip-station';
import { encodeTcp, TcpFlag } from '@engine/base/net/tcp';
import { tcpFrame } from './frames';

const OWN = Uint8Array.of(2, 0, 0, 0, 0, 1);
const PEER = Uint8Array.of(2, 0, 0, 0, 0, 2);
const ip = (text: string): number => parseIpv4(text) ?? 0;
const [HERE, THERE] = [ip('10.0.0.1'), ip('10.0.0.2')];
const SEGMENT = 1460;

describe('a large packet of TCP', () => {
  const frames: Uint8Array[] = [];
  const larges: [Uint8Array, number][] = [];
  const station = new IpStation({
    mac: OWN,
    ttl: 64,
    answersEcho: true,
    now: () => 0,
    transmit: (frame) => frames.push(frame),
    largest: () => 62_780,
    transmitLarge: (frame, size) => larges.push([frame, size]),
    upper: {
      udp: () => false,
      tcp: () => true,
      icmp: () => undefined,
      unreachable: () => undefined,
      conflict: () => undefined,
    },
  });
  station.configure({ address: HERE, mask: maskOf(24), gateway: null });
  const segment = {
    sourcePort: 1,
    destinationPort: 2,
    sequence: 7,
    acknowledgment: 9,
    window: 1000,
    maximumSegment: null,
  };
  const send = () =>
    station.send({
      destination: THERE,
      protocol: IpProtocol.Tcp,
      payload: encodeTcp(
        { ...segment, flags: TcpFlag.Ack | TcpFlag.Psh, payload: new Uint8Array(4000).fill(3) },
        HERE,
        THERE,
      ),
      segmentSize: SEGMENT,
    });

  it('has room for its headers in what the adapter takes', () => {
    expect(station.largestSend).toBe(62_740);
  });

  it('is cut by the station itself while the neighbour is not known', () => {
    expect([send(), frames.length, larges.length]).toEqual(['sent', 1, 0]); // the question
    const answer = {
      operation: ArpOperation.Reply,
      senderMac: PEER,
      senderAddress: THERE,
      targetMac: OWN,
      targetAddress: HERE,
    };
    const arp = { destination: OWN, source: PEER, vlan: null, type: EtherType.Arp, payload: encodeArp(answer) };
    station.receive(encodeEthernet(arp));
    expect(frames.slice(1).map(({ length }) => length - 54)).toEqual([SEGMENT, SEGMENT, 1080]);
    expect(frames.slice(1).every((frame) => verifyChecksums(frame).tcp && verifyChecksums(frame).ip)).toBe(true);
    expect(larges).toEqual([]);
  });

  it('goes down whole to a known one', () => {
    frames.length = 0;
    expect([send(), frames.length, larges.map(([frame, size]) => [frame.length, size])]).toEqual([
      'sent',
      0,
      [[4054, SEGMENT]],
    ]);
  });

  it('is made ready for the adapter: the segments are the same', () => {
    const whole = tcpFrame({ payload: Uint8Array.from({ length: 4000 }, (_, i) => i & 0xff) });
    const ready = whole.slice();
    expect(leaveLargeSend(ready)).toBe(34);
    expect([ready[16], ready[17], ready[24], ready[25]]).toEqual([0, 0, 0, 0]);
    expect(segmentTcp(ready, SEGMENT)).toEqual(segmentTcp(whole, SEGMENT));
    expect(leaveLargeSend(new Uint8Array(60))).toBeNull();
  });
});
