import type { InterruptLine } from '@engine/base/interrupt-line';
import { parseMac, type MacAddress } from '@engine/base/mac';
import { DeviceMemory } from '@engine/bus/device-memory';
import { MmioSpace } from '@engine/bus/mmio-space';
import { PortSpace } from '@engine/bus/port-space';
import { ACPI_DISABLE, ACPI_ENABLE } from '@engine/chipset/piix4/apm';
import { EngineClock, type Clock } from '@engine/clock/clock';
import { PartitionClock } from '@engine/clock/partition-clock';
import { Dec21140 } from '@engine/devices/dec21140/dec21140';
import { testDiskettes } from '@engine/guest/firmware/bios-floppy';
import { PM_BASE, programPiix4, PCI_IRQ } from '@engine/guest/firmware/board';
import { configurePci } from '@engine/guest/firmware/pci-setup';
import { PciConfig } from '@engine/guest/hardware/pci-config';
import { Partition } from '@engine/hypervisor/partition';
import type { Processor } from '@engine/hypervisor/processor';
import { DEFAULT_PROCESSOR } from '@engine/hypervisor/profile';
import { hypervisorProfile } from '@engine/hypervisor/profiles';
import { CostMeter } from '@engine/trace/cost';
import { Trace } from '@engine/trace/trace';
import { HOST_NVSP_VERSION } from '@engine/vmbus/protocol/nvsp';
import { VIDEO_MEMORY_MEGABYTES } from '@engine/vmbus/protocol/synth-video';
import { HOST_VMBUS_VERSION } from '@engine/vmbus/protocol/versions';
import { VmbusServer } from '@engine/vmbus/server/server';
import type { SwitchPort } from '@engine/vswitch/switch-port';
import { Netvsp } from '@engine/parent/vsp/netvsp/netvsp';
import { PhysicalNic } from '@engine/parent/physical/physical-nic';
import { SimulatedLan } from '@engine/parent/physical/simulated-lan';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { buildBoard, type Board } from './board';
import { Diskettes } from './diskettes';
import { Disks } from './disks';
import { Human } from './human';
import { linuxImages, type MemoryImage } from './boot/linux';
import { ProcessorPackage } from './cpu/package';
import { ProcessorRam } from './cpu/ram';
import { PROCESSOR_FREQUENCY, RealProcessor } from './cpu/real-processor';
import type { GuestFiles } from './guest/fetch';
import { buildInitramfs, type Road } from './guest/initramfs';

const RAM = 192 * 2 ** 20;
export const MACHINE = 'vm-1';
export const ADAPTER = `${MACHINE}/adapter`;
const ADAPTER_INSTANCE = '7a9a4bd6-2c3e-4a0f-9d57-60b7f0d1c2a4';

/** The guest is told how to find its console, and to leave out what takes long and has nothing to do with the test. */
const COMMAND_LINE = [
  'console=ttyS0',
  'mitigations=off',
  'random.trust_cpu=on',
  'nowatchdog',
  'cryptomgr.notests',
  'noisapnp',
  'initcall_blacklist=init_kprobe_trace',
].join(' ');

function fixed<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('a constant of the lab does not hold');
  return value;
}

/** The APM control port of the PIIX4, and what the firmware's handler behind it understands. */
const APM_COMMAND = { port: 0xb2, enable: ACPI_ENABLE, disable: ACPI_DISABLE };

/** What a run has beside its adapter. */
export interface SpecialParts {
  /** Providers for the machine's bus. */
  readonly attach?: (vmbus: VmbusServer, clock: Clock, memory: ProcessorRam) => void;
  /** A root file system in place of the road's. */
  readonly initramfs?: Buffer;
}

/** What a run is made of. */
export interface Machine {
  readonly lab: Lab;
  readonly package: ProcessorPackage;
  readonly memory: ProcessorRam;
  readonly partition: Partition;
  readonly vmbus: VmbusServer;
  readonly adapter: Dec21140 | Netvsp;
  readonly diskettes: Diskettes;
  /** MD5 of the first diskette before the guest began. */
  readonly firstDigest: string;
  /** On the road to the disks. */
  readonly disks: Disks | null;
  /** At the console, on the road of screen, keyboard and mouse. */
  readonly human: Human | null;
}

/**
 * One machine on one virtual switch with a physical network behind it: engine classes throughout, and in the place of a
 * model guest the processor that runs machine code.
 */
export class Lab {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly ports = new PortSpace();
  readonly mmio = new MmioSpace();
  readonly vram = new DeviceMemory(VIDEO_MEMORY_MEGABYTES * 2 ** 20);
  /** What the guest did to its machine beside running on it: resets, switching off. */
  readonly ends: string[] = [];
  readonly mac: MacAddress = fixed(parseMac('00155D0A2C01'));
  readonly meter = new CostMeter();
  readonly processor: RealProcessor;
  readonly diskettes = new Diskettes(`${MACHINE}/floppy/0`, this.trace);
  readonly lan: SimulatedLan;
  readonly network: VirtualSwitch;
  readonly port: SwitchPort;
  private readonly time = new PartitionClock(this.clock, MACHINE);

  private constructor(
    readonly road: Road,
    readonly host: string,
    private readonly console: (byte: number) => void,
  ) {
    this.processor = new RealProcessor({ clock: this.clock, ports: this.ports, mmio: this.mmio });
    this.lan = new SimulatedLan(this.clock, this.trace);
    this.network = new VirtualSwitch(this.clock, this.trace, {
      id: 'switch/external',
      name: 'External',
      kind: 'external',
    });
    const card = fixed(parseMac('001AA0C0FFEE'));
    new PhysicalNic({ name: 'Ethernet', mac: card }, this.lan.plug('host', card)).bind(this.network);
    this.port = this.network.connect({
      name: ADAPTER,
      kind: road === 'legacy' ? 'legacy' : 'synthetic',
      mac: this.mac,
    });
  }

  /** A machine on a host of the age `host` with one network adapter of the road's kind, the guest's files in its memory. */
  static async create(
    road: Road,
    host: string,
    files: GuestFiles,
    console: (byte: number) => void,
    special: SpecialParts = {},
  ): Promise<Machine> {
    const lab = new Lab(road, host, console);
    const made = await ProcessorPackage.create({ ram: RAM, surroundings: lab.processor, pace: lab.processor.pace });
    const memory = new ProcessorRam(made.cpu, RAM);
    const board = lab.board(memory);
    const partition = lab.partition(memory);
    const vmbus = new VmbusServer({ partition, meter: lab.meter, maxVersion: fixed(HOST_VMBUS_VERSION[host]) });
    const adapter = road === 'legacy' ? lab.legacyAdapter(memory, board) : lab.syntheticAdapter(vmbus);
    const disks = road === 'storage' ? new Disks(vmbus, host) : null;
    const { mmio, vram } = lab;
    const human = road === 'human' ? new Human({ name: MACHINE, host, memory, mmio, vram }, vmbus) : null;
    special.attach?.(vmbus, lab.time, memory);
    lab.powerOnSelfTest(fixed(partition.processors[0]));
    for (const image of lab.images(files, special.initramfs)) memory.write(image.at, image.bytes);
    const { diskettes } = lab;
    const firstDigest = diskettes.digest('first');
    return { lab, memory, partition, vmbus, adapter, disks, human, diskettes, firstDigest, package: made };
  }

  private board(memory: ProcessorRam): Board {
    const { time: clock, trace, ports, mmio, vram, processor } = this;
    const line = (input: number): InterruptLine => processor.line(input);
    const ended = (how: string): void => void this.ends.push(how);
    return buildBoard({
      name: MACHINE,
      clock,
      trace,
      memory,
      ports,
      mmio,
      vram,
      line,
      serial: this.console,
      ended,
      diskette: this.diskettes.drive,
    });
  }

  /** What the firmware does to the board before it starts a boot loader; the rest of it is the model guest's. */
  private powerOnSelfTest(processor: Processor): void {
    programPiix4(processor);
    testDiskettes(processor);
    configurePci(new PciConfig(processor));
  }

  private partition(memory: ProcessorRam): Partition {
    const { trace, ports, mmio, time: clock } = this;
    // Its counter follows the wall by itself, not the engine's clock to 100 ns: the reference TSC page would not be true.
    const processor = { ...DEFAULT_PROCESSOR, tscFrequency: PROCESSOR_FREQUENCY, invariantTsc: false };
    const profile = fixed(hypervisorProfile(this.host));
    return new Partition({ id: 1, name: MACHINE, clock, trace, memory, ports, mmio, vpCount: 1, profile, processor });
  }

  private legacyAdapter(memory: ProcessorRam, { pci, router }: Board): Dec21140 {
    const { trace, ports, mmio, mac, port, time: clock } = this;
    const interrupt = router.line(1); // INTA of its slot
    const card = new Dec21140({
      name: ADAPTER,
      functionNumber: 0,
      mac,
      memory,
      ports,
      mmio,
      interrupt,
      clock,
      trace,
      port,
    });
    card.attach(pci);
    return card;
  }

  private syntheticAdapter(vmbus: VmbusServer): Netvsp {
    const { mac, port } = this;
    const provider = new Netvsp({
      name: 'adapter',
      instance: ADAPTER_INSTANCE,
      mac,
      port,
      maxVersion: fixed(HOST_NVSP_VERSION[this.host]),
      queues: 4, // more than the guest has processors: it reads the capabilities and stays with one channel
    });
    vmbus.add(provider);
    return provider;
  }

  private images(files: GuestFiles, special?: Buffer): MemoryImage[] {
    const { kernel, unpackedKernel } = files;
    const initramfs = special ?? buildInitramfs(files, this.road);
    const board = { pciInterrupt: PCI_IRQ, power: PM_BASE, command: APM_COMMAND };
    return linuxImages({ kernel, unpackedKernel, initramfs, commandLine: COMMAND_LINE, ram: RAM, board });
  }

  /** Lets engine time and the guest begin. */
  start(machine: Machine): void {
    this.time.start();
    this.processor.start(machine.package, fixed(machine.partition.processors[0]));
  }
}
