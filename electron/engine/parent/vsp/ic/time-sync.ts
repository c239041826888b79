import type { InspectNode, Unit } from '../../../base/unit';
import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import { IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import { TIME_SYNC, TIME_SYNC_REFERENCE, TimeSyncFlag } from '../../../vmbus/protocol/ic-bodies';
import { IcChannel, type IcChannelState } from './ic-channel';
import { NEWEST_IC_PROFILE } from './versions';

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
  channel: IcChannelState;
  samples: number;
}

/** The time synchronisation component: sets the guest's clock once it is there (and after a pause), then sends samples. */
export class TimeSyncVsp implements Unit<TimeSyncState> {
  readonly device: IcChannel;
  private samples = 0;
  private readonly alarm: Alarm;

  constructor(private readonly options: TimeSyncOptions) {
    this.alarm = options.clock.alarm('ic/time-sync', () => this.send(TimeSyncFlag.Sample), { background: true });
    this.device = new IcChannel({
      type: IcType.TimeSync,
      offer: { name: 'time-sync', interfaceType: DeviceClass.TimeSync, instance: DeviceInstance.TimeSync, pipe: true },
      versions: options.versions ?? NEWEST_IC_PROFILE.timeSync,
      ready: () => this.send(TimeSyncFlag.Sync),
      answered: () => undefined,
      closed: () => this.alarm.cancel(),
    });
  }

  /** Sets the guest's clock now: the machine was resumed or restored. False when the guest has no such component. */
  synchronise(): boolean {
    if (this.device.ready) this.send(TimeSyncFlag.Sync);
    return this.device.ready;
  }

  private send(flags: number): void {
    const { clock, hostTime } = this.options;
    const parentTime = hostTime();
    const referenceTime = BigInt(Math.floor(clock.now() / REFERENCE_UNIT));
    const body =
      this.device.version.major >= 4
        ? TIME_SYNC_REFERENCE.encode({ parentTime, referenceTime, flags, leapFlags: 0, stratum: STRATUM })
        : TIME_SYNC.encode({ parentTime, childTime: 0n, roundTrip: 0n, flags });
    if (this.device.request(body)) this.samples++;
    this.alarm.set(clock.now() + SAMPLE_PERIOD);
  }

  reset(): void {
    this.alarm.cancel();
    this.device.reset();
    this.samples = 0;
  }

  save(): TimeSyncState {
    return { channel: this.device.save(), samples: this.samples };
  }

  restore(saved: TimeSyncState): void {
    this.device.restore(saved.channel);
    this.samples = saved.samples;
  }

  inspect(): InspectNode {
    return { samples: this.samples, channel: this.device.inspect() };
  }
}
