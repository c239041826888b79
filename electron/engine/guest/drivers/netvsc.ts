import { SECOND } from '../../clock/clock';
import { NvspVersion } from '../../vmbus/protocol/nvsp';
import { Netvsc } from '../vsc/netvsc/netvsc';
import { netvscSettings } from '../vsc/netvsc/settings';
import type { NetvscState } from '../vsc/netvsc/state';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import type { NetworkInterface } from './network-interface';
import { VmbusDriver } from './vmbus';

const PATIENCE = 10 * SECOND;
const SMALL_MACHINE = 1024; // MB: with less, the driver takes smaller buffers
const MEGABYTE = 2 ** 20;

/** The synthetic network adapter as a device of the tree: binds the network VSC to its channel. */
export class NetvscDriver implements Driver {
  private readonly adapter: Netvsc | null;

  constructor(
    private readonly context: DriverContext,
    state: NetvscState,
  ) {
    const bus = context.parentDriver();
    const { processor, pages, device, profile, memoryMB } = context;
    const newest = nvspNumber(profile.enlightened?.nvsp[0] ?? '1');
    const small = { receiveBytes: 2 * MEGABYTE, sendBytes: MEGABYTE, ringPages: 32 };
    this.adapter =
      bus instanceof VmbusDriver
        ? new Netvsc({
            client: bus.client,
            relid: device.address,
            memory: processor.memory,
            pages,
            state,
            name: device.name,
            settings: netvscSettings(newest, memoryMB < SMALL_MACHINE ? small : {}),
            listener: {
              up: () => this.finish(Problem.none),
              failed: () => this.finish(Problem.cannotStart),
              stopped: () => undefined,
              removed: () => undefined, // the bus reports it
            },
          })
        : null;
  }

  start(): void {
    if (!this.adapter) return this.context.started(Problem.cannotStart);
    this.context.log(`hv_vmbus: registering driver ${this.context.device.service ?? ''}`);
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.adapter.start();
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  network(): NetworkInterface | null {
    return this.context.device.status === 'started' ? this.adapter : null;
  }

  interrupt(): boolean {
    return false; // its packets come through the bus
  }

  /** The adapter has not come up in time: what it has shared is taken back. */
  wake(): void {
    this.adapter?.giveUp();
  }

  stop(): void {
    this.adapter?.stop();
  }
}

/** `6.1` as the protocol's number. */
function nvspNumber(text: string): number {
  const { V1, V2, V4, V5, V6, V6_1 } = NvspVersion;
  const known: Readonly<Record<string, number>> = { '1': V1, '2': V2, '4': V4, '5': V5, '6': V6, '6.1': V6_1 };
  return known[text] ?? V1;
}
