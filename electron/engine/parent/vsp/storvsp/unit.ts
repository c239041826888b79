import type { ScsiResult } from '../../../base/scsi/commands';
import type { DiskCommand, DiskState } from '../../../base/scsi/disk-commands';
import type { CdState } from '../../../base/scsi/cd-commands';
import type { Sense } from '../../../base/scsi/sense';
import type { InspectNode, Unit } from '../../../base/unit';

/** Where a logical unit is. Hyper-V puts all drives of a SCSI controller on path 0, target 0; their location is the LUN. */
export interface UnitAddress {
  readonly path: number;
  readonly target: number;
  readonly lun: number;
}

/** What runs a command is told besides it. */
export interface UnitRequest extends DiskCommand {
  /** Most bytes that the command may bring. */
  readonly room: number;
  /** Sectors were moved: for trace and cost. */
  account(kind: 'read' | 'write', lba: number, sectors: number, bytes: number): void;
}

/** State of a unit; `hasDisc` is null for disks, which never lose their medium. */
export type UnitState =
  | { readonly kind: 'disk'; readonly disk: DiskState }
  | { readonly kind: 'dvd'; readonly cd: CdState; readonly hasDisc: boolean };

/** A disk or DVD drive behind a storage channel. */
export interface LogicalUnit extends Unit<UnitState> {
  execute(request: UnitRequest): ScsiResult;
  /** The next command but a few is told this instead of being carried out. */
  attend(sense: Sense): void;
  inspect(): { readonly [key: string]: InspectNode };
}
