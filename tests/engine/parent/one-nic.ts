import { Random } from '@engine/base/random';
import { MILLISECOND } from '@engine/clock/clock';
import { PhysicalNic } from '@engine/parent/physical/physical-nic';
import { SimulatedLan } from '@engine/parent/physical/simulated-lan';
import type { EthernetSwitch } from '@engine/vswitch/ethernet-switch';
import type { SwitchPort } from '@engine/vswitch/switch-port';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { newWorld } from '../hypervisor/rig';
import { frame, NetRig, type NetRigOptions } from './rig';

/** What a machine with little memory gives its network driver. */
export const MEDIUM = { ringPages: 32, receiveBytes: 2 ** 20, sendBytes: 2 ** 19 };

/** Jain's index: 1 when all shares are equal, 1/n when one has everything. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  return sum ** 2 / (shares.length * shares.reduce((a, b) => a + b ** 2, 0));
}

function macOf(kind: number, n: number): Uint8Array {
  return Uint8Array.of(0x00, 0x15, 0x5d, kind, n >> 8, n & 0xff);
}

const total = (counts: { readonly [reason: number]: number }): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);

/** Frames of a switch: what came in, what went out, and what it has or has lost, by its own counters. */
export function frameAccounts(subject: EthernetSwitch): { in: number; out: number; waiting: number; lost: number } {
  const sum = (pick: (port: SwitchPort) => number): number => subject.ports.reduce((all, port) => all + pick(port), 0);
  return {
    in: sum((port) => port.counters.sentFrames),
    out: sum((port) => port.counters.receivedFrames),
    waiting: sum((port) => port.queuedFrames),
    lost: sum((port) => total(port.counters.droppedReceiving)),
  };
}

/** Machines with network drivers on one switch; its uplink is the one physical card, plugged into a LAN. */
export class OneNic {
  readonly world = newWorld();
  readonly lan = new SimulatedLan(this.world.clock, this.world.trace);
  readonly virtualSwitch = new VirtualSwitch(this.world.clock, this.world.trace, {
    id: 'switch/test',
    name: 'test',
    kind: 'external',
  });
  readonly nic = new PhysicalNic({ name: 'NIC', mac: macOf(0xff, 0) }, this.lan.plug('host', macOf(0xff, 0)));
  readonly machines: NetRig[];
  readonly ports: SwitchPort[];
  readonly peers: SwitchPort[];

  constructor(count: number, settings: NetRigOptions['settings'] = MEDIUM) {
    this.nic.bind(this.virtualSwitch);
    this.ports = Array.from({ length: count }, (_, n) =>
      this.virtualSwitch.connect({ name: `vm-${n + 1}`, kind: 'synthetic', mac: this.mac(n) }),
    );
    this.machines = this.ports.map((port, n) =>
      new NetRig({ name: `vm-${n + 1}`, world: this.world, mac: this.mac(n), netvsp: { port }, settings }).boot(),
    );
    this.peers = this.plugPeers();
  }

  mac(n: number): Uint8Array {
    return macOf(1, n + 1);
  }

  /** A physical station for each machine, plugged into the LAN and known to its switch. */
  private plugPeers(): SwitchPort[] {
    const peers = this.machines.map((_, n) => this.lan.plug(`peer-${n}`, macOf(2, n + 1)));
    peers.forEach((peer, n) => peer.send(frame(this.mac(n), macOf(2, n + 1), 64)));
    this.machines.forEach(({ driver }, n) => driver.send(frame(macOf(2, n + 1), this.mac(n), 64)));
    this.world.clock.advanceBy(10 * MILLISECOND);
    return peers;
  }

  /**
   * Every machine sends to its peer and every peer to its machine for `milliseconds`: each more than its share of the line, in frames
   * and bursts of its own size.
   */
  exchange(milliseconds: number): void {
    const random = new Random(this.machines.length);
    const lengths = this.machines.map((_, n) => (n % 2 ? 1514 : 200 + random.below(1200)));
    const out = lengths.map((length, n) => frame(macOf(2, n + 1), this.mac(n), length));
    const back = lengths.map((length, n) => frame(this.mac(n), macOf(2, n + 1), length));
    for (let ms = 0; ms < milliseconds; ms++) {
      this.machines.forEach(({ driver }, n) => {
        const share = 100_000 / this.machines.length / (lengths[n] ?? 64);
        for (let burst = Math.ceil((((ms + n) % 3) + 1) * share); burst > 0; burst--) {
          driver.send(out[n] ?? this.mac(n));
          this.peers[n]?.send(back[n] ?? this.mac(n));
        }
      });
      this.world.clock.advanceBy(MILLISECOND);
    }
  }

  /** Bytes that left through the card for each machine, and bytes that each was handed. */
  shares(): { sent: number[]; received: number[] } {
    const left = this.virtualSwitch.uplink?.state.egress.shares ?? {};
    return {
      sent: this.ports.map(({ number }) => left[number] ?? 0),
      received: this.ports.map(({ counters }) => counters.receivedBytes),
    };
  }
}
