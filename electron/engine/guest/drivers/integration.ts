import { MILLISECOND, SECOND } from '../../clock/clock';
import { ApplicationState } from '../../vmbus/protocol/ic-bodies';
import { icVersionText } from '../../vmbus/protocol/ic';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { VmbusClass } from '../os/vmbus-classes';
import { IcDriver, type IcGuestService } from '../vsc/ic/ic-driver';
import { backupService, heartbeatService, keyValueService, shutdownService, timeSyncService } from '../vsc/ic/services';
import { fileCopyService } from '../vsc/ic/file-copy-service';
import type { IcDriverState } from '../vsc/ic/state';
import { VmbusDriver } from './vmbus';

/** What Linux calls the components. */
const NAMES: Readonly<Record<string, string>> = {
  [VmbusClass.heartbeat]: 'Heartbeat',
  [VmbusClass.shutdown]: 'Shutdown',
  [VmbusClass.timeSync]: 'TimeSync',
};
const PATIENCE = 10 * SECOND;
const TURN = MILLISECOND;
const TICKS_PER_SECOND = 10_000_000n; // of 100 ns
const SECONDS_1601_TO_1970 = 11_644_473_600n;

/** An integration component as a device of the tree: binds its service to its channel. `vmic`, `hv_utils`. */
export class IntegrationDriver implements Driver {
  private readonly component: IcDriver | null;

  constructor(
    private readonly context: DriverContext,
    state: IcDriverState,
  ) {
    const bus = context.parentDriver();
    const service = this.service(() => (bus instanceof VmbusDriver ? bus.client.referenceTime() : null));
    this.component =
      bus instanceof VmbusDriver && service
        ? new IcDriver({
            client: bus.client,
            relid: context.device.address,
            service,
            state,
            changed: (phase) => this.changed(phase),
            later: () => this.settleSoon(),
          })
        : null;
  }

  private service(referenceTime: () => bigint | null): IcGuestService | null {
    const { system } = this.context;
    switch (this.context.device.offer?.type) {
      case VmbusClass.heartbeat:
        return heartbeatService(() => (system.isUp() ? ApplicationState.Healthy : ApplicationState.Unknown));
      case VmbusClass.shutdown:
        return shutdownService({ accepts: () => system.isUp(), shutDown: (restart) => this.shutDown(restart) });
      case VmbusClass.timeSync:
        return timeSyncService((hostTime, isSync) => {
          if (isSync) system.setClock(Number(hostTime / TICKS_PER_SECOND - SECONDS_1601_TO_1970));
        }, referenceTime);
      case VmbusClass.dataExchange:
        return keyValueService(() => system.keyValues(), system.pools, this.takesAddresses ? system.addresses : null);
      case VmbusClass.backup:
        return backupService(system.backup);
      case VmbusClass.guestServices:
        return fileCopyService(system.files);
      default:
        return null;
    }
  }

  /** Hosts set addresses since Windows Server 2012, and systems of that age let them: those that speak its VMBus. */
  private get takesAddresses(): boolean {
    return this.context.profile.enlightened?.vmbus.includes('2.4') ?? false;
  }

  private shutDown(restart: boolean): void {
    this.context.log('hv_utils: Shutdown request received - graceful shutdown initiated');
    this.context.system.end(restart ? 'restart' : 'powerOff');
  }

  start(): void {
    if (!this.component) return this.context.started(Problem.cannotStart);
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.component.channel.start();
  }

  /** The device works as soon as its channel is open: what the host then asks is another matter. */
  private changed(phase: IcDriverState['phase']): void {
    if (phase === 'open' || phase === 'ready') this.finish(Problem.none);
    else if (phase === 'failed') this.finish(Problem.cannotStart);
    if (phase === 'ready') this.announce();
  }

  /** The host has agreed on a version. linux drivers/hv/hv_util.c. */
  private announce(): void {
    const { driver, offer } = this.context.device;
    const version = driver.kind === 'ic' ? driver.message : null;
    const name = NAMES[offer?.type ?? ''];
    if (version && name) this.context.log(`hv_utils: ${name} IC version ${icVersionText(version)}`);
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
  }

  interrupt(): boolean {
    return false; // its packets come through the bus
  }

  /** What takes time is another program's work: looked at again when that has had a turn. */
  private settleSoon(): void {
    this.context.wakeAt(this.context.now() + TURN);
  }

  wake(): void {
    if (this.context.device.status === 'starting') this.finish(Problem.cannotStart);
    else if (this.component?.settle() === false) this.settleSoon();
  }

  stop(): void {
    this.component?.channel.stop();
  }
}
