import { type InspectNode, type Unit } from '../../../base/unit';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import { IcStatus, IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import { kvpText, SHUTDOWN, ShutdownFlag } from '../../../vmbus/protocol/ic-bodies';
import { IcChannel, type IcChannelState } from './ic-channel';
import { NEWEST_IC_PROFILE } from './versions';

/** SHTDN_REASON_MAJOR_LEGACY_API, planned: what the guest's event log shows. Windows SDK, "System Shutdown Reason Codes". */
const REASON = 0x8007_0000;

/** What became of a request. */
export interface ShutdownListener {
  /** The guest will shut down (or restart) by itself. */
  accepted(): void;
  /** It will not: a user is logged on and it was not forced, or it failed. */
  refused(status: number): void;
}

/** What to ask the guest for. */
export interface ShutdownRequest {
  /** Close applications without asking. */
  readonly force: boolean;
  /** Start again afterwards: message version 3.1 and later. */
  readonly restart?: boolean;
  /** Shown to who is logged on. */
  readonly message?: string;
}

export interface ShutdownState {
  channel: IcChannelState;
  pending: boolean;
}

/** The shutdown component: the only way in which the host's "Shut Down" reaches a guest. */
export class ShutdownVsp implements Unit<ShutdownState> {
  readonly device: IcChannel;
  private pending = false;

  constructor(private readonly options: { readonly listener: ShutdownListener; readonly versions?: IcVersions }) {
    this.device = new IcChannel({
      type: IcType.Shutdown,
      offer: { name: 'shutdown', interfaceType: DeviceClass.Shutdown, instance: DeviceInstance.Shutdown, pipe: true },
      versions: options.versions ?? NEWEST_IC_PROFILE.shutdown,
      ready: () => undefined,
      answered: (status) => this.answered(status),
      closed: () => {
        this.pending = false;
      },
    });
  }

  /** True when the guest can be asked to shut down. */
  get ready(): boolean {
    return this.device.ready;
  }

  /** True when it can also be asked to restart. */
  get canRestart(): boolean {
    const { major, minor } = this.device.version;
    return this.ready && (major > 3 || (major === 3 && minor >= 1));
  }

  /** False when the guest's component is not there, or a request is out already. */
  request({ force, restart = false, message = '' }: ShutdownRequest): boolean {
    if (this.pending || (restart && !this.canRestart)) return false;
    const flags = (force ? ShutdownFlag.Force : 0) | (restart ? ShutdownFlag.Restart : 0);
    this.pending = this.device.request(
      SHUTDOWN.encode({ reason: REASON, timeoutSeconds: 0, flags, message: kvpText(message) }),
    );
    return this.pending;
  }

  private answered(status: number): void {
    if (!this.pending) return;
    this.pending = false;
    if (status === IcStatus.Ok) this.options.listener.accepted();
    else this.options.listener.refused(status);
  }

  reset(): void {
    this.pending = false;
    this.device.reset();
  }

  save(): ShutdownState {
    return { channel: this.device.save(), pending: this.pending };
  }

  restore(saved: ShutdownState): void {
    this.device.restore(saved.channel);
    this.pending = saved.pending;
  }

  inspect(): InspectNode {
    return { pending: this.pending, channel: this.device.inspect() };
  }
}
