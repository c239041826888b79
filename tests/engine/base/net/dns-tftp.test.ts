import { describe, expect, it } from 'vitest';
import { decodeDns, dnsAddresses, dnsQuery, DnsType, encodeDns } from '@engine/base/net/dns';
import { decodeTftp, encodeTftp, TftpError, type TftpPacket } from '@engine/base/net/tftp';
import { hex, toHex } from '../../hex';

describe('DNS', () => {
  const QUERY = hex('0042 0100 0001 0000 0000 0000  07 73657276657231 03 6c6162 00 0001 0001');

  it('writes and reads a question', () => {
    const query = dnsQuery(0x42, 'server1.lab');
    expect(toHex(encodeDns(query) ?? new Uint8Array(0))).toBe(toHex(QUERY));
    expect(decodeDns(QUERY)).toEqual(query);
  });

  it('follows pointers of a compressed answer', () => {
    const answer = hex(
      `0042 8580 0001 0002 0000 0000  07 73657276657231 03 6c6162 00 0001 0001
       c00c 0005 0001 0000003c 0005 02 6e73 c014   02 6e73 c014 0001 0001 0000003c 0004 c0a8010a`,
    );
    const message = decodeDns(answer);
    expect(message).toMatchObject({
      id: 0x42,
      isResponse: true,
      isAuthoritative: true,
      recursionAvailable: true,
      code: 0,
    });
    expect(message?.answers.map((one) => one.name)).toEqual(['server1.lab', 'ns.lab']);
    expect(message && dnsAddresses(message)).toEqual([0xc0a8010a]);
  });

  it('writes answers that it reads', () => {
    const message = {
      ...dnsQuery(7, 'a.b'),
      isResponse: true,
      answers: [{ name: 'a.b', type: DnsType.A, class: 1, ttl: 3600, data: hex('01020304') }],
    };
    expect(decodeDns(encodeDns(message) ?? new Uint8Array(0))).toEqual(message);
  });

  it.each([
    ['a pointer to itself', '0001 0000 0001 0000 0000 0000 c00c 0001 0001'],
    ['a pointer forwards', '0001 0000 0001 0000 0000 0000 c00e 00 0001 0001'],
    ['a reserved label type', '0001 0000 0001 0000 0000 0000 41 00 0001 0001'],
    ['a cut name', '0001 0000 0001 0000 0000 0000 05 6162'],
    ['a cut question', '0001 0000 0001 0000 0000 0000 00 0001'],
    ['answers that are not there', '0001 0000 0000 0001 0000 0000'],
    ['data beyond the end', '0001 0000 0000 0001 0000 0000 00 0001 0001 00000000 0004 0102'],
    ['thousands of questions', '0001 0000 ffff 0000 0000 0000'],
    ['half a header', '0001 0000 0001'],
  ])('refuses %s', (_, text) => expect(decodeDns(hex(text))).toBeNull());

  it('refuses to write names that no message can hold', () => {
    expect(encodeDns(dnsQuery(1, 'x'.repeat(64)))).toBeNull();
    expect(encodeDns(dnsQuery(1, 'a..b'))).toBeNull();
    expect(encodeDns(dnsQuery(1, Array.from({ length: 127 }, () => 'ab').join('.')))).toBeNull();
  });
});

describe('TFTP', () => {
  const packets: TftpPacket[] = [
    { kind: 'read', file: 'boot\\pxeboot.com', mode: 'octet', options: { tsize: '0', blksize: '1456' } },
    { kind: 'write', file: 'x', mode: 'netascii', options: {} },
    { kind: 'data', block: 65_535, data: hex('0102') },
    { kind: 'data', block: 1, data: hex('') },
    { kind: 'ack', block: 3 },
    { kind: 'error', code: TftpError.NotFound, message: 'File not found' },
    { kind: 'optionAck', options: { blksize: '1024' } },
  ];

  it('packets go to bytes and back', () => {
    for (const packet of packets) expect(decodeTftp(encodeTftp(packet))).toEqual(packet);
  });

  it('is laid out as RFC 1350 and RFC 2347 say', () => {
    expect(toHex(encodeTftp({ kind: 'read', file: 'a', mode: 'octet', options: { blksize: '8' } }))).toBe(
      '0001' + '6100' + '6f6374657400' + '626c6b73697a6500' + '3800',
    );
    expect(toHex(encodeTftp({ kind: 'ack', block: 0x102 }))).toBe('00040102');
    expect(decodeTftp(hex('0001 41 00 4f43544554 00'))).toMatchObject({ file: 'A', mode: 'octet' });
  });

  it.each([
    ['no mode', '0001 61 00'],
    ['a text without its NUL', '0001 61 00 6f63746574'],
    ['an option without value', '0001 61 00 6f63746574 00 62 00'],
    ['an unknown opcode', '0009 0000'],
    ['two bytes', '0003'],
  ])('refuses %s', (_, text) => expect(decodeTftp(hex(text))).toBeNull());
});
