import { describe, expect, it } from 'vitest';
import { isLinkLocal, maskOf } from '@engine/base/net/address';
import { EtherType, decodeEthernet } from '@engine/base/net/ethernet';
import { IpStation } from '@engine/base/net/stack/ip-station';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { vmMac } from '../../vswitch/support';
import { Guest, Host, ip, SECOND } from './support';

describe('without a server', () => {
  it('two Windows systems on a private switch give themselves addresses and reach each other', () => {
    const host = new Host();
    const inside = new VirtualSwitch(host.clock, host.trace, { id: 'switch/p', name: 'p', kind: 'private' });
    const port = (n: number) => inside.connect({ name: `p-${n}`, kind: 'synthetic', mac: vmMac(n) });
    const [xp, vista, linux] = [new Guest(host, 1, 'nt5'), new Guest(host, 2, 'nt6'), new Guest(host, 3, 'linux')];
    [xp, vista, linux].forEach((guest, i) => guest.plug({}, 'nic-0', vmMac(i + 1), port(i + 1)));
    xp.wait(9);
    expect([xp.status, vista.view?.dhcp, linux.status]).toEqual(['searching null', 'failed', 'searching null']);
    xp.wait(300);
    expect(
      [xp.view, vista.view].map((view) => [
        view?.dhcp,
        view?.mask,
        view?.gateway,
        isLinkLocal(ip(view?.address ?? '')),
      ]),
    ).toEqual([
      ['failed', '255.255.0.0', null, true],
      ['failed', '255.255.0.0', null, true],
    ]);
    expect(xp.view?.address).not.toBe(vista.view?.address);
    expect(linux.status).toBe('failed null');
    expect(vista.ping(xp.view?.address ?? '')).toContain('reply 169.254.');
    expect(linux.ping('169.254.1.1')).toBe('no route');
  });

  it('an address that it is about to choose is forgotten with the link', () => {
    const host = new Host();
    host.lan.wire.port('gateway')?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug();
    const isAsking = (): boolean => (guest.state.interfaces['nic-0']?.linkLocal?.due ?? null) !== null;
    for (let tenths = 0; tenths < 200 && !isAsking(); tenths++) guest.wait(0.1);
    expect(isAsking()).toBe(true);
    const port = host.virtualSwitch.port('vm-1/nic-0');
    port?.setLink(false);
    guest.wait(2);
    port?.setLink(true);
    expect(guest.status).toBe('searching null');
  });

  it('a chosen address that somebody takes later stays, and the trouble is noted', () => {
    const host = new Host();
    host.lan.wire.port('gateway')?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug().wait(20);
    const { address } = guest.view ?? {};
    const thief = host.client(9, null);
    thief.station.configure({ address: ip(address ?? ''), mask: maskOf(16), gateway: null });
    thief.station.announce();
    guest.wait(5);
    expect(guest.view).toMatchObject({ address, hasConflict: true });
  });

  it('a server that comes later takes the place of the chosen address', () => {
    const host = new Host();
    const gateway = host.lan.wire.port('gateway');
    gateway?.setLink(false);
    const guest = new Guest(host, 1, 'nt6').plug().wait(30);
    expect(guest.status).toContain('failed 169.254.');
    gateway?.setLink(true);
    guest.wait(300);
    expect(guest.status).toBe('bound 192.168.1.100');
    expect(guest.state.interfaces['nic-0']?.linkLocal).toBeNull();
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
  });

  it('an address that somebody has is not taken, neither chosen nor leased', () => {
    const host = new Host();
    const squatter = host.client(9, '192.168.1.100');
    const guest = new Guest(host, 1).plug().wait(20);
    expect(guest.status).toBe('bound 192.168.1.101');
    expect(host.lan.dhcp.leases[0]).toMatchObject({ state: 'declined' });

    host.lan.wire.port('gateway')?.setLink(false);
    // answers every question about 169.254.x.y but the third
    let asked = 0;
    squatter.port.setReceiver({
      receive: (frame) => {
        const { type, payload } = decodeEthernet(frame) ?? {};
        if (type !== EtherType.Arp || !payload || payload[24] !== 169 || ++asked > 2) return;
        const wanted = new DataView(payload.buffer, payload.byteOffset).getUint32(24);
        const liar = new IpStation({
          mac: vmMac(9),
          ttl: 1,
          answersEcho: false,
          now: () => 0,
          transmit: (out) => squatter.port.send(out),
          upper: NOBODY,
        });
        liar.configure({ address: wanted, mask: maskOf(16), gateway: null });
        liar.receive(frame);
      },
      linkChanged: () => undefined,
    });
    const other = new Guest(host, 2, 'nt6').plug().wait(30);
    expect(other.status).toContain('failed 169.254.');
    expect(asked).toBeGreaterThanOrEqual(3);
  });

  const NOBODY = {
    udp: () => true,
    tcp: () => true,
    icmp: () => undefined,
    unreachable: () => undefined,
    conflict: () => undefined,
  };
});

describe('addresses that a person sets', () => {
  it('replace the lease, announce themselves and can be taken back', () => {
    const host = new Host();
    const guest = new Guest(host, 1).plug().wait(5);
    guest.stack.useStatic('nic-0', {
      address: ip('192.168.1.60'),
      mask: maskOf(24),
      gateway: ip('192.168.1.1'),
      dns: [ip('192.168.1.1')],
    });
    guest.rearm().wait(1);
    expect(guest.view).toMatchObject({
      dhcp: 'static',
      address: '192.168.1.60',
      dns: ['192.168.1.1'],
      leaseServer: null,
      lease: null,
    });
    expect(host.lan.dhcp.leases[0]?.state).toBe('released');
    expect([guest.ping('203.0.113.10'), guest.lookUp('server1.lab.example')]).toEqual([
      'reply 203.0.113.10 32 ttl 61',
      '192.168.1.10',
    ]);
    guest.stack.renew();
    guest.stack.release();
    expect(guest.status).toBe('static 192.168.1.60');
    const port = host.virtualSwitch.port('vm-1/nic-0');
    port?.setLink(false);
    expect([guest.status, guest.ping('192.168.1.1')]).toEqual(['static null', 'no route']);
    port?.setLink(true);
    expect(guest.status).toBe('static 192.168.1.60');
    guest.stack.useDhcp('nic-0');
    guest.rearm().wait(5);
    expect(guest.status).toBe('bound 192.168.1.100');
  });

  it('that somebody else has are noticed by both', () => {
    const host = new Host();
    const [a, b] = [new Guest(host, 1).plug(), new Guest(host, 2).plug()];
    a.wait(5);
    for (const guest of [a, b]) {
      guest.stack.useStatic('nic-0', { address: ip('192.168.1.60'), mask: maskOf(24), gateway: null, dns: [] });
      guest.rearm().wait(1);
    }
    expect([a.view?.hasConflict, b.view?.hasConflict]).toEqual([true, true]);
  });

  it('released and renewed leases show', () => {
    const guest = new Guest(new Host(), 1).plug().wait(5);
    guest.stack.release();
    guest.rearm().wait(1);
    expect(guest.status).toBe('off null');
    const { transaction } = guest.state.interfaces['nic-0']?.dhcp ?? {};
    guest.stack.renew();
    guest.rearm();
    expect(guest.status).toBe('searching null');
    expect(guest.state.interfaces['nic-0']?.dhcp.transaction).not.toBe(transaction);
    guest.wait(5);
    expect(guest.status).toBe('bound 192.168.1.100');
    const { lease } = guest.view ?? {};
    guest.wait(345_599); // half of eight days, all but a second
    guest.ping('192.168.1.10');
    const neighbours = guest.state.interfaces['nic-0']?.ip.arp.entries.length;
    expect([guest.view?.lease?.obtained === lease?.obtained, neighbours]).toEqual([false, 2]); // renewed without forgetting whom it knows
    expect(guest.view?.lease?.obtained).toBeGreaterThan(lease?.expires ? lease.expires - 345_700 * SECOND : Infinity);
    expect(guest.ping('192.168.1.1')).toBe('reply 192.168.1.1 32 ttl 64');
  });
});
