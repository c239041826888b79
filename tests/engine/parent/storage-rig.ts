import { MemoryBlockStore } from '@engine/base/memory-block-store';
import type { BlockStore } from '@engine/base/block-store';
import { DvdUnit } from '@engine/parent/vsp/storvsp/dvd-unit';
import { diskUnit, scsiController } from '@engine/parent/vsp/storvsp/offers';
import type { Storvsp } from '@engine/parent/vsp/storvsp/storvsp';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { COMPLETION_REQUESTED, PacketType, type Packet } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import { BusRig, HandDriver, TestKernel, type BusRigOptions } from '../vmbus/rig';
import { MS } from './rig';
import { rangeOf } from './scsi-requests';

const { VstorOp, VSTOR_BODY } = vstor;

export const DRIVE = '5f0a2c11-9d3e-4b52-8a77-0123456789ab';
export const DISK_SECTORS = 4096;

/** A disk whose bytes can be told apart. */
export function patternedDisk(sectorCount = DISK_SECTORS, readOnly = false): MemoryBlockStore {
  return new MemoryBlockStore({
    sectorCount,
    readOnly,
    content: Uint8Array.from({ length: 65_536 }, (_, i) => (i >> 9) ^ (i & 0xff)),
  });
}

/** A disc of ten sectors, each full of its number and `mark`. */
export function disc(mark = 0): MemoryBlockStore {
  const content = Uint8Array.from({ length: 20_480 }, (_, i) => (i >> 11) + mark);
  return new MemoryBlockStore({ sectorCount: 10, sectorSize: 2048, readOnly: true, content });
}

/** What a request came to. */
export interface Ended {
  readonly status: number;
  readonly srb: number;
  readonly scsi: number;
  readonly transferred: number;
  /** Key, code and qualifier in hexadecimal, `05/24/00`; empty when there is no sense. */
  readonly sense: string;
  readonly data: Uint8Array;
}

export interface Ask {
  readonly path?: number;
  readonly target?: number;
  readonly lun?: number;
  /** Bytes that the command is to bring. */
  readonly read?: number;
  readonly write?: Uint8Array;
  /** Page numbers of the buffer, with an offset into the first; 16 pages that lie apart when absent. */
  readonly pfns?: readonly number[];
  readonly offset?: number;
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');

export interface StorRigOptions extends BusRigOptions {
  readonly vstor?: number;
  readonly device?: (version: number) => Storvsp;
  readonly drive?: BlockStore;
}

/** A machine with one storage controller: a disk at LUN 0 and a DVD drive at LUN 2. */
export class StorRig extends BusRig {
  readonly storvsp: Storvsp;
  readonly dvd = new DvdUnit(disc());
  readonly kernel: TestKernel;
  readonly driver = new HandDriver();
  readonly disk: BlockStore;
  private readonly version: number;
  private readonly pages: number;

  constructor(options: StorRigOptions = {}) {
    super(options);
    this.version = options.vstor ?? vstor.VstorVersion.V6_2;
    this.disk = options.drive ?? patternedDisk();
    this.storvsp = options.device?.(this.version) ?? this.controller();
    this.server.add(this.storvsp);
    this.kernel = new TestKernel(this);
    this.kernel.bind(DeviceClass.Scsi, () => this.driver);
    this.kernel.bind(DeviceClass.Ide, () => this.driver);
    this.kernel.client.connect();
    this.clock.advanceBy(MS);
    this.kernel.client.openChannel(1, { sendPages: 8, receivePages: 8 });
    this.clock.advanceBy(MS);
    this.pages = this.kernel.pages.allocate(64);
  }

  private controller(): Storvsp {
    const controller = scsiController('storvsp-0', '11112222-aaaa-bbbb-cccc-333344445555', this.version);
    controller.plug(0, diskUnit(this.disk, DRIVE, this.version));
    controller.plug(2, this.dvd);
    return controller;
  }

  take(): Packet[] {
    return this.driver.take();
  }

  /** Sends a packet and lets time go on; what came back. */
  send(payload: Uint8Array, ranges?: Uint8Array, idLow = 77): Packet[] {
    const type = ranges ? PacketType.GpaDirect : PacketType.InBand;
    this.kernel.client.channel(1)?.send({ type, payload, ranges, flags: COMPLETION_REQUESTED, idLow, idHigh: 0x1234 });
    this.clock.advanceBy(MS);
    return this.take();
  }

  /** One operation of the beginning; the completion. */
  operation(
    operation: number,
    body: Uint8Array = new Uint8Array(0),
    size: number = vstor.VSTOR_PACKET.size,
  ): Uint8Array {
    return this.send(vstor.vstorPacket(operation, size, body))[0]?.payload ?? new Uint8Array(0);
  }

  statusOf(completion: Uint8Array): number {
    return vstor.VSTOR_PACKET.decode(completion)?.status ?? -1;
  }

  query(version: number): number {
    const body = vstor.VSTOR_PROTOCOL_VERSION.encode({ majorMinor: version, revision: 0 });
    return this.statusOf(this.operation(VstorOp.QueryProtocolVersion, body));
  }

  /** Everything that a driver does before its first request. */
  begin(version = this.version): this {
    this.operation(VstorOp.BeginInitialization);
    this.query(version);
    this.operation(VstorOp.QueryProperties);
    this.operation(VstorOp.EndInitialization);
    return this;
  }

  /** Page numbers that do not follow each other. */
  private scattered(bytes: number): number[] {
    return Array.from({ length: Math.ceil(bytes / 4096) + 1 }, (_, i) => this.pages / 4096 + ((i * 7) % 61));
  }

  /** The packet of a command: one range, as drivers since 2012 write it. */
  packet(cdb: readonly number[], { path = 0, target = 0, lun = 0, read = 0, write }: Ask): Uint8Array {
    const dataIn = write ? vstor.DataIn.Write : read > 0 ? vstor.DataIn.Read : vstor.DataIn.None;
    const request = vstor.VMSCSI_REQUEST.encode({
      length: 52,
      srbStatus: 0,
      scsiStatus: 0,
      port: 0,
      path,
      target,
      lun,
      cdbLength: cdb.length,
      senseLength: 20,
      dataIn,
      transferLength: write?.length ?? read,
      cdb: Uint8Array.from(cdb),
      queueTag: 0xff,
      queueAction: 0x20,
      srbFlags: 0,
      timeOut: 60,
      queueSortKey: 0,
    });
    return vstor.vstorPacket(VstorOp.ExecuteSrb, vstor.vstorPacketSize(this.version), request);
  }

  ask(cdb: readonly number[], ask: Ask = {}): Ended {
    const bytes = ask.write?.length ?? ask.read ?? 0;
    const { offset = 0, pfns = this.scattered(bytes) } = ask;
    const used = pfns.slice(0, Math.ceil((offset + bytes) / 4096));
    if (ask.write)
      this.spread(
        used,
        offset,
        (gpa, at, length) => this.memory.write(gpa, ask.write?.subarray(at, at + length) ?? new Uint8Array(0)),
        bytes,
      );
    const [answer] = this.send(this.packet(cdb, ask), bytes > 0 ? rangeOf(used, bytes, offset) : undefined);
    return this.ended(answer, used, offset, ask.read ?? 0);
  }

  private ended(answer: Packet | undefined, pfns: readonly number[], offset: number, bytes: number): Ended {
    const payload = answer?.payload ?? new Uint8Array(64);
    const request = vstor.VMSCSI_REQUEST_OLD.decode(payload, VSTOR_BODY);
    const at = VSTOR_BODY + vstor.SENSE_AT;
    const hasSense = ((request?.srbStatus ?? 0) & vstor.SrbStatus.AutosenseValid) !== 0;
    const data = new Uint8Array(bytes);
    this.spread(pfns, offset, (gpa, to, length) => data.set(this.memory.read(gpa, length), to), bytes);
    return {
      status: this.statusOf(payload),
      srb: request?.srbStatus ?? -1,
      scsi: request?.scsiStatus ?? -1,
      transferred: request?.transferLength ?? -1,
      sense: hasSense ? [2, 12, 13].map((i) => hex(payload[at + i] ?? 0)).join('/') : '',
      data,
    };
  }

  private spread(
    pfns: readonly number[],
    offset: number,
    each: (gpa: number, at: number, length: number) => void,
    bytes: number,
  ): void {
    let at = 0;
    pfns.forEach((pfn, i) => {
      const skip = i === 0 ? offset : 0;
      const length = Math.min(4096 - skip, bytes - at);
      if (length > 0) each(pfn * 4096 + skip, at, length);
      at += length;
    });
  }

  /** The guest's processor takes no interrupt from now on. */
  stopListening(): void {
    this.vp().onInterrupt(() => undefined);
  }

  /** It takes those that wait, and later ones, for a time. */
  listenFor(time: number): void {
    for (let left = time; left > 0; left -= MS / 4) {
      this.clock.advanceBy(MS / 4);
      while (this.vp().takeInterrupt() !== null) this.kernel.client.interrupt();
    }
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.storvsp.save().counters };
  }
}
