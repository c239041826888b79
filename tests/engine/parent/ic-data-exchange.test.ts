import { describe, expect, it } from 'vitest';
import { keyValueService } from '@engine/guest/vsc/ic/services';
import { KeyValuePairVsp } from '@engine/parent/vsp/ic/key-value-pair';
import { bench, SECOND, start } from './ic-rig';

describe('data exchange', () => {
  it('reads what the guest reports, and reads it again', () => {
    let items: [string, string][] = [
      ['FullyQualifiedDomainName', 'web01'],
      ['NetworkAddressIPv4', '10.0.0.7;192.168.1.2'],
    ];
    let changes = 0;
    const vsps: KeyValuePairVsp[] = [];
    const made = bench((rig) => {
      const vsp = new KeyValuePairVsp({ clock: rig.clock, changed: () => changes++ });
      vsps.push(vsp);
      return vsp;
    });
    const [vsp] = vsps;
    start(
      made,
      keyValueService(() => items),
    );
    expect([vsp?.valueOf('FullyQualifiedDomainName'), vsp?.ipv4, changes]).toEqual([
      'web01',
      ['10.0.0.7', '192.168.1.2'],
      1,
    ]);
    made.rig.clock.advanceBy(30 * SECOND);
    expect(changes).toBe(1);
    items = [['OSName', 'Ñandú 1.0']];
    made.rig.clock.advanceBy(10 * SECOND);
    expect([vsp?.items, changes]).toEqual([[{ key: 'OSName', value: 'Ñandú 1.0' }], 2]);
    made.kernel.client.unload();
    made.rig.clock.advanceBy(SECOND);
    expect([vsp?.items, changes, made.rig.clock.nextDue()]).toEqual([[], 3, null]);
  });

  it('does not ask for ever when the list never ends', () => {
    const made = bench((rig) => new KeyValuePairVsp({ clock: rig.clock }));
    let asked = 0;
    const endless = new Proxy<(readonly [string, string])[]>([], { get: () => (asked++, ['k', 'v'] as const) });
    start(
      made,
      keyValueService(() => endless),
    );
    made.rig.clock.advanceBy(9 * SECOND);
    expect(asked).toBeLessThan(300);
  });
});

describe('data exchange, both ways', () => {
  it('tells the guest about its host, keeps what an administrator sets, and hears what programs have', () => {
    const pools = new Map<number, Map<string, string>>([[1, new Map([['Build', '42']])]]);
    const of = (pool: number): Map<string, string> =>
      pools.get(pool) ?? pools.set(pool, new Map()).get(pool) ?? new Map();
    const store = {
      list: (pool: number) => [...of(pool)],
      set: (pool: number, key: string, value: string) => key !== 'refuse' && of(pool).set(key, value).size > 0,
      remove: (pool: number, key: string) => of(pool).delete(key),
    };
    const hostItems = [['HostName', 'HV2022']] as const;
    const vsps: KeyValuePairVsp[] = [];
    const made = bench((rig) => {
      const vsp = new KeyValuePairVsp({ clock: rig.clock, hostItems });
      vsps.push(vsp);
      return vsp;
    });
    const [vsp] = vsps;
    vsp?.setExternal('Before', 'the guest was there');
    start(
      made,
      keyValueService(() => [['OSName', 'Test']], store),
    );
    made.rig.clock.advanceBy(SECOND);
    expect([...of(3), ...of(0)]).toEqual([
      ['HostName', 'HV2022'],
      ['Before', 'the guest was there'],
    ]);
    expect([vsp?.items, vsp?.guestItems]).toEqual([
      [{ key: 'OSName', value: 'Test' }],
      [{ key: 'Build', value: '42' }],
    ]);
    vsp?.setExternal('Role', 'web server ñ');
    vsp?.setExternal('Before', null);
    vsp?.setExternal('refuse', 'me');
    made.rig.clock.advanceBy(SECOND);
    expect([...of(0)]).toEqual([['Role', 'web server ñ']]);
    expect(vsp?.device.inspect()).toMatchObject({ refused: 1 });
  });
});
