import type { BlockStore } from '../../../base/block-store';
import { freshCd, runCdCommand, SCSI_DVD } from '../../../base/scsi/cd-commands';
import type { ScsiResult } from '../../../base/scsi/commands';
import { SenseOf, type Sense } from '../../../base/scsi/sense';
import { clonePlain, type InspectNode } from '../../../base/unit';
import type { LogicalUnit, UnitRequest, UnitState } from './unit';

const OPTICAL_SECTOR = 2048;

/** A DVD drive as a logical unit. The disc is wiring: its owner puts it in and takes it out. */
export class DvdUnit implements LogicalUnit {
  private state = freshCd();

  /** @param onEject told when the guest takes the disc out */
  constructor(
    private store: BlockStore | null,
    private readonly onEject: () => void = () => undefined,
  ) {}

  /** Puts a disc in, or takes it out (null). The guest hears of it by unit attention and by event status. */
  setDisc(store: BlockStore | null): void {
    if (store === null && this.store === null) return; // an empty drive stays as it is: nothing happened
    this.store = store;
    this.state.attention = store ? SenseOf.mediumMayHaveChanged : null;
    this.state.event = store ? 2 : 3;
    this.state.locked = false;
  }

  execute({ cdb, room, account }: UnitRequest): ScsiResult {
    const result = runCdCommand(cdb, this.state, {
      identity: SCSI_DVD,
      store: this.store,
      room,
      eject: () => {
        this.setDisc(null);
        this.onEject();
      },
      account: (lba, sectors) => account('read', lba, sectors, sectors * OPTICAL_SECTOR),
    });
    if ('sense' in result) this.state.sense = result.sense;
    return result;
  }

  attend(sense: Sense): void {
    this.state.attention = sense;
  }

  reset(): void {
    this.state = freshCd();
  }

  save(): UnitState {
    return { kind: 'dvd', cd: clonePlain(this.state), hasDisc: this.store !== null };
  }

  /** The owner has put the same disc in before. Another one (or none) is a media change. */
  restore(saved: UnitState): void {
    if (saved.kind !== 'dvd') return this.reset();
    this.state = clonePlain(saved.cd);
    if (saved.hasDisc !== (this.store !== null)) this.setDisc(this.store);
  }

  inspect(): { readonly [key: string]: InspectNode } {
    const { attention, locked } = this.state;
    return { kind: 'dvd', disc: this.store?.sectorCount ?? null, attention: attention && { ...attention }, locked };
  }
}
