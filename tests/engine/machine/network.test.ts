import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SECOND } from '@engine/clock/clock';
import type { SimulatedHost } from '@engine/machine/simulated-host';
import { TraceKind } from '@engine/trace/kinds';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { newHost, screenText } from './host';
import { adapter, describe1, installedDisk } from './lab';

const SWITCH = '33333333-2222-4333-8444-555555555555';

/** A machine on a host with an external switch. */
class Lab {
  off = 0;
  readonly host: SimulatedHost = newHost(Date.UTC(2022, 9, 3, 9), (id) => {
    this.off++;
    this.host.powerOff(id);
  });
  readonly id = describe1().id;

  constructor(os: string, kind: 'legacy' | 'synthetic', hostId = 'ws2022', connected = true, processors = 1) {
    this.host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
    const nic = adapter(kind);
    const description = describe1({
      hostId,
      processors,
      ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }],
      adapters: [nic],
    });
    const connection = {
      switchId: connected ? SWITCH : null,
      kind,
      mac: nic.mac,
      vlan: null,
      allowMacSpoofing: false,
      dhcpGuard: false,
      routerGuard: false,
    };
    this.host.powerOn(description, new Map([[nic.id, connection]]), null);
  }

  get machine() {
    const machine = this.host.machine(this.id);
    if (!machine) throw new Error('the machine is off');
    return machine;
  }

  run(seconds: number): this {
    this.host.clock.advanceBy(seconds * SECOND);
    return this;
  }

  type(text: string): this {
    for (const key of keystrokes(text)) {
      this.machine.press(key);
      this.host.clock.advanceBy(SECOND / 100);
    }
    return this;
  }

  text(): string {
    return screenText(this.machine.screen());
  }

  count(kind: TraceKind): number {
    return this.host.trace.countBelow(kind, 'vm-1');
  }

  connections() {
    const screen = this.machine.screen();
    return screen.kind === 'desktop' ? screen.connections : [];
  }
}

/** The queues of the network provider, and its channels. */
function networkOf({ machine }: Lab): {
  adapters: readonly unknown[];
  bus: readonly { phase: unknown; targetVp: unknown }[];
} {
  const name = `netvsp-${adapter('synthetic').id}`;
  const channels = z.record(z.string(), z.object({ phase: z.string(), targetVp: z.number() }));
  const tree = machine.inspect();
  const { queues } = z.object({ queues: z.array(z.unknown()) }).parse(tree[name]);
  const own = Object.entries(z.object({ channels }).parse(tree['vmbus']).channels);
  return { adapters: queues, bus: own.filter(([key]) => key.startsWith(`${name}/`)).map(([, channel]) => channel) };
}

const networkNames = ({ machine }: Lab): string[] =>
  Object.keys(machine.inspect()).filter((name) => name.startsWith('netvsp-'));

describe('the article, from end to end', () => {
  it('Windows XP with a synthetic adapter has no connection at all; with a legacy adapter it has an address and reaches the gateway', () => {
    const synthetic = new Lab('winxp-sp2', 'synthetic', 'ws2008-beta').run(90);
    expect(synthetic.connections()).toEqual([]);
    expect(synthetic.count(TraceKind.ChannelOpen)).toBe(0);

    const legacy = new Lab('winxp-sp2', 'legacy', 'ws2008-beta').run(90);
    expect(legacy.connections()).toMatchObject([
      { dhcp: 'bound', address: '192.168.1.100', gateway: '192.168.1.1', linkUp: true },
    ]);
    legacy.type('ping 192.168.1.1\n').run(10);
    expect(legacy.text()).toMatch(/Reply from 192\.168\.1\.1.*\n.*Reply from/);
    expect(legacy.text()).toMatch(/Sent = 4, Received = 4, Lost = 0/);
    expect(legacy.count(TraceKind.RingWrite)).toBe(0);
    console.log(
      `XP, legacy adapter: ${legacy.count(TraceKind.PortRead) + legacy.count(TraceKind.PortWrite)} port accesses, ${legacy.count(TraceKind.RingSignal)} ring signals`,
    );
  });

  it.each(['ws2008r2', 'debian12'])('%s uses the synthetic adapter at once, by rings and without a 21140', (os) => {
    const lab = new Lab(os, 'synthetic').run(90);
    const before = {
      ports: lab.count(TraceKind.PortRead) + lab.count(TraceKind.PortWrite),
      signals: lab.count(TraceKind.RingSignal),
    };
    lab.type(os === 'debian12' ? 'ping -c 4 192.168.1.1\n' : 'ping 192.168.1.1\n').run(10);
    expect(lab.text()).toMatch(/4 received, 0% packet loss|Sent = 4, Received = 4, Lost = 0/);
    expect(lab.count(TraceKind.RingSignal)).toBeGreaterThan(before.signals);
    expect(lab.host.trace.countBelow(TraceKind.DmaRead, 'vm-1/legacy')).toBe(0);
    console.log(
      `${os}, synthetic adapter: ${lab.count(TraceKind.RingSignal)} ring signals, ${lab.count(TraceKind.Hypercall)} hypercalls, no access to a 21140`,
    );
  });

  it.each([
    ['debian12', 'ws2022', 5],
    ['ws2022', 'ws2019', 4],
    ['debian12', 'ws2012', 1], // its protocol has no sub-channels
  ])('%s with five processors on %s opens %i channels, each on its own processor', (os, hostId, channels) => {
    const lab = new Lab(os, 'synthetic', hostId, true, 5).run(90);
    const { adapters, bus } = networkOf(lab);
    expect(adapters).toHaveLength(channels);
    expect(new Set(bus.map(({ targetVp }) => targetVp)).size).toBe(channels);
    expect(bus.every(({ phase }) => phase === 'open')).toBe(true);
    lab.type(os === 'debian12' ? 'ping -c 4 192.168.1.1\n' : 'ping 192.168.1.1\n').run(10);
    expect(lab.text()).toMatch(/4 received, 0% packet loss|Sent = 4, Received = 4, Lost = 0/);
  });

  it('signals its frames through the monitor page on a host of 2012 R2, by hypercalls on one of 2022', () => {
    const hypercallsOf = (hostId: string): number => {
      const lab = new Lab('ws2008r2', 'synthetic', hostId).run(90);
      const before = lab.count(TraceKind.Hypercall);
      lab.type('ping 192.168.1.1\n').run(6);
      expect(lab.text()).toMatch(/Sent = 4, Received = 4, Lost = 0/);
      return lab.count(TraceKind.Hypercall) - before;
    };
    const [byPage, byCall] = [hypercallsOf('ws2012r2'), hypercallsOf('ws2022')];
    expect(byCall - byPage).toBeGreaterThanOrEqual(4); // the four requests
  });

  it('finds an adapter that is put in while it runs, uses it, and lets go of it under load', () => {
    const lab = new Lab('debian12', 'synthetic').run(90);
    const { id, mac } = { id: '99999999-2222-4333-8444-777777777777', mac: new Uint8Array([0, 0x15, 0x5d, 9, 9, 9]) };
    lab.machine.addAdapter({ id, kind: 'synthetic', mac });
    const connection = { switchId: SWITCH, kind: 'synthetic' as const, mac, vlan: null, allowMacSpoofing: false };
    lab.host.connect(lab.id, id, { ...connection, dhcpGuard: false, routerGuard: false });
    lab.run(20);
    lab.type('ip addr\n').run(2);
    expect(lab.text()).toMatch(/eth1[^]*192\.168\.1\.10[01]/);
    lab.type('ping -c 20 192.168.1.1\n').run(3);
    expect(lab.machine.removeAdapter(adapter('synthetic').id)).toBe(true); // the one that the pings go by
    lab.host.disconnect(lab.id, adapter('synthetic').id);
    lab.run(30);
    lab.type('clear\n').run(1);
    lab.type('ip addr\n').run(2);
    expect(lab.text()).toMatch(/eth1/);
    expect(lab.text()).not.toMatch(/eth0/);
    lab.type('ping -c 2 192.168.1.1\n').run(10);
    expect(lab.text()).toMatch(/2 received, 0% packet loss/);
    expect(lab.machine.removeAdapter(adapter('synthetic').id)).toBe(false);
    expect(networkNames(lab)).toEqual([`netvsp-${id}`]);
  });

  it('has no address without a switch, and gets one when the cable is plugged in while it runs', () => {
    const lab = new Lab('winxp-sp2', 'legacy', 'ws2022', false).run(120);
    expect(lab.connections()[0]?.address ?? null).not.toBe('192.168.1.100');
    const { id, mac } = adapter('legacy');
    lab.host.connect(lab.id, id, {
      switchId: SWITCH,
      kind: 'legacy',
      mac,
      vlan: null,
      allowMacSpoofing: false,
      dhcpGuard: false,
      routerGuard: false,
    });
    lab.run(400);
    expect(lab.connections()[0]).toMatchObject({ dhcp: 'bound', address: '192.168.1.100' });
  });

  it('is held to the bandwidth that its settings give it, also when they change while it runs', () => {
    const lab = new Lab('winxp-sp2', 'legacy').run(60);
    const { id, mac } = adapter('legacy');
    const guards = { vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false };
    const bandwidth = { minimum: 0, maximum: 100 }; // its bucket holds two long frames, and fills in minutes
    lab.host.connect(lab.id, id, { switchId: SWITCH, kind: 'legacy', mac, ...guards, bandwidth });
    lab.type('ping -n 60 192.168.1.1\n').run(200); // forty of them fit into the bucket
    expect(lab.text()).toMatch(/Sent = 60, Received = [34]\d, Lost = [12]\d/);
  });

  it('is told of heartbeat and address by a guest with integration components, and shuts it down through them', () => {
    const lab = new Lab('ws2008r2', 'synthetic').run(90);
    expect(lab.machine.services.heartbeat).toMatch(/^ok/);
    expect(lab.machine.services.addresses).toContain('192.168.1.100');
    expect(lab.machine.services.requestShutdown()).toBe(true);
    lab.run(60);
    expect(lab.off).toBe(1);
    const mute = new Lab('winxp-sp2', 'legacy').run(90);
    expect(mute.machine.services.heartbeat).toBe('noContact');
    expect(mute.machine.services.requestShutdown()).toBe(false);
  });
});

describe('an engine that runs until nobody waits', () => {
  it('comes to rest with a guest that holds a lease', () => {
    const { host } = new Lab('winxp-sp2', 'legacy');
    while (!host.clock.idle && host.clock.now() < 600 * SECOND) host.clock.runNext();
    expect(host.clock.now()).toBeLessThan(120 * SECOND);
    expect(host.clock.nextDue()).not.toBeNull(); // the lease is still to be renewed
  });
});
