import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DvdUnit } from '@engine/parent/vsp/storvsp/dvd-unit';
import { diskUnit, ideAccelerator, scsiController } from '@engine/parent/vsp/storvsp/offers';
import type { Storvsp } from '@engine/parent/vsp/storvsp/storvsp';
import { HOST_VSTOR_VERSION, VstorVersion } from '@engine/vmbus/protocol/vstor';
import type { VmbusServer } from '@engine/vmbus/server/server';
import { DiskService } from '../../electron/storage/disk/disk-service';
import type { OpenDisk } from '../../electron/storage/disk/disk-types';
import { IsoStore } from '../../electron/storage/iso/iso-store';
import { writeIsoFile } from '../../electron/storage/iso/writer';
import { REPORT_MARK } from './guest/initramfs';

const MEGABYTE = 2 ** 20;
const CONTROLLER = '2c7f6a0e-58b1-4a0c-9a77-0d5b1c2e3f40';
/** GUIDs of the drives: the guest's disks get their identity from them. */
const DRIVES = {
  first: '9f1c7e52-3b6d-4a8e-b0f2-6d5c4b3a2918',
  second: '0e8d2b74-91a3-4f56-8c1d-7a6b5c4d3e2f',
  ide: '5c4d3e2f-91a3-4f56-8c1d-7a6b0e8d2b74',
};
export const DISK_BYTES = 64 * MEGABYTE;
const SECOND_BYTES = 16 * MEGABYTE;
/** What lies at the beginning of the disk that is added while the guest runs. */
const ADDED_BYTES = MEGABYTE;
export const DISC_TEXT = { first: 'the disc that was there', second: 'the disc that came later' };

/** Real disks and discs behind a synthetic SCSI controller: files that other programs read. */
export class Disks {
  readonly controller: Storvsp;
  /** MD5 of what the added disk holds. */
  readonly addedDigest: string;
  readonly diskPath: string;
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'partition-lab-disks-'));
  private readonly service = new DiskService();
  private readonly disks: OpenDisk[] = [];
  private readonly discs: IsoStore[] = [];
  private readonly dvd: DvdUnit;
  private readonly version: number;
  /** A disk of an IDE controller that this board does not have: the slave of its second channel. */
  private accelerator: Storvsp | null = null;
  private accelerated: OpenDisk | null = null;

  constructor(
    private readonly vmbus: VmbusServer,
    host: string,
  ) {
    this.version = HOST_VSTOR_VERSION[host] ?? VstorVersion.V6_2;
    this.controller = scsiController('storage', CONTROLLER, this.version);
    this.diskPath = this.at('first.vhdx');
    this.plug(0, this.disk('first.vhdx', DISK_BYTES), DRIVES.first);
    this.dvd = new DvdUnit(this.disc('first'));
    this.controller.plug(1, this.dvd);
    const added = createHash('md5').update(addedContent()).digest('hex');
    this.addedDigest = added;
    vmbus.add(this.controller);
  }

  private at(name: string): string {
    return path.join(this.folder, name);
  }

  private disk(name: string, sizeBytes: number): OpenDisk {
    this.service.createDiskSync({ path: this.at(name), format: 'vhdx', type: 'dynamic', sizeBytes });
    const disk = this.service.openDisk(this.at(name));
    this.disks.push(disk);
    return disk;
  }

  private disc(which: keyof typeof DISC_TEXT): IsoStore {
    const file = this.at(`${which}.iso`);
    const bytes = Buffer.from(`${DISC_TEXT[which]}\n`);
    writeIsoFile(file, {
      volumeId: which.toUpperCase(),
      files: [{ path: 'README.TXT', bytes }],
      timeMs: 1_700_000_000_000,
    });
    const disc = IsoStore.open(file);
    this.discs.push(disc);
    return disc;
  }

  private plug(lun: number, disk: OpenDisk, id: string): void {
    this.controller.plug(lun, diskUnit(disk, id, this.version));
  }

  /** What the guest asks for in its reports, the host does. */
  heard(line: string): void {
    if (line.includes(`${REPORT_MARK} ask disc`)) this.dvd.setDisc(this.disc('second'));
    if (line.includes(`${REPORT_MARK} ask disk`)) this.add();
    if (line.includes(`${REPORT_MARK} ask unplug`)) this.controller.unplug(5);
    if (line.includes(`${REPORT_MARK} ask ide`)) this.accelerate();
  }

  private add(): void {
    const disk = this.disk('second.vhdx', SECOND_BYTES);
    disk.write(0, addedContent());
    this.plug(5, disk, DRIVES.second);
  }

  /**
   * Offers the accelerator of a disk that is full of sevens. It stays: Linux 6.1 waits for ever for the last flush of a disk whose
   * channel was taken away (storvsc_drv.c, storvsc_queuecommand), and hosts never do that to a storage channel.
   */
  private accelerate(): void {
    const place = this.at('ide.vhdx');
    this.service.createDiskSync({
      path: place,
      format: 'vhdx',
      type: 'dynamic',
      sizeBytes: SECOND_BYTES,
      blockSize: MEGABYTE,
    });
    const disk = this.service.openDisk(place);
    this.disks.push(disk);
    for (let at = 0; at < SECOND_BYTES / 512; at += 2048) disk.write(at, new Uint8Array(MEGABYTE).fill(7));
    this.accelerated = disk;
    const unit = diskUnit(disk, DRIVES.ide, this.version);
    this.accelerator = ideAccelerator('storvsp-ide-3', { channel: 1, device: 1 }, unit, this.version);
    this.vmbus.add(this.accelerator);
  }

  /** What the file of the accelerated disk takes, in megabytes; megabytes of the disk that hold nothing; commands by its channel. */
  acceleratedFacts(): { readonly file: number; readonly empty: number[]; readonly commands: number } {
    const disk = this.accelerated;
    const isEmpty = (block: number): boolean => disk?.read(block * 2048, 2048).every((byte) => byte === 0) ?? false;
    const empty = Array.from({ length: SECOND_BYTES / MEGABYTE }, (_, block) => block).filter(isEmpty);
    const commands = this.accelerator?.save().counters.commands ?? 0;
    disk?.close();
    return { file: Math.round(fs.statSync(this.at('ide.vhdx')).size / MEGABYTE), empty, commands };
  }

  /** Lets go of all files; they stay until `remove`. */
  close(): void {
    for (const disk of this.disks) disk.close();
    for (const disc of this.discs) disc.close();
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function addedContent(): Uint8Array {
  return Uint8Array.from({ length: ADDED_BYTES }, (_, i) => (i * 2_654_435_761) >>> 13);
}
