import type { BlockStore } from '../../../base/block-store';
import type { ScsiResult } from '../../../base/scsi/commands';
import { freshDisk, runDiskCommand, type Provisioning } from '../../../base/scsi/disk-commands';
import type { Sense } from '../../../base/scsi/sense';
import { clonePlain, type InspectNode } from '../../../base/unit';
import type { LogicalUnit, UnitRequest, UnitState } from './unit';

export interface DiskUnitOptions {
  readonly store: BlockStore;
  /** Twelve bytes or more that no other disk has. */
  readonly unique: Uint8Array;
  /** Version of SPC that the host's age claims: 4 is SPC-2, 5 is SPC-3. */
  readonly spcVersion: number;
  readonly provisioning: Provisioning;
}

/** A virtual hard disk as a logical unit. */
export class DiskUnit implements LogicalUnit {
  private state = freshDisk();

  constructor(private readonly options: DiskUnitOptions) {}

  execute({ cdb, out, room, account }: UnitRequest): ScsiResult {
    const { store, unique, spcVersion: version, provisioning } = this.options;
    return runDiskCommand({ cdb, out }, this.state, {
      store,
      unique,
      version,
      provisioning,
      room,
      account: (kind, lba, sectors) => account(kind, lba, sectors, sectors * store.sectorSize),
    });
  }

  attend(sense: Sense): void {
    this.state.attention = sense;
  }

  reset(): void {
    this.state = freshDisk();
  }

  save(): UnitState {
    return { kind: 'disk', disk: clonePlain(this.state) };
  }

  restore(saved: UnitState): void {
    this.state = saved.kind === 'disk' ? clonePlain(saved.disk) : freshDisk();
  }

  inspect(): { readonly [key: string]: InspectNode } {
    const { store } = this.options;
    const { attention } = this.state;
    return {
      kind: 'disk',
      sectors: store.sectorCount,
      sectorSize: store.sectorSize,
      readOnly: store.readOnly,
      attention: attention && { ...attention },
    };
  }
}
