import type { InspectNode } from '../../../base/unit';
import type { PageRange } from '../../../memory/page-ranges';
import {
  DM_BALLOON_REQUEST,
  DM_BALLOON_RESPONSE,
  DM_CAPABILITIES,
  DM_CAPABILITIES_RESPONSE,
  DM_HEADER,
  DM_HOT_ADD_REQUEST,
  DM_HOT_ADD_RESPONSE,
  DM_MAXIMUM_PAGES,
  DM_STATUS,
  DM_UNBALLOON_REQUEST,
  DM_VERSION_REQUEST,
  DM_VERSION_RESPONSE,
  DmAccept,
  DmCapability,
  DmType,
  dmVersionText,
  inMessages,
  pagesOf,
  rangesBehind,
  withRanges,
} from '../../../vmbus/protocol/dynamic-memory';
import type { Packet } from '../../../vmbus/protocol/packet';
import { MessageDriver, type ChannelOptions } from '../message-driver';
import type { BalloonDriverState, BalloonPhase } from './state';

/** Memory of the operating system as its balloon driver sees it, in pages. */
export interface BalloonMemory {
  readonly available: number;
  /** Promised to programs and the kernel; the balloon not counted. */
  readonly committed: number;
  readonly ballooned: number;
  /** Takes up to `count` pages away from the system: fewer when it would have too little. */
  inflate(count: number): PageRange[];
  deflate(range: PageRange): void;
  /** Pages of the range that the system begins to use. */
  add(range: PageRange): number;
}

export interface BalloonDriverOptions extends ChannelOptions<BalloonPhase> {
  readonly memory: BalloonMemory;
  /** Newest first. */
  readonly versions: readonly number[];
  /** Alignment of memory that can be added while the system runs, as a power of two of megabytes; null: it cannot. */
  readonly hotAddAlign: number | null;
  readonly state: BalloonDriverState;
  /** The host has moved memory. */
  readonly moved?: () => void;
}

/** Linux: 16 KB of ring in each direction, and the control page. drivers/hv/hv_balloon.c, dm_ring_size. */
const RING_PAGES = 5;
const PAGES_PER_MB = 256;

/** The guest's end of dynamic memory: asks for a version, says what it can, reports its pressure, and moves pages when it is told to. */
export class BalloonDriver {
  /** To start it and to stop it. */
  readonly channel: MessageDriver<BalloonPhase>;

  constructor(private readonly options: BalloonDriverOptions) {
    this.channel = new MessageDriver(options, {
      ringPages: RING_PAGES,
      opened: () => this.opened(),
      received: (packet) => this.received(packet),
    });
  }

  private get state(): BalloonDriverState {
    return this.options.state;
  }

  private opened(): void {
    this.channel.enter('negotiating');
    this.state.attempt = 0;
    this.askVersion();
  }

  private askVersion(): void {
    const { versions } = this.options;
    const version = versions[this.state.attempt] ?? 0;
    const isLastAttempt = this.state.attempt + 1 >= versions.length ? 1 : 0;
    this.send(
      DM_VERSION_REQUEST.encode({
        ...this.header(DmType.VersionRequest, DM_VERSION_REQUEST.size),
        version,
        isLastAttempt,
      }),
    );
  }

  private header(type: number, size: number): { type: number; size: number; transaction: number } {
    this.state.transaction = (this.state.transaction + 1) >>> 0;
    return { type, size, transaction: this.state.transaction };
  }

  private received({ payload }: Packet): boolean {
    const header = DM_HEADER.decode(payload);
    return header !== null && this.handle(header.type, payload);
  }

  private handle(type: number, bytes: Uint8Array): boolean {
    const { phase } = this.state;
    if (type === DmType.VersionResponse) return phase === 'negotiating' && this.versionAnswered(bytes);
    if (type === DmType.CapabilitiesResponse) return phase === 'capabilities' && this.capabilitiesAnswered(bytes);
    if (type === DmType.InfoMessage) return this.information(bytes);
    if (phase !== 'ready') return false;
    if (type === DmType.BalloonRequest) return this.inflate(bytes);
    if (type === DmType.UnballoonRequest) return this.deflate(bytes);
    return type === DmType.HotAddRequest && this.add(bytes);
  }

  private versionAnswered(bytes: Uint8Array): boolean {
    const answer = DM_VERSION_RESPONSE.decode(bytes);
    if (!answer) return false;
    if ((answer.isAccepted & 1n) !== 0n) this.tellCapabilities();
    else if (++this.state.attempt < this.options.versions.length) this.askVersion();
    else this.channel.enter('failed');
    return true;
  }

  private tellCapabilities(): void {
    const { hotAddAlign } = this.options;
    const hotAdd =
      hotAddAlign === null ? 0n : DmCapability.HotAdd | (BigInt(hotAddAlign) << DmCapability.alignmentShift);
    const capabilities = DmCapability.Balloon | hotAdd;
    this.channel.enter('capabilities');
    const header = this.header(DmType.CapabilitiesReport, DM_CAPABILITIES.size);
    this.send(DM_CAPABILITIES.encode({ ...header, capabilities, minPages: 0n, maxPageNumber: 0xffff_ffff_ffff_ffffn }));
  }

  private capabilitiesAnswered(bytes: Uint8Array): boolean {
    const { answer } = DM_CAPABILITIES_RESPONSE.decode(bytes) ?? { answer: 0n };
    this.state.isSilent = (answer & DmAccept.SuppressReports) !== 0n;
    this.channel.enter((answer & DmAccept.Accepted) !== 0n ? 'ready' : 'failed');
    return true;
  }

  private information(bytes: Uint8Array): boolean {
    const info = DM_MAXIMUM_PAGES.decode(bytes);
    if (!info || info.infoType !== 0) return false;
    this.state.maximumMB = Number(info.pages) / PAGES_PER_MB;
    return true;
  }

  /** True while the host wants to hear of the system's memory once a second. */
  get reports(): boolean {
    return this.state.phase === 'ready' && !this.state.isSilent;
  }

  /** The pages in the balloon count as committed: the host knows how many it has. */
  report(): void {
    if (!this.reports || this.state.waiting.length > 0) return;
    const { available, committed, ballooned } = this.options.memory;
    this.state.reports++;
    const unknown = { pageFileSize: 0n, zeroFree: 0n, pageFileWrites: 0, ioDifference: 0 };
    const header = this.header(DmType.StatusReport, DM_STATUS.size);
    this.send(
      DM_STATUS.encode({
        ...header,
        available: BigInt(available),
        committed: BigInt(committed + ballooned),
        ...unknown,
      }),
    );
  }

  private inflate(bytes: Uint8Array): boolean {
    const request = DM_BALLOON_REQUEST.decode(bytes);
    if (!request) return false;
    const groups = inMessages(this.options.memory.inflate(request.pages));
    if (groups.length === 0) groups.push([]);
    groups.forEach((ranges, i) => {
      const more = i + 1 < groups.length ? 1 : 0;
      const header = this.header(DmType.BalloonResponse, 0);
      this.send(
        withRanges(
          DM_BALLOON_RESPONSE.encode({ ...header, moreAndCount: ((ranges.length << 1) | more) >>> 0 }),
          ranges,
        ),
      );
    });
    this.options.moved?.();
    return true;
  }

  private deflate(bytes: Uint8Array): boolean {
    const request = DM_UNBALLOON_REQUEST.decode(bytes);
    const ranges = request && rangesBehind(bytes, DM_UNBALLOON_REQUEST.size, request.count);
    if (!ranges) return false;
    for (const range of ranges) this.options.memory.deflate(range);
    if ((request.more & 1) === 0) this.send(DM_HEADER.encode(this.header(DmType.UnballoonResponse, DM_HEADER.size)));
    this.options.moved?.();
    return true;
  }

  private add(bytes: Uint8Array): boolean {
    const request = DM_HOT_ADD_REQUEST.decode(bytes);
    if (!request) return false;
    const pages = this.options.hotAddAlign === null ? 0 : this.options.memory.add(pagesOf(request.range));
    const header = this.header(DmType.HotAddResponse, DM_HOT_ADD_RESPONSE.size);
    this.send(DM_HOT_ADD_RESPONSE.encode({ ...header, pages, result: 1 }));
    this.options.moved?.();
    return true;
  }

  private send(message: Uint8Array): void {
    this.channel.send({ idLow: this.state.transaction, payload: message });
  }

  /** Version that the host accepted, as text. */
  get version(): string {
    return dmVersionText(this.options.versions[this.state.attempt] ?? 0);
  }

  inspect(): InspectNode {
    const { phase, reports, malformed, maximumMB } = this.state;
    return { phase, version: this.version, reports, malformed, maximumMB };
  }
}
