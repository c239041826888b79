import { IcStatus, type IcVersions } from '../../../vmbus/protocol/ic';
import { kvpText, SHUTDOWN, ShutdownFlag } from '../../../vmbus/protocol/ic-bodies';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';

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
  /** A request is out. */
  pending: boolean;
}

/** The shutdown component: the only way in which the host's "Shut Down" reaches a guest. */
export class ShutdownVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<ShutdownState>>;
  private readonly ic: IcChannel<ShutdownState>;

  constructor(private readonly options: { readonly listener: ShutdownListener; readonly versions?: IcVersions }) {
    this.ic = new IcChannel({
      component: 'shutdown',
      versions: options.versions,
      fresh: () => ({ pending: false }),
      answered: (status) => this.answered(status),
      closed: () => {
        this.state.pending = false;
      },
      describe: ({ pending }) => ({ pending }),
    });
    this.device = this.ic.device;
  }

  private get state(): ShutdownState {
    return this.ic.own;
  }

  /** True when the guest can be asked to shut down. */
  get ready(): boolean {
    return this.ic.ready;
  }

  /** True when it can also be asked to restart. */
  get canRestart(): boolean {
    const { major, minor } = this.ic.version;
    return this.ready && (major > 3 || (major === 3 && minor >= 1));
  }

  /** False when the guest's component is not there, or a request is out already. */
  request({ force, restart = false, message = '' }: ShutdownRequest): boolean {
    if (this.state.pending || (restart && !this.canRestart)) return false;
    const flags = (force ? ShutdownFlag.Force : 0) | (restart ? ShutdownFlag.Restart : 0);
    this.state.pending = this.ic.request(
      SHUTDOWN.encode({ reason: REASON, timeoutSeconds: 0, flags, message: kvpText(message) }),
    );
    return this.state.pending;
  }

  private answered(status: number): void {
    if (!this.state.pending) return;
    this.state.pending = false;
    if (status === IcStatus.Ok) this.options.listener.accepted();
    else this.options.listener.refused(status);
  }
}
