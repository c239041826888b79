import type { Processor } from '../../hypervisor/processor';
import { startDriver, wireDriver } from '../drivers/catalogue';
import type { OsProfile } from '../os/profile';
import { makeDevice, Problem, type DeviceState, type FoundDevice } from './device';
import type { Driver, DriverContext, SystemServices } from './driver';
import { DriverDuties } from './driver-duties';
import type { Interrupts } from './interrupts';
import type { KernelState } from './kernel-state';
import { findDriver, genericName, type Match } from './match';
import type { KernelPages } from './pages';
import { PAGE_SIZE } from '../../memory/guest-memory';

/** What the plug-and-play manager needs of the kernel around it. */
export interface PnpHost {
  readonly processor: Processor;
  readonly others: readonly Processor[];
  readonly profile: OsProfile;
  readonly interrupts: Interrupts;
  readonly pages: KernelPages;
  readonly system: SystemServices;
  now(): number;
  log(text: string): void;
  key(character: string): void;
  /**
   * The binary of a service's driver is in memory and sound; false: damaged or missing. Throws `SectorFault` while it has to
   * be read.
   */
  loadBinary(service: string, file: string): boolean;
}

/** Keeps the device tree: finds drivers for devices, starts them, hands them their interrupts and wake-ups. */
export class PnpManager {
  private readonly drivers = new Map<number, Driver>(); // wiring by device
  private readonly duties: DriverDuties;
  private isSettled = false; // nothing is new, and nothing is starting
  /** Grows when the device tree changes, or what a device is. */
  changes = 0;

  constructor(
    private readonly state: KernelState,
    private readonly host: PnpHost,
  ) {
    this.duties = new DriverDuties(state.devices, this.drivers);
    for (const device of state.devices)
      if (device.service !== null && !['new', 'gone'].includes(device.status)) this.wire(device);
  }

  get devices(): readonly DeviceState[] {
    return this.state.devices;
  }

  driver(device: DeviceState): Driver | null {
    return this.drivers.get(device.id) ?? null;
  }

  add(found: FoundDevice, parent: number | null): DeviceState {
    const device = makeDevice(this.state.devices.length, parent, found);
    this.state.devices.push(device);
    this.isSettled = false;
    this.changes++;
    return device;
  }

  /**
   * Starts every device that a known driver fits. `complete` says that all drivers of the system are known: what none fits is
   * then marked. True when nothing is left to start and nothing is starting.
   */
  bind(complete: boolean): boolean {
    if (this.isSettled) return true;
    for (let device = this.nextNew(complete); device; device = this.nextNew(complete)) this.settleDevice(device);
    const isDone = this.state.devices.every((device) => device.status !== 'starting');
    this.isSettled = complete && isDone;
    return isDone;
  }

  private nextNew(complete: boolean): DeviceState | undefined {
    return this.state.devices.find((device) => device.status === 'new' && (complete || this.match(device) !== null));
  }

  private match(device: DeviceState): Match | null {
    if (device.service !== null) {
      const driver = { inf: '', service: device.service, file: '', className: 'HDC', models: [] } as const;
      return { driver, name: device.location };
    }
    return findDriver(device.ids, this.state.packages);
  }

  private settleDevice(device: DeviceState): void {
    const match = this.match(device);
    this.changes++;
    if (!match) return this.markUnknown(device);
    const isSound = match.driver.file === '' || this.host.loadBinary(match.driver.service, match.driver.file);
    device.className = match.driver.className;
    device.name = this.nameOf(device, match.name);
    device.service = match.driver.service;
    if (!isSound) {
      device.status = 'failed';
      device.problem = Problem.driverCorrupt;
      return;
    }
    device.status = 'starting';
    const driver = startDriver(match.driver.service, this.contextOf(device));
    this.drivers.set(device.id, driver);
    this.duties.driversChanged();
    driver.start();
  }

  private markUnknown(device: DeviceState): void {
    device.status = 'unknown';
    device.name = genericName(device.classCode);
    device.problem = Problem.noDriver;
  }

  /** Disks carry their own name; ports a number; a second card of a kind is `#2`. */
  private nameOf(device: DeviceState, name: string): string {
    if (device.drive && name.startsWith('Microsoft ')) return name; // a model that the INF knows by its maker
    if (device.drive) return name === '' ? device.ownName : `${device.ownName} ${name}`;
    if (device.ownName !== '') return `${name} (COM${device.ownName})`;
    const twins = this.state.devices.filter(
      (other) => other.className === 'Net' && other.name.replace(/ #\d+$/, '') === name,
    );
    return device.className === 'Net' && twins.length > 0 ? `${name} #${twins.length + 1}` : name;
  }

  private wire(device: DeviceState): void {
    this.drivers.set(device.id, wireDriver(device.service ?? '', this.contextOf(device)));
    this.duties.driversChanged();
  }

  private contextOf(device: DeviceState): DriverContext {
    const { host } = this;
    return {
      processor: host.processor,
      others: host.others,
      profile: host.profile,
      device,
      pages: host.pages,
      system: host.system,
      memoryMB: this.state.boot.memoryMB,
      now: () => host.now(),
      allocate: (bytes, align) => this.allocate(bytes, align),
      enableInterrupt: () => {
        for (const { kind, start } of device.resources) if (kind === 'irq') host.interrupts.enable(start);
      },
      wakeAt: (time, isRoutine = false) => this.duties.wakeAt(device, time, isRoutine),
      log: (text) => host.log(text),
      addChild: (found) => this.add(found, device.id),
      removeChild: (address) => this.remove(device.id, address),
      started: (problem) => {
        device.status = problem === Problem.none ? 'started' : 'failed';
        device.problem = problem;
      },
      parentDriver: () => (device.parent === null ? null : (this.drivers.get(device.parent) ?? null)),
      parentDevice: () => (device.parent === null ? null : (this.state.devices[device.parent] ?? null)),
      children: () => this.state.devices.filter(({ parent, status }) => parent === device.id && status !== 'gone'),
      devices: () => this.state.devices,
      driverOf: (other) => this.driver(other),
      key: (character) => host.key(character),
    };
  }

  private allocate(bytes: number, align: number): number | null {
    const pages = Math.ceil(bytes / PAGE_SIZE);
    const gpa = this.host.pages.allocateAligned(pages, Math.max(align, PAGE_SIZE));
    if (gpa !== null) this.host.processor.memory.fill(gpa, pages * PAGE_SIZE, 0);
    return gpa;
  }

  /** A device has been taken out of its bus: it and what hangs on it are no longer there. */
  private remove(parent: number, address: number): void {
    for (const device of this.state.devices) {
      if (device.parent !== parent || device.address !== address || device.status === 'gone') continue;
      device.status = 'gone';
      this.duties.wakeAt(device, null, false);
      this.drivers.delete(device.id);
      this.duties.driversChanged();
      this.changes++;
      for (const child of this.state.devices) if (child.parent === device.id) this.remove(device.id, child.address);
    }
  }

  /** An interrupt that is none of the board's: handed to the driver that gave the vector away. */
  vectorInterrupt(vector: number, vp: number): boolean {
    const driver = this.duties.vectored.find((each) => each.vector === vector);
    driver?.vectorInterrupt?.(vp);
    return driver !== undefined;
  }

  /** An interrupt of the board: every driver on the line is asked. True when one claimed it. */
  interrupt(irq: number): boolean {
    let isClaimed = false;
    for (const device of this.state.devices) {
      const driver = this.drivers.get(device.id);
      const isOnLine = device.resources.some(({ kind, start }) => kind === 'irq' && start === irq);
      if (driver && isOnLine && driver.interrupt()) isClaimed = true;
    }
    return isClaimed;
  }

  /** Wakes the drivers whose time has come. */
  wake(now: number): void {
    this.duties.wake(now);
  }

  /** The devices whose drivers have asked for a wake-up. Drivers that want to be asked last are asked first. */
  wakeUps(): readonly DeviceState[] {
    for (const driver of this.duties.settling) driver.settle?.();
    return this.duties.waiting;
  }

  /** The devices whose drivers can make network adapters of them. */
  get networkDevices(): readonly DeviceState[] {
    return this.duties.networked;
  }

  /** Before the end: every device to rest, children first. */
  stopAll(): void {
    for (const device of [...this.state.devices].reverse())
      if (device.status === 'started') this.drivers.get(device.id)?.stop();
  }

  sync(): void {
    for (const driver of this.drivers.values()) driver.sync?.();
  }
}
