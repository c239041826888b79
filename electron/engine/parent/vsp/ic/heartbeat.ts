import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import { IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import { ApplicationState, HEARTBEAT } from '../../../vmbus/protocol/ic-bodies';
import { IcChannel, type IcChannelState } from './ic-channel';
import { NEWEST_IC_PROFILE } from './versions';

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

/** Saved state. The next beat is the clock's. */
export interface HeartbeatState {
  channel: IcChannelState;
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
export class HeartbeatVsp implements Unit<HeartbeatState> {
  /** To be added to the machine's VMBus server. */
  readonly device: IcChannel;
  private state = { sequence: 0n, unanswered: 0, answered: 0, applications: 0 };
  private readonly alarm: Alarm;

  constructor(private readonly options: HeartbeatOptions) {
    this.alarm = options.clock.alarm('ic/heartbeat', () => this.beat(), { background: true });
    this.device = new IcChannel({
      type: IcType.Heartbeat,
      offer: {
        name: 'heartbeat',
        interfaceType: DeviceClass.Heartbeat,
        instance: DeviceInstance.Heartbeat,
        pipe: true,
      },
      versions: options.versions ?? NEWEST_IC_PROFILE.heartbeat,
      ready: () => this.beat(),
      answered: (_status, body) => this.answered(body),
      closed: () => this.closed(),
    });
  }

  get status(): HeartbeatStatus {
    const { answered, unanswered, applications } = this.state;
    const contact = answered === 0 ? 'noContact' : unanswered >= LOST_AFTER ? 'lostCommunication' : 'ok';
    return { contact, applications };
  }

  private beat(): void {
    const before = this.status.contact;
    this.state.unanswered++;
    this.device.request(HEARTBEAT.encode({ sequence: this.state.sequence, applicationState: 0 }));
    this.alarm.set(this.options.clock.now() + PERIOD);
    if (this.status.contact !== before) this.options.changed?.();
  }

  /** From message version 3 on the guest says how its applications are. */
  private answered(body: Uint8Array): void {
    const beat = HEARTBEAT.decode(body);
    if (!beat || beat.sequence !== this.state.sequence + 1n) return;
    const applications = this.device.version.major >= 3 ? beat.applicationState : ApplicationState.Unknown;
    const isNews = this.status.contact !== 'ok' || applications !== this.state.applications;
    this.state = { sequence: beat.sequence, unanswered: 0, answered: this.state.answered + 1, applications };
    if (isNews) this.options.changed?.();
  }

  private closed(): void {
    this.alarm.cancel();
    this.state = { sequence: 0n, unanswered: 0, answered: 0, applications: 0 };
    this.options.changed?.();
  }

  reset(): void {
    this.alarm.cancel();
    this.device.reset();
    this.state = { sequence: 0n, unanswered: 0, answered: 0, applications: 0 };
  }

  save(): HeartbeatState {
    return { channel: this.device.save(), ...clonePlain(this.state) };
  }

  restore(saved: HeartbeatState): void {
    const { channel, ...own } = saved;
    this.device.restore(channel);
    this.state = clonePlain(own);
  }

  inspect(): InspectNode {
    return {
      ...this.status,
      answered: this.state.answered,
      unanswered: this.state.unanswered,
      channel: this.device.inspect(),
    };
  }
}
