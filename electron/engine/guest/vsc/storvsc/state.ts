import type { Sense } from '../../../base/scsi/sense';

/** How far a storage driver is. */
export type StorvscPhase =
  | 'closed'
  | 'opening'
  | 'beginning'
  | 'negotiating'
  | 'describing'
  | 'ending'
  | 'scaling'
  | 'up'
  | 'failed'
  | 'removed';

/** Why a controller does not work. */
export type StorvscFailure = 'none' | 'open' | 'version' | 'refused';

/** A SCSI command for one unit of the controller's one target. */
export interface ScsiCommand {
  readonly lun: number;
  readonly cdb: Uint8Array;
  /** Bytes that the command may bring. */
  readonly room: number;
  /** Bytes that go with it. */
  readonly out: Uint8Array;
}

/** A command on its way. `gpa` is 0 while it has no buffer. */
export interface PendingCommand extends ScsiCommand {
  readonly id: number;
  gpa: number;
  pages: number;
  /** Channel that it was sent by; 0 before. */
  relid: number;
  /** Times that a unit attention has sent it back. */
  retries: number;
}

/** How a command ended. */
export interface ScsiOutcome {
  readonly ok: boolean;
  /** No unit is there. */
  readonly absent: boolean;
  readonly data: Uint8Array;
  readonly sense: Sense | null;
}

/** One more channel of the controller. */
export interface SubChannel {
  relid: number;
  isOpen: boolean;
}

/** Everything that a storage driver remembers. Plain; kept by whoever keeps the device. */
export interface StorvscState {
  phase: StorvscPhase;
  failure: StorvscFailure;
  /** Which of the driver's versions is being tried, and the one agreed. */
  attempt: number;
  version: number;
  /** Longest transfer that the host takes, bytes. */
  maxTransfer: number;
  /** Channels besides the primary one that the host allows, that were asked for, and that there are. */
  maxChannels: number;
  wanted: number;
  subChannels: SubChannel[];
  /** Which of the open channels has the next command. */
  turn: number;
  /** Commands that wait for room or memory, and those that the host has. */
  waiting: PendingCommand[];
  active: PendingCommand[];
  finished: { id: number; outcome: ScsiOutcome }[];
  nextId: number;
  commands: number;
  failed: number;
  /** Unit attentions that were heard. */
  attentions: number;
  /** Packets of the provider that do not hold together. */
  malformed: number;
}

export function newStorvsc(): StorvscState {
  return {
    phase: 'closed',
    failure: 'none',
    attempt: -1,
    version: 0,
    maxTransfer: 0,
    maxChannels: 0,
    wanted: 0,
    subChannels: [],
    turn: 0,
    waiting: [],
    active: [],
    finished: [],
    nextId: 1,
    commands: 0,
    failed: 0,
    attentions: 0,
    malformed: 0,
  };
}
