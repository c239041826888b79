import { describe, expect, it } from 'vitest';
import {
  broadcastOf,
  ipv4Text,
  isLinkLocal,
  isMulticastAddress,
  isSameSubnet,
  isStationAddress,
  maskOf,
  parseIpv4,
  prefixOf,
} from '@engine/base/net/address';

describe('IPv4 addresses', () => {
  it('go from text to a number and back', () => {
    expect(parseIpv4('192.168.1.10')).toBe(0xc0a8010a);
    expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
    for (const text of ['0.0.0.0', '10.0.0.1', '203.0.113.10', '255.0.255.0'])
      expect(ipv4Text(parseIpv4(text) ?? -1)).toBe(text);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.x',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1..2.3',
    '-1.2.3.4',
    '0001.2.3.4',
  ])('refuses %j', (text) => expect(parseIpv4(text)).toBeNull());

  it('turns prefixes into masks and only contiguous masks into prefixes', () => {
    expect(maskOf(24)).toBe(0xffffff00);
    for (let prefix = 0; prefix <= 32; prefix++) expect(prefixOf(maskOf(prefix))).toBe(prefix);
    expect(prefixOf(0xff00ff00)).toBeNull();
    expect(prefixOf(0x00ffffff)).toBeNull();
  });

  it('knows subnets, broadcast and the special ranges', () => {
    const [a, b, c] = [0xc0a80105, 0xc0a801c8, 0xc0a80205];
    expect([isSameSubnet(a, b, maskOf(24)), isSameSubnet(a, c, maskOf(24))]).toEqual([true, false]);
    expect(isSameSubnet(a, c, maskOf(16))).toBe(true);
    expect(ipv4Text(broadcastOf(a, maskOf(24)))).toBe('192.168.1.255');
    expect(isMulticastAddress(0xe0000001) && !isMulticastAddress(a)).toBe(true);
    expect(isLinkLocal(0xa9fe0102) && !isLinkLocal(a)).toBe(true);
    expect(
      ['127.0.0.1', '0.1.2.3', '224.0.0.1', '255.255.255.255', '10.1.1.1'].map((t) =>
        isStationAddress(parseIpv4(t) ?? 0),
      ),
    ).toEqual([false, false, false, false, true]);
  });
});
