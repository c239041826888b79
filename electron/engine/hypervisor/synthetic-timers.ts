import { writeU32, writeU64 } from '../base/bytes';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { Alarm, Clock } from '../clock/clock';
import { STIMER_COUNT } from './msr';
import type { SynicMessage } from './synic';

const ENABLE = 1n;
const PERIODIC = 2n;
const AUTO_ENABLE = 8n;
const DIRECT = 0x1000n;
/** Type of the message of a timer that has expired: timer u32@0, time of expiry u64@8, time of delivery u64@16. */
export const TIMER_EXPIRED = 0x8000_0010;
export const DELIVERY_TIME = 16;
const HUNDRED_NANOSECONDS = 100;

/** Shortest period in 100 ns units: a shorter one is stretched, so that a guest cannot drown the host in timer work. */
const MINIMUM_PERIOD = 1_000;

/** Ports from here on are the hypervisor's own: each timer has one message buffer. */
export const TIMER_PORT = 0xff_0000;

/** Saved state: the registers of each timer. Due times are the clock's. */
export interface SyntheticTimersState {
  config: bigint[];
  count: bigint[];
}

/** What the timers need of their VP. */
export interface TimerHost {
  /** Clock and prefix of alarm names, unique in the partition. */
  readonly clock: Clock;
  readonly name: string;
  /** True when the guest may use direct mode. */
  readonly direct: boolean;
  /** Queues a message for a SINT, unless the port's one buffer is still waiting. */
  post(sint: number, message: SynicMessage): void;
  request(vector: number): void;
}

/**
 * The four synthetic timers of one VP: periodic or one-shot, by message or by interrupt. TLFS, "Synthetic Timers".
 * A lazy timer is treated like any other: it may be late, and is not.
 */
export class SyntheticTimers implements Unit<SyntheticTimersState> {
  private state = fresh();
  private readonly alarms: readonly Alarm[];

  constructor(private readonly host: TimerHost) {
    this.alarms = Array.from({ length: STIMER_COUNT }, (_, timer) =>
      host.clock.alarm(`${host.name}/stimer-${timer}`, () => this.expire(timer)),
    );
  }

  config(timer: number): bigint {
    return this.state.config[timer] ?? 0n;
  }

  count(timer: number): bigint {
    return this.state.count[timer] ?? 0n;
  }

  /** A timer that would send messages to source 0 cannot be enabled. */
  setConfig(timer: number, value: bigint): void {
    const usesMessage = !this.host.direct || (value & DIRECT) === 0n;
    const isValid = !usesMessage || sintOf(value) !== 0;
    this.state.config[timer] = isValid ? value : value & ~ENABLE;
    this.arm(timer);
  }

  /** Period, or time of expiry; zero stops the timer. With auto-enable, any other value enables it. */
  setCount(timer: number, value: bigint): void {
    this.state.count[timer] = value;
    const config = this.config(timer);
    if (value === 0n) this.setConfig(timer, config & ~ENABLE);
    else if ((config & AUTO_ENABLE) !== 0n) this.setConfig(timer, config | ENABLE);
    else this.arm(timer);
  }

  private arm(timer: number): void {
    const config = this.config(timer);
    const count = this.count(timer);
    if ((config & ENABLE) === 0n || count === 0n) return this.alarms[timer]?.cancel();
    const due = HUNDRED_NANOSECONDS * Number(count);
    const period = Math.max(due, HUNDRED_NANOSECONDS * MINIMUM_PERIOD);
    this.armAt(timer, (config & PERIODIC) !== 0n ? this.host.clock.now() + period : due);
  }

  private armAt(timer: number, due: number): void {
    if (Number.isSafeInteger(due)) this.alarms[timer]?.set(due);
    else this.alarms[timer]?.cancel(); // later than time itself
  }

  private expire(timer: number): void {
    const config = this.config(timer);
    if ((config & PERIODIC) !== 0n) this.arm(timer);
    else this.state.config[timer] = config & ~ENABLE;
    if (this.host.direct && (config & DIRECT) !== 0n) this.host.request(Number((config >> 4n) & 0xffn));
    else
      this.host.post(sintOf(config), { port: TIMER_PORT + timer, type: TIMER_EXPIRED, payload: this.payload(timer) });
  }

  private payload(timer: number): Uint8Array {
    const now = BigInt(Math.floor(this.host.clock.now() / HUNDRED_NANOSECONDS));
    const bytes = new Uint8Array(24);
    writeU32(bytes, 0, timer);
    writeU64(bytes, 8, now);
    return bytes; // the time of delivery is known when the message reaches its slot
  }

  reset(): void {
    for (const alarm of this.alarms) alarm.cancel();
    this.state = fresh();
  }

  save(): SyntheticTimersState {
    return clonePlain(this.state);
  }

  /** Registers only: what is armed comes back with the clock. */
  restore(saved: SyntheticTimersState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return this.alarms.map((alarm, timer) => ({ config: this.config(timer).toString(16), due: alarm.due }));
  }
}

function sintOf(config: bigint): number {
  return Number((config >> 16n) & 0xfn);
}

function fresh(): SyntheticTimersState {
  return { config: new Array<bigint>(STIMER_COUNT).fill(0n), count: new Array<bigint>(STIMER_COUNT).fill(0n) };
}
