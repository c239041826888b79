import { IcStatus, type IcVersions } from '../../../vmbus/protocol/ic';
import { VSS, VSS_HOT_BACKUP, VssOperation } from '../../../vmbus/protocol/ic-bodies';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';

/** Where a backup stands: `frozen` is the moment in which the guest's disks may be copied. */
export type BackupPhase = 'idle' | 'asking' | 'freezing' | 'frozen' | 'thawing';

export interface BackupState {
  phase: BackupPhase;
  done: number;
  refused: number;
}

export interface BackupOptions {
  readonly versions?: IcVersions;
  /** The guest's disks hold still: what is copied now is whole. `thaw` has to follow. */
  readonly frozen?: () => void;
  /** The guest could not, or its component has gone. */
  readonly failed?: () => void;
}

/**
 * The backup component (volume shadow copy): asks the guest whether it can be backed up while it runs, has it write everything
 * out and hold its disks still, and lets it go on. The other side is linux drivers/hv/hv_snapshot.c.
 */
export class BackupVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<BackupState>>;
  private readonly ic: IcChannel<BackupState>;

  constructor(private readonly options: BackupOptions = {}) {
    this.ic = new IcChannel({
      component: 'backup',
      versions: options.versions,
      fresh: () => ({ phase: 'idle', done: 0, refused: 0 }),
      ready: () => this.ask(VssOperation.GetDmInfo),
      answered: (status, body) => this.answered(status, body),
      closed: () => this.end(false),
      describe: ({ phase, done, refused }) => ({ backup: phase, done, refused }),
    });
    this.device = this.ic.device;
  }

  private get state(): BackupState {
    return this.ic.own;
  }

  get phase(): BackupPhase {
    return this.state.phase;
  }

  /** Begins. False when there is nobody to ask, or a backup is under way. */
  freeze(): boolean {
    if (this.state.phase !== 'idle' || !this.ask(VssOperation.HotBackup)) return false;
    this.state.phase = 'asking';
    return true;
  }

  /** The copy is made: the guest may write again. */
  thaw(): boolean {
    if (this.state.phase !== 'frozen' || !this.ask(VssOperation.Thaw)) return false;
    this.state.phase = 'thawing';
    return true;
  }

  private ask(operation: number): boolean {
    return this.ic.request(VSS.encode({ operation, flags: 0 }));
  }

  /** The answer carries the operation that was asked for: another one belongs to a question that nobody waits for any more. */
  private answered(status: number, body: Uint8Array): void {
    const answer = VSS.decode(body);
    const { phase } = this.state;
    if (!answer) return;
    const isYes = status === IcStatus.Ok;
    if (phase === 'asking' && answer.operation === VssOperation.HotBackup)
      this.canBackUp(isYes && answer.flags === VSS_HOT_BACKUP);
    else if (phase === 'freezing' && answer.operation === VssOperation.Freeze) this.stopped(isYes);
    else if (phase === 'thawing' && answer.operation === VssOperation.Thaw) this.end(isYes);
  }

  private canBackUp(isYes: boolean): void {
    if (!isYes || !this.ask(VssOperation.Freeze)) return this.end(false);
    this.state.phase = 'freezing';
  }

  private stopped(isYes: boolean): void {
    if (!isYes) return this.end(false);
    this.state.phase = 'frozen';
    this.options.frozen?.();
  }

  private end(isDone: boolean): void {
    if (this.state.phase === 'idle') return;
    this.state.phase = 'idle';
    if (isDone) this.state.done++;
    else this.state.refused++;
    if (!isDone) this.options.failed?.();
  }
}
