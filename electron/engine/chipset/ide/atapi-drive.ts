import type { BlockStore } from '../../base/block-store';
import { ATAPI_CD, freshCd, runCdCommand, type CdState } from '../../base/scsi/cd-commands';
import { SenseOf } from '../../base/scsi/sense';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { TraceKind } from '../../trace/kinds';
import { Failure, Reason, Status } from './ata';
import { Drive, freshCore, noTransfer, type DriveCore, type DriveOptions } from './drive';
import { identifyCd } from './identify';

/** Most bytes that one packet may move: a guest cannot make the drive hold more than this. */
const MAX_DATA = 8 * 1024 * 1024;
const PACKET = 12;

export interface AtapiState {
  core: DriveCore;
  cd: CdState;
  phase: 'idle' | 'packet' | 'data' | 'identify';
  /** All data of the packet and how much the host has taken. */
  data: Uint8Array;
  taken: number;
  /** Most bytes the host takes between two interrupts. */
  limit: number;
  dma: boolean;
  hasDisc: boolean;
}

/** The CD drive on an ATA channel: PACKET protocol (ATA/ATAPI-6, 9.8) over the MMC commands. */
export class AtapiDrive extends Drive implements Unit<AtapiState> {
  core: DriveCore = freshCore();
  private cd = freshCd();
  private work: Omit<AtapiState, 'core' | 'cd' | 'hasDisc'> = {
    phase: 'idle',
    data: new Uint8Array(0),
    taken: 0,
    limit: 0,
    dma: false,
  };

  /** @param onEject told when the guest takes the disc out */
  constructor(
    options: DriveOptions,
    private store: BlockStore | null,
    private readonly onEject: () => void = () => undefined,
  ) {
    super(options);
  }

  /** Puts a disc in, or takes it out (null). The guest hears of it by unit attention and by event status. */
  setDisc(store: BlockStore | null): void {
    if (store === null && this.store === null) return; // an empty drive stays as it is: nothing happened
    this.store = store;
    this.cd.attention = store ? SenseOf.mediumMayHaveChanged : null;
    this.cd.event = store ? 2 : 3;
    this.cd.locked = false;
  }

  signature(): void {
    const { task } = this.core;
    [task.count, task.low, task.mid, task.high, task.device] = [1, 1, 0x14, 0xeb, 0];
    this.core.status = 0; // a packet device is not ready until it gets a command
    this.work.phase = 'idle';
  }

  command(code: number): void {
    this.core.counters.commands++;
    this.core.transfer = noTransfer();
    this.core.interrupt = false;
    if (code === 0xa0) this.beginPacket();
    else if (code === 0xa1) this.identify();
    else if (code === 0x08) this.resetDrive();
    else if (code === 0xec || (code & 0xf0) === 0x20) this.refuseAsDisk();
    else if (code === 0xef || (code >= 0xe0 && code <= 0xe7)) this.succeed();
    else {
      this.core.counters.unknown++;
      this.abort(Failure.abort);
    }
  }

  /** Commands of disks are refused with the signature in place, by which a host learns what stands here. */
  private refuseAsDisk(): void {
    this.signature();
    this.abort(Failure.abort);
  }

  private identify(): void {
    this.work.phase = 'identify';
    this.offer('in', identifyCd('1.1.0'), true);
  }

  private beginPacket(): void {
    const { task } = this.core;
    const limit = task.mid | (task.high << 8);
    this.work = {
      phase: 'packet',
      data: new Uint8Array(0),
      taken: 0,
      limit: limit === 0 ? 0xfffe : limit & ~1,
      dma: (task.features & 1) !== 0,
    };
    if (this.work.limit === 0) this.work.limit = 2;
    this.offer('out', new Uint8Array(PACKET), false);
    task.count = Reason.command;
  }

  protected blockDone(): void {
    if (this.work.phase === 'packet') this.runPacket(this.core.transfer.block);
    else if (this.work.phase === 'data') this.nextPart();
    else {
      this.core.transfer = noTransfer();
      this.core.status = Status.ready;
      this.work.phase = 'idle';
    }
  }

  private runPacket(cdb: Uint8Array): void {
    const medium = {
      identity: ATAPI_CD,
      store: this.store,
      room: MAX_DATA,
      eject: () => {
        this.setDisc(null);
        this.onEject();
      },
      account: (lba: number, sectors: number) => this.account(TraceKind.DiskRead, lba, sectors, sectors * 2048),
    };
    const result = runCdCommand(cdb, this.cd, medium);
    if ('sense' in result) return this.check(result.sense);
    if (cdb[0] !== 0x03) this.cd.sense = SenseOf.none;
    if (result.data.length === 0) return this.complete();
    this.work.phase = 'data';
    this.work.data = result.data;
    this.work.taken = 0;
    if (this.work.dma) this.awaitDma('in');
    else this.nextPart();
  }

  private nextPart(): void {
    const { data, taken, limit } = this.work;
    if (taken >= data.length) return this.complete();
    const part = data.slice(taken, taken + limit);
    this.work.taken += part.length;
    this.offer('in', part, true);
    [this.core.task.count, this.core.task.mid, this.core.task.high] = [
      Reason.toHost,
      part.length & 0xff,
      part.length >> 8,
    ];
  }

  private complete(): void {
    this.work.phase = 'idle';
    this.work.data = new Uint8Array(0);
    this.succeed();
    this.core.task.count = Reason.command | Reason.toHost;
  }

  /** CHECK CONDITION: the sense key goes into the upper half of the error register. */
  private check(sense: CdState['sense']): void {
    this.cd.sense = sense;
    this.work.phase = 'idle';
    this.abort((sense.key << 4) | (sense.key === 5 ? Failure.abort : 0));
    this.core.task.count = Reason.command | Reason.toHost;
  }

  get dmaWanted(): number {
    return 0;
  }

  dmaRead(): Uint8Array | null {
    if (!this.core.transfer.dma || this.work.phase !== 'data') return null;
    const { data } = this.work;
    this.complete();
    return data;
  }

  dmaWrite(): void {
    // No command of a CD-ROM drive takes data by DMA.
  }

  reset(): void {
    this.core = freshCore();
    this.cd = freshCd();
    this.signature();
  }

  save(): AtapiState {
    return clonePlain({ core: this.core, cd: this.cd, ...this.work, hasDisc: this.store !== null });
  }

  /** The disc is wiring: the owner puts the same one in before. Another one (or none) is a media change. */
  restore(saved: AtapiState): void {
    const { core, cd, hasDisc, ...work } = clonePlain(saved);
    [this.core, this.cd, this.work] = [core, cd, work];
    if (hasDisc !== (this.store !== null)) this.setDisc(this.store);
  }

  inspect(): InspectNode {
    const { sense, attention, locked } = this.cd;
    return {
      kind: 'cd',
      disc: this.store?.sectorCount ?? null,
      ...this.inspectCore(),
      phase: this.work.phase,
      sense: { ...sense },
      attention: attention !== null,
      locked,
    };
  }
}
