import { describe, expect, it } from 'vitest';
import { IntrinsicItems } from '@engine/guest/kernel/key-values';
import { osProfile, type OsProfile } from '@engine/guest/os';

function profile(id: string): OsProfile {
  const found = osProfile(id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
}

describe('what a guest says of itself', () => {
  it('is one list while nothing changes, and says the new address when there is one', () => {
    const items = new IntrinsicItems(profile('ws2022'));
    const first = items.of('SERVER', [0xc0a80102]);
    expect(Object.fromEntries(first)).toMatchObject({
      FullyQualifiedDomainName: 'SERVER',
      NetworkAddressIPv4: '192.168.1.2',
    });
    expect(items.of('SERVER', [0xc0a80102])).toBe(first);
    const more = Object.fromEntries(items.of('SERVER', [0xc0a80102, 0x0a000007]));
    expect(more.NetworkAddressIPv4).toBe('192.168.1.2;10.0.0.7');
    expect(Object.fromEntries(items.of('SERVER', [])).NetworkAddressIPv4).toBe('');
    expect(Object.fromEntries(items.of('OTHER', [])).FullyQualifiedDomainName).toBe('OTHER');
  });
});
