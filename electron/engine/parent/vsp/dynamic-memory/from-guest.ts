import type { ElasticMemory } from '../../../memory/elastic-memory';
import type { PageRange } from '../../../memory/page-ranges';
import {
  DM_BALLOON_RESPONSE,
  DM_CAPABILITIES,
  DM_CAPABILITIES_RESPONSE,
  DM_HEADER,
  DM_HOT_ADD_RESPONSE,
  DM_MAXIMUM_PAGES,
  DM_STATUS,
  DM_VERSION_REQUEST,
  DM_VERSION_RESPONSE,
  DmAccept,
  DmCapability,
  DmType,
  DmVersion,
  rangesBehind,
} from '../../../vmbus/protocol/dynamic-memory';
import type { MemoryPolicy } from './policy';
import type { DynamicMemoryState } from './state';

const PAGES_PER_MB = 256;
const MAXIMUM_PAGES = 0; // INFO_TYPE_MAX_PAGE_CNT
/** Page numbers and counts of guests are kept as numbers: what is larger is cut. */
const SANE = 2n ** 40n;

/** What the messages of a guest do: they change the state, move pages, and are answered. */
export interface FromGuestOptions {
  readonly memory: ElasticMemory;
  readonly maxVersion: number;
  readonly state: () => DynamicMemoryState;
  readonly policy: () => MemoryPolicy;
  post(message: Uint8Array): void;
  /** The guest is ready to be asked for memory. */
  ready(): void;
  /** It could not do what was asked. */
  failed(): void;
  changed(): void;
}

/** The guest's half of the conversation. */
export class FromGuest {
  constructor(private readonly options: FromGuestOptions) {}

  /** False for a message that does not hold together, or comes at the wrong time. */
  received(bytes: Uint8Array): boolean {
    const header = DM_HEADER.decode(bytes);
    return header !== null && header.size <= bytes.length && this.handle(header.type, bytes);
  }

  private handle(type: number, bytes: Uint8Array): boolean {
    const { phase } = this.options.state();
    if (type === DmType.VersionRequest) return phase === 'open' && this.version(bytes);
    if (type === DmType.CapabilitiesReport) return phase === 'versioned' && this.capabilities(bytes);
    if (phase !== 'ready') return false;
    if (type === DmType.StatusReport) return this.report(bytes);
    if (type === DmType.BalloonResponse) return this.ballooned(bytes);
    if (type === DmType.UnballoonResponse) return this.unballooned();
    return type === DmType.HotAddResponse && this.hotAdded(bytes);
  }

  private version(bytes: Uint8Array): boolean {
    const request = DM_VERSION_REQUEST.decode(bytes);
    if (!request) return false;
    const state = this.options.state();
    const { version, transaction } = request;
    const isKnown = Object.values(DmVersion).some((known) => known === version);
    const isAccepted = isKnown && version <= this.options.maxVersion;
    if (isAccepted) Object.assign(state, { phase: 'versioned', version });
    else if ((request.isLastAttempt & 1) !== 0) state.phase = 'refused';
    const size = DM_VERSION_RESPONSE.size;
    this.options.post(
      DM_VERSION_RESPONSE.encode({ type: DmType.VersionResponse, size, transaction, isAccepted: isAccepted ? 1n : 0n }),
    );
    return true;
  }

  private capabilities(bytes: Uint8Array): boolean {
    const report = DM_CAPABILITIES.decode(bytes);
    if (!report) return false;
    const { capabilities, transaction } = report;
    const alignMB = 2 ** Number((capabilities >> DmCapability.alignmentShift) & DmCapability.alignmentMask);
    Object.assign(this.options.state(), {
      phase: 'ready',
      canBalloon: (capabilities & DmCapability.Balloon) !== 0n,
      canHotAdd: (capabilities & DmCapability.HotAdd) !== 0n,
      hotAddAlign: alignMB * PAGES_PER_MB,
    });
    const { dynamic, maximumMB } = this.options.policy();
    const answer = DmAccept.Accepted | (dynamic ? 0n : DmAccept.SuppressReports);
    const size = DM_CAPABILITIES_RESPONSE.size;
    this.options.post(
      DM_CAPABILITIES_RESPONSE.encode({ type: DmType.CapabilitiesResponse, size, transaction, answer }),
    );
    if (dynamic) this.tellMaximum(maximumMB);
    this.options.ready();
    return true;
  }

  private tellMaximum(maximumMB: number): void {
    const header = { type: DmType.InfoMessage, size: DM_MAXIMUM_PAGES.size, transaction: 0 };
    const pages = BigInt(maximumMB) * BigInt(PAGES_PER_MB);
    this.options.post(
      DM_MAXIMUM_PAGES.encode({ ...header, infoSize: 16, infoType: MAXIMUM_PAGES, dataSize: 8, pages }),
    );
  }

  private report(bytes: Uint8Array): boolean {
    const status = DM_STATUS.decode(bytes);
    if (!status) return false;
    const state = this.options.state();
    const plain = (pages: bigint): number => Number(pages < SANE ? pages : SANE);
    const report = { available: plain(status.available), committed: plain(status.committed) };
    const isNews = report.committed !== state.report?.committed;
    state.report = report;
    state.counters.reports++;
    if (isNews) this.options.changed();
    return true;
  }

  /** Pages that the guest gives up. Those that are no RAM, gone already, or more than was asked for stay where they are. */
  private ballooned(bytes: Uint8Array): boolean {
    const state = this.options.state();
    const response = DM_BALLOON_RESPONSE.decode(bytes);
    const { pending } = state;
    if (!response || pending?.kind !== 'balloon') return false;
    const ranges = rangesBehind(bytes, DM_BALLOON_RESPONSE.size, response.moreAndCount >>> 1);
    const isLast = (response.moreAndCount & 1) === 0;
    for (const range of ranges ?? []) this.take(range, pending);
    if (isLast) {
      if (pending.left > 0) this.options.failed();
      state.pending = null;
    }
    this.options.changed();
    return ranges !== null;
  }

  private take(range: PageRange, pending: { left: number; taken: number }): void {
    const { counters } = this.options.state();
    if (range.count > pending.left || !this.options.memory.withdraw(range)) {
      counters.malformed++;
      return;
    }
    pending.left -= range.count;
    pending.taken += range.count;
    counters.ballooned += range.count;
  }

  private unballooned(): boolean {
    const state = this.options.state();
    if (state.pending?.kind !== 'unballoon') return false;
    state.pending = null;
    state.counters.unballooned++;
    this.options.changed();
    return true;
  }

  /** The guest takes whole memory blocks from the start; what it leaves is taken away again. A success with nothing taken means "no more". */
  private hotAdded(bytes: Uint8Array): boolean {
    const state = this.options.state();
    const response = DM_HOT_ADD_RESPONSE.decode(bytes);
    const { pending } = state;
    if (!response || pending?.kind !== 'hotAdd') return false;
    const taken = Math.min(response.pages, pending.count);
    if (taken < pending.count) this.options.memory.drop({ start: pending.start + taken, count: pending.count - taken });
    if (taken === 0 && response.result !== 0) state.hotAddRefused = true;
    if (taken === 0) this.options.failed();
    state.counters.hotAdded += taken;
    state.pending = null;
    this.options.changed();
    return true;
  }
}
