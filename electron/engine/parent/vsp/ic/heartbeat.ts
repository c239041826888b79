import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import type { IcVersions } from '../../../vmbus/protocol/ic';
import { ApplicationState, HEARTBEAT } from '../../../vmbus/protocol/ic-bodies';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';

const PERIOD = 2 * SECOND;
/** Beats without an answer after which the guest counts as lost [estimate]. */
const LOST_AFTER = 5;

/** What the host knows of a guest. `noContact`: its component has never answered (or has gone). */
export type Contact = 'noContact' | 'ok' | 'lostCommunication';

export interface HeartbeatStatus {
  readonly contact: Contact;
  /** One of `ApplicationState`; meaningful while contact is ok. */
  readonly applications: number;
}

/** What the host remembers of the beats. The next one is the clock's. */
export interface HeartbeatState {
  sequence: bigint;
  unanswered: number;
  answered: number;
  applications: number;
}

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly versions?: IcVersions;
  /** Called when the status may have changed. */
  readonly changed?: () => void;
}

/** The heartbeat component: asks every two seconds whether the guest is alive. */
export class HeartbeatVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<HeartbeatState>>;
  private readonly ic: IcChannel<HeartbeatState>;
  private readonly alarm: Alarm;

  constructor(private readonly options: HeartbeatOptions) {
    this.alarm = options.clock.alarm('ic/heartbeat', () => this.beat(), { background: true, reach: 'partition' });
    this.ic = new IcChannel({
      component: 'heartbeat',
      versions: options.versions,
      fresh,
      ready: () => this.beat(),
      answered: (_status, body) => this.answered(body),
      closed: () => this.closed(),
      reset: () => this.alarm.cancel(),
      describe: ({ answered, unanswered }) => ({ ...this.status, answered, unanswered }),
    });
    this.device = this.ic.device;
  }

  private get state(): HeartbeatState {
    return this.ic.own;
  }

  get status(): HeartbeatStatus {
    const { answered, unanswered, applications } = this.state;
    const contact = answered === 0 ? 'noContact' : unanswered >= LOST_AFTER ? 'lostCommunication' : 'ok';
    return { contact, applications };
  }

  private beat(): void {
    const before = this.status.contact;
    this.state.unanswered++;
    this.ic.request(HEARTBEAT.encode({ sequence: this.state.sequence, applicationState: 0 }));
    this.alarm.set(this.options.clock.now() + PERIOD);
    if (this.status.contact !== before) this.options.changed?.();
  }

  /** From message version 3 on the guest says how its applications are. */
  private answered(body: Uint8Array): void {
    const beat = HEARTBEAT.decode(body);
    if (!beat || beat.sequence !== this.state.sequence + 1n) return;
    const applications = this.ic.version.major >= 3 ? beat.applicationState : ApplicationState.Unknown;
    const isNews = this.status.contact !== 'ok' || applications !== this.state.applications;
    const answered = this.state.answered + 1;
    Object.assign(this.state, { sequence: beat.sequence, unanswered: 0, answered, applications });
    if (isNews) this.options.changed?.();
  }

  private closed(): void {
    this.alarm.cancel();
    Object.assign(this.state, fresh());
    this.options.changed?.();
  }
}

function fresh(): HeartbeatState {
  return { sequence: 0n, unanswered: 0, answered: 0, applications: 0 };
}
