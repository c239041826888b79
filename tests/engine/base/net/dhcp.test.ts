import { describe, expect, it } from 'vitest';
import { BootOperation, decodeDhcp, dhcpMessage, DhcpType, dhcpTypeOf, encodeDhcp } from '@engine/base/net/dhcp';
import {
  addressesOption,
  DhcpOption,
  optionAddresses,
  optionText,
  optionU32,
  textOption,
  u32Option,
  u8Option,
} from '@engine/base/net/dhcp-options';
import { asciiBytes } from '@engine/base/bytes';
import { hex, toHex } from '../../hex';

const CLIENT = hex('00155d010203');
const discover = dhcpMessage({
  operation: BootOperation.Request,
  transaction: 0x3903f326,
  clientMac: CLIENT,
  broadcast: true,
  seconds: 4,
  options: { [DhcpOption.HostName]: textOption('xp-lab'), [DhcpOption.MessageType]: u8Option(DhcpType.Discover) },
});

/** A message as RFC 2131 draws it, built field by field. */
function rawMessage(
  options: Uint8Array,
  serverName: Uint8Array = new Uint8Array(64),
  file: Uint8Array = new Uint8Array(128),
): Uint8Array {
  const head = hex('02 01 06 00 3903f326 0000 0000 00000000 c0a80164 c0a80101 00000000 00155d010203');
  const chaddrRest = new Uint8Array(10);
  return Uint8Array.from([...head, ...chaddrRest, ...serverName, ...file, ...hex('63825363'), ...options]);
}

describe('DHCP messages', () => {
  it('are laid out as RFC 2131 says, message type first, at least 300 bytes', () => {
    const bytes = encodeDhcp(discover);
    expect(bytes.length).toBe(300);
    expect(toHex(bytes.subarray(0, 36))).toBe(
      '01010600' + '3903f326' + '00048000' + '00'.repeat(16) + '00155d010203' + '0000',
    );
    expect(toHex(bytes.subarray(236, 252))).toBe('63825363' + '350101' + '0c0678702d6c6162' + 'ff');
    expect(decodeDhcp(bytes)).toEqual(discover);
    expect(dhcpTypeOf(discover)).toBe(DhcpType.Discover);
  });

  it('are read with all addresses and options', () => {
    const options = hex(
      '35 01 02  01 04 ffffff00  03 08 c0a80101 c0a80102  33 04 00015180  0f 04 6c616200  00 00  ff 0c 01 41',
    );
    const message = decodeDhcp(rawMessage(options));
    expect(message).toMatchObject({
      operation: 2,
      transaction: 0x3903f326,
      yourAddress: 0xc0a80164,
      nextServer: 0xc0a80101,
    });
    expect(message && optionU32(message.options, DhcpOption.SubnetMask)).toBe(0xffffff00);
    expect(message && optionAddresses(message.options, DhcpOption.Router)).toEqual([0xc0a80101, 0xc0a80102]);
    expect(message && optionU32(message.options, DhcpOption.LeaseTime)).toBe(86_400);
    expect(message && optionText(message.options, DhcpOption.DomainName)).toBe('lab');
    expect(message && optionText(message.options, DhcpOption.HostName)).toBeNull(); // behind the end
  });

  it('find options in the file and server name fields when these are overloaded', () => {
    const message = decodeDhcp(
      rawMessage(
        hex('35 01 05 34 01 03 ff'),
        Uint8Array.from([...hex('06 04 c0a80101 ff'), ...new Uint8Array(57)]),
        Uint8Array.from([...hex('03 04 c0a80101 ff'), ...new Uint8Array(121)]),
      ),
    );
    expect(message && optionAddresses(message.options, DhcpOption.DomainNameServer)).toEqual([0xc0a80101]);
    expect(message && optionAddresses(message.options, DhcpOption.Router)).toEqual([0xc0a80101]);
    expect([message?.serverName, message?.bootFile]).toEqual(['', '']);
  });

  it('name a boot file when the fields hold text', () => {
    const message = decodeDhcp(
      rawMessage(hex('35 01 05 ff'), asciiBytes('server1', 64), asciiBytes('pxeboot.com', 128)),
    );
    expect([message?.serverName, message?.bootFile]).toEqual(['server1', 'pxeboot.com']);
  });

  it('join a long option from its pieces and cut it again', () => {
    const long = Uint8Array.from({ length: 600 }, (_, i) => i & 0xff);
    const message = {
      ...discover,
      options: { [DhcpOption.MessageType]: u8Option(1), [DhcpOption.VendorSpecific]: long },
    };
    expect(decodeDhcp(encodeDhcp(message))?.options[DhcpOption.VendorSpecific]).toEqual(long);
  });

  it('stop reading where an option is cut off', () => {
    const message = decodeDhcp(rawMessage(hex('35 01 01  33 04 0001')));
    expect(message && Object.keys(message.options)).toEqual(['53']);
    expect(message && optionU32(message.options, DhcpOption.LeaseTime)).toBeNull();
  });

  it('without magic cookie, of another hardware type or cut off are nothing', () => {
    const bytes = encodeDhcp(discover);
    for (const [at, value] of [
      [236, 0],
      [1, 6],
      [2, 8],
    ] as const) {
      const wrong = bytes.slice();
      wrong[at] = value;
      expect(decodeDhcp(wrong)).toBeNull();
    }
    expect(decodeDhcp(bytes.subarray(0, 239))).toBeNull();
  });

  it('write addresses and times in network order', () => {
    expect(toHex(addressesOption([0xc0a80101, 0x08080808]))).toBe('c0a8010108080808');
    expect(toHex(u32Option(691_200))).toBe('000a8c00');
  });
});
