import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import type { ElasticMemory } from '../../../memory/elastic-memory';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import {
  DM_BALLOON_REQUEST,
  DM_HOT_ADD_REQUEST,
  DM_UNBALLOON_REQUEST,
  dmRange,
  DmType,
  dmVersionText,
  inMessages,
  withRanges,
} from '../../../vmbus/protocol/dynamic-memory';
import type { OfferSpec } from '../../../vmbus/protocol/offer';
import type { MemoryBalancer, MemoryMember } from '../../memory-balancer';
import { inBand, MessageProvider } from '../message-provider';
import { FromGuest } from './from-guest';
import { statusOf, stepMB, wantedMB, type MemoryPolicy, type MemoryStatus } from './policy';
import { newDynamicMemory, type DynamicMemoryState } from './state';

const OFFER: OfferSpec = {
  name: 'dynamic-memory',
  interfaceType: DeviceClass.DynamicMemory,
  instance: DeviceInstance.DynamicMemory,
};
const PAGES_PER_MB = 256;
const PERIOD = SECOND; // guests report once a second
const QUIET = 30 * SECOND; // after a guest could not give what was asked for [estimate]

export interface DynamicMemoryOptions {
  /** The partition's clock. */
  readonly clock: Clock;
  readonly memory: ElasticMemory;
  /** Newest protocol version of the host. */
  readonly maxVersion: number;
  readonly policy: MemoryPolicy;
  /** Divides the host's memory, which the machine has joined with this provider; without it everything asked for is granted. */
  readonly balancer?: Pick<MemoryBalancer, 'shareOf'>;
  /** Called when what the manager shows has changed. */
  readonly changed?: () => void;
}

/**
 * Dynamic Memory: hears once a second how much memory the guest has promised, and moves pages between the guest and the host.
 * What the guest's balloon takes leaves its address space. The other side is linux drivers/hv/hv_balloon.c, or `dmvsc.sys`.
 */
export class DynamicMemoryVsp implements MemoryMember {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<DynamicMemoryState>;
  private policy: MemoryPolicy;
  private readonly alarm: Alarm;
  private readonly fromGuest: FromGuest;

  constructor(private readonly options: DynamicMemoryOptions) {
    this.policy = options.policy;
    this.alarm = options.clock.alarm('dynamic-memory/balance', () => this.balance(), { background: true });
    this.fromGuest = new FromGuest({
      memory: options.memory,
      maxVersion: options.maxVersion,
      state: () => this.state,
      policy: () => this.policy,
      post: (message) => this.post(message),
      ready: () => this.ready(),
      failed: () => (this.state.quietUntil = options.clock.now() + QUIET),
      changed: () => options.changed?.(),
    });
    this.device = new MessageProvider({
      offer: OFFER,
      fresh: newDynamicMemory,
      kept: (state, { counters }) => ({ ...state, counters }),
      closed: () => this.closed(),
      received: (payload) => this.fromGuest.received(payload),
      reset: () => this.reset(),
      describe: (state) => this.describe(state),
    });
  }

  private get state(): DynamicMemoryState {
    return this.device.state;
  }

  /** Takes over settings that changed while the machine runs. */
  setPolicy(policy: MemoryPolicy): void {
    this.policy = { ...policy, dynamic: this.policy.dynamic };
  }

  /** Memory that the machine has now. */
  get assignedMB(): number {
    return this.options.memory.presentPages / PAGES_PER_MB;
  }

  /** What the guest needs by its own account; null while it does not say. Its account includes what its balloon holds. */
  get demandMB(): number | null {
    const { report, phase } = this.state;
    if (!report || phase !== 'ready' || !this.policy.dynamic) return null;
    return Math.max(0, Math.ceil((report.committed - this.options.memory.withdrawnPages) / PAGES_PER_MB));
  }

  get status(): MemoryStatus | null {
    const { demandMB } = this;
    return demandMB === null ? null : statusOf(this.policy, demandMB, this.assignedMB);
  }

  get wantedMB(): number {
    const { demandMB } = this;
    return demandMB === null ? this.assignedMB : wantedMB(this.policy, demandMB);
  }

  get minimumMB(): number {
    return this.demandMB === null ? this.assignedMB : this.policy.minimumMB;
  }

  get weight(): number {
    return this.policy.weight;
  }

  /** A guest without its driver has all of its memory: nobody there could ask for it back. Added memory is in use and stays. */
  private closed(): void {
    this.alarm.cancel();
    this.options.memory.giveBack(this.options.memory.withdrawnPages);
    this.options.changed?.();
  }

  /** A machine whose memory is fixed is never asked for any. */
  private ready(): void {
    if (this.policy.dynamic) this.alarm.set(this.options.clock.now() + PERIOD);
  }

  /** Once a second: compares what the guest has with what it ought to have. */
  private balance(): void {
    const now = this.options.clock.now();
    this.alarm.set(now + PERIOD);
    if (this.demandMB === null || this.state.pending || now < this.state.quietUntil) return;
    const target = this.options.balancer?.shareOf(this) ?? this.wantedMB;
    const step = Math.trunc(stepMB(target, this.assignedMB) * PAGES_PER_MB);
    if (step < 0 && this.state.canBalloon) this.balloon(-step);
    else if (step > 0 && this.options.memory.withdrawnPages > 0) this.unballoon(step);
    else if (step > 0 && this.state.canHotAdd && !this.state.hotAddRefused) this.hotAdd(step);
  }

  private header(type: number, size: number): { type: number; size: number; transaction: number } {
    this.state.transaction = (this.state.transaction + 1) >>> 0;
    return { type, size, transaction: this.state.transaction };
  }

  private balloon(pages: number): void {
    this.state.pending = { kind: 'balloon', left: pages, taken: 0 };
    this.post(DM_BALLOON_REQUEST.encode({ ...this.header(DmType.BalloonRequest, DM_BALLOON_REQUEST.size), pages }));
  }

  /** The pages are there again before the guest hears of it. */
  private unballoon(pages: number): void {
    const groups = inMessages(this.options.memory.giveBack(pages));
    this.state.pending = { kind: 'unballoon' };
    groups.forEach((ranges, i) => {
      const header = this.header(DmType.UnballoonRequest, 0);
      const more = i + 1 < groups.length ? 1 : 0;
      this.post(withRanges(DM_UNBALLOON_REQUEST.encode({ ...header, more, count: ranges.length }), ranges));
    });
  }

  /** Whole pieces of the guest's alignment, as long as the settings' maximum is not passed. */
  private hotAdd(pages: number): void {
    const { hotAddAlign: align } = this.state;
    const room = this.policy.maximumMB * PAGES_PER_MB - this.options.memory.presentPages;
    const count = Math.min(Math.ceil(pages / align), Math.floor(room / align)) * align;
    if (count <= 0) return;
    const range = this.options.memory.extend(count, align);
    this.state.pending = { kind: 'hotAdd', ...range };
    const header = this.header(DmType.HotAddRequest, DM_HOT_ADD_REQUEST.size);
    this.post(DM_HOT_ADD_REQUEST.encode({ ...header, range: dmRange(range) }));
  }

  private post(message: Uint8Array): void {
    this.device.post(inBand(message, this.state.transaction));
  }

  /** The machine begins anew with the memory of power-on. */
  private reset(): void {
    this.alarm.cancel();
    this.options.memory.restoreSize();
  }

  private describe({ version, report, pending, canBalloon, canHotAdd }: DynamicMemoryState) {
    const { assignedMB, demandMB, status, wantedMB: target } = this;
    const guest = { version: dmVersionText(version), canBalloon, canHotAdd, report, pending: pending?.kind ?? null };
    return { assignedMB, demandMB, status, wantedMB: target, ...guest };
  }
}
