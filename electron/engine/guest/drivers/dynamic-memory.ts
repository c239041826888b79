import { SECOND } from '../../clock/clock';
import { DmVersion } from '../../vmbus/protocol/dynamic-memory';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { BalloonDriver } from '../vsc/dynamic-memory/balloon-driver';
import type { BalloonDriverState } from '../vsc/dynamic-memory/state';
import { VmbusDriver } from './vmbus';

const PATIENCE = 10 * SECOND;
const PERIOD = SECOND; // of the reports
/** Newest first. Drivers ask for what came with systems of their age. */
const VERSIONS = [DmVersion.Win10, DmVersion.Win8, DmVersion.Win7];
/** Linux takes memory in sections of 128 MB, Windows in pieces of 2 MB [k]. Logarithms. */
const LINUX_ALIGN = 7;
const WINDOWS_ALIGN = 1;

/** Dynamic memory as a device of the tree. `dmvsc`, `hv_balloon`. */
export class DynamicMemoryDriver implements Driver {
  private readonly balloon: BalloonDriver | null;

  constructor(
    private readonly context: DriverContext,
    state: BalloonDriverState,
  ) {
    const bus = context.parentDriver();
    const { profile, device, system } = context;
    const hotAddAlign = profile.linux ? LINUX_ALIGN : WINDOWS_ALIGN;
    this.balloon =
      bus instanceof VmbusDriver
        ? new BalloonDriver({
            client: bus.client,
            relid: device.address,
            memory: system.memory,
            versions: VERSIONS,
            hotAddAlign: profile.architecture === 'x64' ? hotAddAlign : null, // no memory is added to 32-bit systems
            state,
            changed: (phase) => this.changed(phase),
          })
        : null;
  }

  start(): void {
    if (!this.balloon) return this.context.started(Problem.cannotStart);
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.balloon.channel.start();
  }

  private changed(phase: BalloonDriverState['phase']): void {
    if (phase === 'ready') this.ready();
    else if (phase === 'failed') this.finish(Problem.cannotStart);
    else if (phase === 'closed' || phase === 'removed') this.context.wakeAt(null);
  }

  private ready(): void {
    this.context.log(`hv_balloon: Using Dynamic Memory protocol version ${this.balloon?.version ?? ''}`);
    this.finish(Problem.none);
    this.keepReporting();
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  private keepReporting(): void {
    if (this.balloon?.reports) this.context.wakeAt(this.context.now() + PERIOD, true);
  }

  wake(): void {
    if (this.context.device.status === 'starting') return this.finish(Problem.cannotStart);
    this.balloon?.report();
    this.keepReporting();
  }

  interrupt(): boolean {
    return false; // its packets come through the bus
  }

  stop(): void {
    this.balloon?.channel.stop();
  }
}
