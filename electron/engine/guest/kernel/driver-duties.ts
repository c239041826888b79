import type { DeviceState } from './device';
import type { Driver } from './driver';

const waits = (device: DeviceState): boolean => device.wakeAt !== null;

/**
 * Who among the drivers is to be asked for what. A kernel runs for each interrupt and looks at these few instead of at every device
 * there is. It follows from the devices and their drivers, so it is not state.
 */
export class DriverDuties {
  /** Devices whose drivers wait for a time, in the order of the devices. */
  waiting: readonly DeviceState[] = [];
  private lists: { vectored: Driver[]; settling: Driver[]; networked: DeviceState[] } | null = null;

  constructor(
    private readonly devices: readonly DeviceState[],
    private readonly drivers: ReadonlyMap<number, Driver>,
  ) {
    this.collect();
  }

  private collect(): void {
    this.waiting = this.devices.filter(waits);
  }

  /** Sets or (null) takes back the time at which a device's driver wants to be woken. */
  wakeAt(device: DeviceState, time: number | null, isRoutine: boolean): void {
    device.wakeAt = time;
    device.isRoutine = isRoutine;
    if (this.waiting.includes(device) !== waits(device)) this.collect();
  }

  /** Wakes the drivers whose time has come. */
  wake(now: number): void {
    let isOver = false; // most wait again at once: then the list stays as it is
    for (const device of this.waiting) {
      if (device.wakeAt === null || device.wakeAt > now) continue;
      Object.assign(device, { wakeAt: null, isRoutine: false });
      this.drivers.get(device.id)?.wake();
      isOver ||= !waits(device);
    }
    if (isOver) this.collect();
  }

  /** There is another driver, or one less. */
  driversChanged(): void {
    this.lists = null;
  }

  /** Drivers that have given a vector of their own away. */
  get vectored(): readonly Driver[] {
    return this.current().vectored;
  }

  /** Drivers that want to be asked when the kernel has nothing more to do. */
  get settling(): readonly Driver[] {
    return this.current().settling;
  }

  /** Devices of which their drivers can make network adapters. */
  get networked(): readonly DeviceState[] {
    return this.current().networked;
  }

  private current(): NonNullable<DriverDuties['lists']> {
    return (this.lists ??= this.list());
  }

  private list(): NonNullable<DriverDuties['lists']> {
    const all = [...this.drivers.values()];
    return {
      vectored: all.filter((driver) => driver.vector !== undefined),
      settling: all.filter((driver) => driver.settle !== undefined),
      networked: this.devices.filter((device) => this.drivers.get(device.id)?.network !== undefined),
    };
  }
}
