import type { Random } from '@engine/base/random';
import { Msr } from '@engine/hypervisor/msr';
import { putPacket, ringBytes, type OutgoingPacket } from '@engine/vmbus/protocol/packet';
import { RingControl } from '@engine/vmbus/ring/ring-buffer';
import type { World } from '../../engine/hypervisor/rig';
import { LifeMachine } from '../lifecycle/machine';
import { chance, mutate, pick, word } from './mutate';
import type { Episode, Target } from './run';

const PAGES = 4; // of each ring
const FIELDS = [
  RingControl.WriteIndex,
  RingControl.ReadIndex,
  RingControl.InterruptMask,
  RingControl.PendingSendSize,
  RingControl.FeatureBits,
];
const TYPES = [0, 1, 6, 7, 8, 9, 0xa, 0xb, 0xc, 0xffff];

/** The bytes of a packet with its trailer, as they would lie at `write`. */
function ringPacket(packet: OutgoingPacket, write: number): Uint8Array {
  const bytes = new Uint8Array(ringBytes(packet));
  putPacket(packet, write, bytes.length, new DataView(bytes.buffer), bytes, 0);
  return bytes;
}

/** A guest that writes what it likes into the rings that it shares. */
class RingEpisode implements Episode {
  private readonly machine: LifeMachine;

  constructor(
    world: World,
    private readonly random: Random,
  ) {
    this.machine = new LifeMachine(world, 'victim');
    this.machine.addDevice(0);
    this.machine.startKernel(0x5_0003);
    this.machine.advance(1_000);
    this.open();
  }

  private open(): void {
    this.machine.client.openChannel(1, { sendPages: PAGES, receivePages: PAGES });
    this.machine.advance(1_000);
  }

  private get base(): number {
    return this.machine.client.save().channels[0]?.gpa ?? 0;
  }

  step(): void {
    const { random, machine } = this;
    const roll = random.below(100);
    if (roll < 30) this.scribbleControl();
    else if (roll < 60) this.writePacket();
    else if (roll < 70) machine.rig.memory.write(this.base + random.below(PAGES * 2 * 4096 - 64), random.bytes(64));
    else if (roll < 75) machine.send(1, random.below(3000));
    else if (roll < 95) this.signal();
    else if (roll < 97) this.reopen();
    else if (roll < 99) this.overlay();
    else machine.advance(random.below(200));
  }

  private scribbleControl(): void {
    const { random, machine } = this;
    const ring = this.base + random.below(2) * PAGES * 4096;
    const index = chance(random, 60) ? random.below(PAGES * 512) * 8 : word(random);
    machine.rig.memory.writeU32(ring + (pick(random, FIELDS) ?? 0), index);
  }

  /** A packet whose descriptor does not quite hold, at the write index, which then moves by something. */
  private writePacket(): void {
    const { random, machine } = this;
    const { memory } = machine.rig;
    const write = memory.readU32(this.base + RingControl.WriteIndex) & 0x2ff8;
    const packet = ringPacket(
      { type: pick(random, TYPES) ?? 6, idLow: 1, payload: random.bytes(random.below(200)) },
      write,
    );
    const descriptor = mutate(random, packet.slice(0, 32), 3);
    packet.set(descriptor.subarray(0, Math.min(descriptor.length, packet.length)));
    memory.write(this.base + 4096 + write, packet.subarray(0, (PAGES - 1) * 4096 - write));
    const step = chance(random, 80) ? packet.length : random.below(64) * 8;
    memory.writeU32(this.base + RingControl.WriteIndex, (write + step) % ((PAGES - 1) * 4096));
  }

  private signal(): void {
    this.machine.rig.vp().hypercall(0x1_005dn, 0x2001n, 0n);
    this.machine.advance(20);
  }

  /** A page of the hypervisor's over one of the ring, or away again: what lies there changes under the host's hands. */
  private overlay(): void {
    const page = this.base + this.random.below(PAGES * 2) * 4096;
    this.machine.rig.vp(1).writeMsr(Msr.Simp, chance(this.random, 60) ? BigInt(page) | 1n : 0n);
  }

  private reopen(): void {
    this.machine.client.closeChannel(1);
    this.machine.advance(1_000);
    this.open();
  }

  finish(): string | null {
    const { machine } = this;
    machine.rig.vp(1).writeMsr(Msr.Simp, 0n);
    this.reopen();
    const driver = machine.drivers.get(1);
    const before = driver?.packets ?? 0;
    machine.send(1, 100);
    machine.advance(1_000);
    return driver?.packets === before + 1 ? null : 'a ring that was opened anew does not work';
  }
}

/** Ring contents and indices. */
export const RINGS: Target = { name: 'rings', begin: (world, random) => new RingEpisode(world, random) };
