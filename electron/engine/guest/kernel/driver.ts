import type { Processor } from '../../hypervisor/processor';
import type { PageAllocator } from '../../vmbus/client/pages';
import type { BlockDevice } from '../disk/block-device';
import type { NetworkInterface } from '../drivers/network-interface';
import type { OsProfile } from '../os/profile';
import type { AddressBook } from '../vsc/ic/address-service';
import type { FileTaker } from '../vsc/ic/file-copy-service';
import type { FreezeHandler, KvpPools } from '../vsc/ic/services';
import type { BalloonMemory } from '../vsc/dynamic-memory/balloon-driver';
import type { DeviceState, FoundDevice } from './device';

/** What integration components do to the system as a whole. */
export interface SystemServices {
  /** The system has finished starting and has not begun to end. */
  isUp(): boolean;
  /** The system's memory, for its balloon. */
  readonly memory: BalloonMemory;
  end(ending: 'powerOff' | 'restart'): void;
  /** Sets the wall clock, in seconds since 1970. */
  setClock(seconds: number): void;
  /** What the system tells the host about itself. */
  keyValues(): readonly (readonly [string, string])[];
  /** What the host sets and programs tell it. */
  readonly pools: KvpPools;
  /** Addresses of the system's interfaces. */
  readonly addresses: AddressBook;
  /** Holds the disks still for a backup. */
  readonly backup: FreezeHandler;
  /** Files that the host sends. */
  readonly files: FileTaker;
}

/** What the kernel gives a driver: its device, and services. */
export interface DriverContext {
  readonly processor: Processor;
  /** The other processors that the operating system uses. */
  readonly others: readonly Processor[];
  readonly device: DeviceState;
  readonly profile: OsProfile;
  /** Guest memory by pages, for what is shared with the host. */
  readonly pages: PageAllocator;
  readonly system: SystemServices;
  /** RAM of the machine. */
  readonly memoryMB: number;
  now(): number;
  /** `bytes` of guest memory of its own, zeroed and aligned to `align` (a power of two): the address, null when there is none. */
  allocate(bytes: number, align: number): number | null;
  /** Lets the device's interrupt through. */
  enableInterrupt(): void;
  /** Calls `wake` of the driver at a time; null cancels. Routine goes on for ever, and nobody waits for it. */
  wakeAt(time: number | null, isRoutine?: boolean): void;
  /** A line of the kernel's log. */
  log(text: string): void;
  /** Tells the plug-and-play manager of a device on this one's bus. */
  addChild(found: FoundDevice): DeviceState;
  /** The device at that address of this one's bus has gone. */
  removeChild(address: number): void;
  /** Starting is over: problem code, 0 when the device works. */
  started(problem: number): void;
  /** The driver of the device above this one, if it runs. */
  parentDriver(): Driver | null;
  parentDevice(): DeviceState | null;
  /** The devices on this one's bus. */
  children(): readonly DeviceState[];
  /** All devices of the tree, whatever bus they are on. */
  devices(): readonly DeviceState[];
  /** The driver that runs for a device, if one does. */
  driverOf(device: DeviceState): Driver | null;
  /** Characters that a keyboard driver has decoded. */
  key(character: string): void;
}

/** Code that drives one device. Everything it remembers lies in the device's state; the object is wiring. */
export interface Driver {
  /** Starts the device; ends by `context.started`, now or later. Not called after a restore. */
  start(): void;
  /** True when the interrupt was this device's. */
  interrupt(): boolean;
  /** Vector outside the board's interrupts that this driver has given to somebody, and its handler for each VP. */
  readonly vector?: number;
  vectorInterrupt?(vp: number): void;
  /** The time that was asked for has come. */
  wake(): void;
  /** Puts the device to rest before power-off or restart. */
  stop(): void;
  /** Called when the kernel has nothing more to do for now: the last chance to ask for a wake-up. */
  settle?(): void;
  /** The network adapter that this driver makes of its device; null while it does not work. */
  network?(): NetworkInterface | null;
  /** A disk on this controller, as sectors; null when there is none. */
  blockDevice?(child: DeviceState): BlockDevice | null;
  /** Brings `device.driver` up to date before the guest's state is copied. */
  sync?(): void;
}
