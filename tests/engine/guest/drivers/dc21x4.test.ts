import { describe, expect, it } from 'vitest';
import { Random } from '@engine/base/random';
import { EngineClock } from '@engine/clock/clock';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { sromImage } from '@engine/devices/dec21140/srom-image';
import { Csrs, readSrom, sromMac } from '@engine/guest/drivers/dc21x4/csr';
import { Dc21x4Driver } from '@engine/guest/drivers/dc21x4/driver';
import { chooseMedia } from '@engine/guest/drivers/dc21x4/media';
import { newDc21x4 } from '@engine/guest/drivers/dc21x4/state';
import { PciConfig } from '@engine/guest/hardware/pci-config';
import { makeDevice } from '@engine/guest/kernel/device';
import type { DriverContext } from '@engine/guest/kernel/driver';
import { KernelPages } from '@engine/guest/kernel/pages';
import { WINDOWS_XP_SP2 } from '@engine/guest/os/winxp-sp2';
import { hypervisorProfile } from '@engine/hypervisor/profiles';
import { Partition } from '@engine/hypervisor/partition';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';
import { TestPort } from '../board';

const MAC = Uint8Array.from([0x00, 0x15, 0x5d, 0x0a, 0x0b, 0x0c]);
const OTHER = Uint8Array.from([0x00, 0x15, 0x5d, 0xff, 0xff, 0xff]);
const IO = 0xec00;

function frame(to: Uint8Array, from: Uint8Array, length: number, seed: number): Uint8Array {
  const bytes = new Random(seed).bytes(length);
  bytes.set(to);
  bytes.set(from, 6);
  return bytes;
}

/** The emulated 21140, its driver, and nothing else: interrupts are handed on by the test. */
class Rig {
  readonly clock = new EngineClock();
  readonly port = new TestPort();
  readonly log: string[] = [];
  readonly received: Uint8Array[] = [];
  readonly links: boolean[] = [];
  asserted = false;
  readonly state = newDc21x4();
  readonly device = makeDevice(1, null, {
    bus: 'pci',
    address: 0x50,
    ids: [],
    instance: 'x',
    location: '',
    resources: [
      { kind: 'io', start: IO, length: 128 },
      { kind: 'irq', start: 11, length: 1 },
    ],
  });
  readonly driver: Dc21x4Driver;
  readonly memory = new SparseMemory([{ start: 0, length: 32 * 2 ** 20 }]);
  readonly ports = new PortSpace();

  constructor(readonly mac = MAC) {
    const { clock, ports, memory, port } = this;
    const trace = new Trace(clock, 1024);
    const mmio = new MmioSpace();
    const profile = hypervisorProfile('ws2022');
    if (!profile) throw new Error('no profile');
    const partition = new Partition({ id: 1, name: 'vm-1', clock, trace, memory, ports, mmio, vpCount: 1, profile });
    const [processor] = partition.processors;
    if (!processor) throw new Error('no processor');
    const pci = new PciBus(ports);
    const interrupt = { set: (level: boolean) => void (this.asserted = level) };
    new Dec21140({ name: 'nic', functionNumber: 0, mac, memory, ports, mmio, interrupt, clock, trace, port }).attach(
      pci,
    );
    const config = new PciConfig(processor);
    config.write(10, 0, 0x10, IO);
    config.write(10, 0, 0x04, 5, 2);
    const pages = new KernelPages({ next: 0x10_0000, end: 32 * 2 ** 20, free: [] });
    const unused = (): never => {
      throw new Error('not for this driver');
    };
    const context: DriverContext = {
      processor,
      others: [],
      pages,
      device: this.device,
      profile: WINDOWS_XP_SP2,
      memoryMB: 32,
      system: {
        isUp: unused,
        end: unused,
        setClock: unused,
        keyValues: unused,
        pools: { list: unused, set: unused, remove: unused },
        addresses: { set: unused, get: unused },
        backup: { freeze: unused, thaw: unused },
        files: { begin: unused, verdict: unused, write: unused, complete: unused, cancel: unused },
        memory: {
          available: 0,
          committed: 0,
          ballooned: 0,
          inflate: unused,
          deflate: unused,
          add: unused,
        },
      },
      now: () => clock.now(),
      allocate: (bytes, align) => pages.allocateAligned(Math.ceil(bytes / 4096), align) ?? unused(),
      enableInterrupt: () => undefined,
      wakeAt: (wakeAt, isRoutine = false) => void Object.assign(this.device, { wakeAt, isRoutine }),
      log: (text) => void this.log.push(text),
      addChild: unused,
      removeChild: unused,
      key: unused,
      parentDriver: () => null,
      parentDevice: () => null,
      devices: () => [],
      driverOf: () => null,
      children: () => [],
      started: (problem) => void Object.assign(this.device, { status: problem === 0 ? 'started' : 'failed', problem }),
    };
    this.driver = new Dc21x4Driver(context, this.state);
    this.csrs = new Csrs(processor, IO);
    this.driver.setReceiver({
      receive: (bytes) => void this.received.push(bytes),
      linkChanged: (up) => void this.links.push(up),
    });
  }

  readonly csrs: Csrs;

  start(): this {
    this.driver.start();
    return this;
  }

  /** Hands interrupts to the driver while the card asserts its line. */
  settle(): void {
    for (let i = 0; i < 100; i++) {
      this.clock.advanceBy(50_000);
      if (!this.asserted) return;
      this.driver.interrupt();
    }
    throw new Error('the interrupt does not end');
  }

  give(bytes: Uint8Array): void {
    this.port.receiver?.receive(bytes);
  }
}

describe('the driver of the 21140', () => {
  it('reads the serial ROM bit by bit and takes address and media from it', () => {
    const rig = new Rig();
    expect(readSrom(rig.csrs)).toEqual(sromImage(MAC, 0));
    rig.start();
    expect([rig.device.status, rig.state.mac, rig.state.media]).toEqual(['started', MAC, '100baseTx-FDX']);
    expect(rig.log.at(-1)).toBe('eth0: Digital DS21140 Tulip rev 32 at Port 0xec00, 00:15:5D:0A:0B:0C, IRQ 11.');
  });

  it('sends frames of every length in order', () => {
    const rig = new Rig().start();
    const frames = Array.from({ length: 100 }, (_, i) => frame(OTHER, MAC, 60 + i * 14, i));
    for (const bytes of frames) {
      rig.driver.send(bytes);
      rig.settle();
    }
    expect(rig.port.sent).toEqual(frames);
    expect([rig.driver.sent, rig.state.sendErrors]).toEqual([100, 0]);
  });

  it('pads what is shorter than an Ethernet frame, and refuses what is none', () => {
    const rig = new Rig().start();
    rig.driver.send(frame(OTHER, MAC, 20, 1));
    rig.driver.send(new Uint8Array(13));
    rig.driver.send(new Uint8Array(1515));
    rig.settle();
    expect(rig.port.sent.map(({ length }) => length)).toEqual([60]);
    expect(rig.state.sendErrors).toBe(2);
  });

  it('receives what its filter lets in, whole and in order, around the ring', () => {
    const rig = new Rig().start();
    rig.settle();
    const frames = Array.from({ length: 100 }, (_, i) =>
      frame(i % 2 === 0 ? MAC : new Uint8Array(6).fill(0xff), OTHER, 60 + i * 14, i),
    );
    for (const bytes of frames) {
      rig.give(bytes);
      rig.give(frame(Uint8Array.from([0, 1, 2, 3, 4, 5]), OTHER, 100, 1)); // somebody else's
      rig.settle();
    }
    expect(rig.received).toEqual(frames);
  });

  it('lives through more frames than its ring holds', () => {
    const rig = new Rig().start();
    rig.settle();
    for (let i = 0; i < 80; i++) rig.give(frame(MAC, OTHER, 100, i));
    rig.settle();
    expect(rig.received).toHaveLength(32);
    rig.give(frame(MAC, OTHER, 100, 200));
    rig.settle();
    expect(rig.received).toHaveLength(33);
  });

  it('follows the link, looking every two seconds, and believes a change at the second look', () => {
    const rig = new Rig().start();
    rig.settle();
    expect(rig.driver.linkUp).toBe(true);
    const look = (): number => {
      const before = rig.clock.now();
      rig.clock.advanceTo(rig.device.wakeAt ?? 0);
      rig.driver.wake();
      return rig.clock.now() - before;
    };
    rig.port.linkUp = false;
    look();
    expect([rig.links, rig.device.isRoutine]).toEqual([[true], false]);
    expect([look(), rig.links, rig.device.isRoutine]).toEqual([10e6, [true, false], true]);
    rig.port.linkUp = true;
    expect([look(), look(), rig.links]).toEqual([2e9, 10e6, [true, false, true]]);
    rig.port.linkUp = false;
    look();
    rig.port.linkUp = true; // a contact that chattered
    expect([look(), look(), rig.links]).toEqual([10e6, 2e9, [true, false, true]]);
  });

  it('starts anew after a fatal bus error', () => {
    const rig = new Rig().start();
    rig.settle();
    rig.memory.writeU32(rig.state.memory + 32 * 16 + 1 * 16 + 8, 0xf000_0000); // a buffer that is not there
    rig.memory.writeU32(rig.state.memory + 32 * 16 + 1 * 16 + 4, 0x6000_0040);
    rig.memory.writeU32(rig.state.memory + 32 * 16 + 1 * 16, 0x8000_0000);
    rig.csrs.write(1, 0);
    rig.settle();
    rig.driver.send(frame(OTHER, MAC, 100, 5));
    rig.settle();
    expect(rig.port.sent.at(-1)).toEqual(frame(OTHER, MAC, 100, 5));
  });

  it("shares its interrupt: one that is not the card's is not claimed", () => {
    const rig = new Rig().start();
    rig.settle();
    expect(rig.driver.interrupt()).toBe(false);
  });

  it('cannot start without a card or without an address', () => {
    const absent = new Rig();
    for (const { base } of absent.ports.ranges().filter(({ owner }) => owner === 'nic')) expect(base).toBe(IO);
    const silent = new Rig(new Uint8Array(6)).start();
    expect([silent.device.status, silent.device.problem]).toEqual(['failed', 10]);
    const state = newDc21x4();
    expect(sromMac(new Uint8Array(128).fill(0xff))).toBeNull();
    expect(state.link).toBe(false);
  });

  it('makes something of every serial ROM', () => {
    const random = new Random(3);
    for (let i = 0; i < 200; i++) expect(chooseMedia(random.bytes(128)).mode).toBeGreaterThan(0);
    expect(chooseMedia(new Uint8Array(128)).name).toBe('10baseT');
  });
});
