import type { BlockStore } from '@engine/base/block-store';
import { unconnectedLine } from '@engine/base/interrupt-line';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PciBus } from '@engine/bus/pci';
import { PortSpace } from '@engine/bus/port-space';
import { Pic } from '@engine/chipset/pic/pic';
import { Pit } from '@engine/chipset/pit/pit';
import { EngineClock } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';
import { BiosHelper, type BiosEvent } from '@engine/devices/bios-helper';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { installOnto } from '@engine/guest/disk/installer';
import { ModelGuest } from '@engine/guest/model-guest';
import { osProfile } from '@engine/guest/os';
import { Partition } from '@engine/hypervisor/partition';
import { hypervisorProfile } from '@engine/hypervisor/profiles';
import { SparseMemory } from '@engine/memory/sparse-memory';
import { Trace } from '@engine/trace/trace';
import { Cmos, IdeChannelDouble, IdeFunctionDouble, KeyboardController, PlainFunction, TextMemory } from './doubles';

export interface BoardOptions {
  memoryMB?: number;
  disk?: BlockStore;
  disc?: BlockStore;
  bootOrder?: number[];
  mac?: Uint8Array;
  port?: FramePort;
  host?: string;
}

/** A cable end whose other side is the test. */
export class TestPort implements FramePort {
  linkUp = true;
  readonly sent: Uint8Array[] = [];
  receiver: FrameReceiver | null = null;
  send(frame: Uint8Array): void {
    this.sent.push(frame.slice());
  }
  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }
}

/** A Generation 1 board with a model guest on its only processor. */
export class Board {
  readonly engine = new EngineClock();
  readonly clock = new PartitionClock(this.engine, 'vm-1');
  readonly trace = new Trace(this.engine, 4096);
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly text = new TextMemory();
  readonly memory: SparseMemory;
  readonly partition: Partition;
  readonly pic: Pic;
  readonly keyboard: KeyboardController;
  readonly ide: IdeChannelDouble[];
  readonly guest: ModelGuest;
  readonly events: BiosEvent[] = [];
  resets = 0;
  readonly nic: Dec21140 | null;

  constructor(options: BoardOptions = {}) {
    const { memoryMB = 256 } = options;
    this.memory = new SparseMemory([{ start: 0, length: memoryMB * 1024 * 1024 }]);
    const { ports, mmio, memory, clock, trace } = this;
    const profile = hypervisorProfile(options.host ?? 'ws2022');
    if (!profile) throw new Error('no such host');
    this.partition = new Partition({ id: 1, name: 'vm-1', clock, trace, memory, ports, mmio, vpCount: 1, profile });
    this.pic = new Pic({ name: 'vm-1/pic', ports, trace });
    this.partition.connectExternalInterrupts(this.pic);
    new Pit({ name: 'pit', ports, clock, interrupt: this.pic.line(0) });
    new Cmos(ports);
    new BiosHelper(
      ports,
      {
        bootOrder: options.bootOrder ?? [1, 2, 3, 0],
        numLock: true,
        guid: new Uint8Array(16).fill(0xab),
        processorCount: 1,
        memoryBelowGapMB: memoryMB,
        memoryAbove4GbMB: 0,
        generationCounter: true,
      },
      (event) => this.events.push(event),
    );
    this.keyboard = new KeyboardController(ports, this.pic.line(1), () => this.resets++);
    mmio.claim('vga', 0xb8000, 32768, this.text, { intercepts: false });
    const pci = new PciBus(ports);
    const intel = { vendor: 0x8086, revision: 1 };
    pci.attach({ device: 0, fn: 0 }, new PlainFunction('440bx', { ...intel, device: 0x7192, revision: 3, classCode: 0x060000 }, [{ offset: 0x58, reset: 0, writable: 0xffffffff }, { offset: 0x5c, reset: 0, writable: 0xffffffff }]));
    pci.attach({ device: 7, fn: 0 }, new PlainFunction('isa', { ...intel, device: 0x7110, classCode: 0x060100, multifunction: true }, [{ offset: 0x60, reset: 0x80808080, writable: 0xffffffff }]));
    pci.attach({ device: 7, fn: 3 }, new PlainFunction('pm', { ...intel, device: 0x7113, revision: 2, classCode: 0x068000 }));
    pci.attach({ device: 8, fn: 0 }, new PlainFunction('vga', { vendor: 0x1414, device: 0x5353, revision: 0, classCode: 0x030000, interruptPin: 1 }));
    this.ide = [
      new IdeChannelDouble(0x1f0, 0x3f6, [options.disk ? { store: options.disk, packet: false } : null, null], ports, memory, this.pic.line(14)),
      new IdeChannelDouble(0x170, 0x376, [{ store: options.disc ?? new MemoryBlockStore({ sectorCount: 0, sectorSize: 2048 }), packet: true }, null], ports, memory, this.pic.line(15)),
    ];
    pci.attach({ device: 7, fn: 1 }, new IdeFunctionDouble(ports, this.ide));
    this.nic = options.mac
      ? new Dec21140({ name: 'vm-1/legacy/0', functionNumber: 0, mac: options.mac, memory, ports, mmio, interrupt: this.pic.line(11), clock, trace, port: options.port ?? new TestPort() })
      : null;
    this.nic?.attach(pci);
    const [processor] = this.partition.processors;
    if (!processor) throw new Error('no processor');
    this.guest = new ModelGuest({ processor, clock, name: 'guest' });
    void unconnectedLine;
  }

  powerOn(): void {
    this.clock.start();
    this.guest.start();
  }

  /** Presses and releases keys as a person would, and lets the guest take them. */
  type(text: string): void {
    const rows = ['1234567890-=', 'qwertyuiop[]', "asdfghjkl;'", 'zxcvbnm,./'];
    const firsts = [0x02, 0x10, 0x1e, 0x2c];
    const shifted: Record<string, string> = { _: '-', '+': '=', ':': ';', '?': '/' };
    for (const character of text) {
      const plain = shifted[character] ?? character.toLowerCase();
      const row = rows.findIndex((keys) => keys.includes(plain));
      const code = plain === '\n' ? 0x1c : plain === ' ' ? 0x39 : plain === '\b' ? 0x0e : (firsts[row] ?? 0) + (rows[row]?.indexOf(plain) ?? 0);
      const isShifted = plain !== character;
      if (isShifted) this.keyboard.key(0x2a);
      this.keyboard.key(code);
      this.keyboard.key(code | 0x80);
      if (isShifted) this.keyboard.key(0xaa);
      this.run(0.01);
    }
    this.run(0.5);
  }

  /** Lets `seconds` pass. */
  run(seconds: number): void {
    this.engine.advanceBy(seconds * 1e9);
  }

  /** Runs until `done` or for `seconds`. True when it became so. */
  until(done: () => boolean, seconds = 120): boolean {
    const end = this.engine.now() + seconds * 1e9;
    while (this.engine.now() < end && !done()) if (!this.engine.runNext()) break;
    return done();
  }
}

/** A disk of `sectors` sectors with an installed system. */
export function installedDisk(profileId: string, sectors = 65536): MemoryBlockStore {
  const store = new MemoryBlockStore({ sectorCount: sectors });
  const profile = osProfile(profileId);
  if (!profile) throw new Error('no such system');
  const failure = installOnto(store, profile, { installed: '2008-03-15 14:30' });
  if (failure) throw new Error(failure);
  return store;
}
