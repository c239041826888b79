import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import type { IcVersions } from '../../../vmbus/protocol/ic';
import { TIME_SYNC, TIME_SYNC_REFERENCE, TimeSyncFlag } from '../../../vmbus/protocol/ic-bodies';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';

const SAMPLE_PERIOD = 5 * SECOND;
const REFERENCE_UNIT = 100; // nanoseconds
const STRATUM = 1; // the host's own clock

export interface TimeSyncOptions {
  /** The partition's clock: reference time counts from its start. */
  readonly clock: Clock;
  /** The host's time of day now: 100 ns units since 1601, UTC. */
  readonly hostTime: () => bigint;
  readonly versions?: IcVersions;
}

export interface TimeSyncState {
  /** Times that were sent. */
  samples: number;
}

/** The time synchronisation component: sets the guest's clock once it is there (and after a pause), then sends samples. */
export class TimeSyncVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<TimeSyncState>>;
  private readonly ic: IcChannel<TimeSyncState>;
  private readonly alarm: Alarm;

  constructor(private readonly options: TimeSyncOptions) {
    this.alarm = options.clock.alarm('ic/time-sync', () => this.send(TimeSyncFlag.Sample), {
      background: true,
      reach: 'partition',
    });
    this.ic = new IcChannel({
      component: 'timeSync',
      versions: options.versions,
      fresh: () => ({ samples: 0 }),
      ready: () => this.send(TimeSyncFlag.Sync),
      answered: () => undefined,
      closed: () => this.alarm.cancel(),
      reset: () => this.alarm.cancel(),
      describe: ({ samples }) => ({ samples }),
    });
    this.device = this.ic.device;
  }

  /** Sets the guest's clock now: the machine was resumed or restored. False when the guest has no such component. */
  synchronise(): boolean {
    if (this.ic.ready) this.send(TimeSyncFlag.Sync);
    return this.ic.ready;
  }

  private send(flags: number): void {
    const { clock, hostTime } = this.options;
    const parentTime = hostTime();
    const referenceTime = BigInt(Math.floor(clock.now() / REFERENCE_UNIT));
    const body =
      this.ic.version.major >= 4
        ? TIME_SYNC_REFERENCE.encode({ parentTime, referenceTime, flags, leapFlags: 0, stratum: STRATUM })
        : TIME_SYNC.encode({ parentTime, childTime: 0n, roundTrip: 0n, flags });
    if (this.ic.request(body)) this.ic.own.samples++;
    this.alarm.set(clock.now() + SAMPLE_PERIOD);
  }
}
