import { decodeSense, SenseOf, type Sense } from '../../../base/scsi/sense';
import { PAGE_SIZE, type GuestMemory } from '../../../memory/guest-memory';
import type { ClientChannel } from '../../../vmbus/client/client-channel';
import type { PageAllocator } from '../../../vmbus/client/pages';
import {
  COMPLETION_REQUESTED,
  encodePageRanges,
  PacketType,
  type OutgoingPacket,
} from '../../../vmbus/protocol/packet';
import {
  DataIn,
  ScsiStatus,
  SENSE_AT,
  senseRoom,
  SrbStatus,
  VMSCSI_REQUEST,
  VMSCSI_REQUEST_OLD,
  VSTOR_BODY,
  vstorPacket,
  vstorPacketSize,
  VstorOp,
  type VmscsiRequest,
} from '../../../vmbus/protocol/vstor';
import type { PendingCommand, ScsiCommand, ScsiOutcome, StorvscState } from './state';

export interface QueueHost {
  /** The rings of a channel, while it is open. */
  channel(relid: number): ClientChannel | null;
  /** Id of the primary channel. */
  readonly relid: number;
  readonly memory: GuestMemory;
  readonly pages: PageAllocator;
  readonly state: StorvscState;
  /** Target that commands are for, on path 0. */
  readonly target: number;
  /** What the host said makes a look at all units necessary. */
  look(): void;
}

const TIME_OUT = 60; // seconds
const NO_TAG = 0xff;
const SIMPLE_QUEUE = 0x20;
const QUEUE_ACTION_ENABLE = 0x02;
const DISABLE_SYNCH_TRANSFER = 0x08;
const UNIT_ATTENTION = 6;
/** The status without its flags: queue frozen, sense data valid. */
const SRB_STATUS = 0x3f;
const CHANGES: readonly Sense[] = [SenseOf.capacityChanged, SenseOf.reportedLunsChanged];
/** A command that is told of something else (another disc, a reset), or that the host has no time for, is tried again. */
const RETRIES = 3;
const NOTHING = new Uint8Array(0);

/** Commands on their way to the host and back. Works on the driver's state. */
export class CommandQueue {
  constructor(private readonly host: QueueHost) {}

  submit({ lun, cdb, room, out }: ScsiCommand): number {
    const { state } = this.host;
    const id = state.nextId++;
    state.waiting.push({ lun, cdb, room, out, id, gpa: 0, pages: 0, relid: 0, retries: 0 });
    if (state.phase === 'up') this.flush();
    else if (state.phase === 'removed' || state.phase === 'failed') this.abandon();
    return id;
  }

  take(ticket: number): ScsiOutcome | null {
    const { finished } = this.host.state;
    const index = finished.findIndex(({ id }) => id === ticket);
    return index < 0 ? null : (finished.splice(index, 1)[0]?.outcome ?? null);
  }

  /** Sends what waits, in order, as far as there is memory and room in a ring. */
  flush(): void {
    const { waiting, active } = this.host.state;
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (!this.prepare(next) || !this.send(next)) return;
      waiting.shift();
      active.push(next);
    }
  }

  private prepare(command: PendingCommand): boolean {
    const bytes = Math.max(command.room, command.out.length);
    if (bytes === 0 || command.gpa !== 0) return true;
    const pages = Math.ceil(bytes / PAGE_SIZE);
    const gpa = this.host.pages.allocate(pages);
    if (gpa === null) return false;
    command.gpa = gpa;
    command.pages = pages;
    if (command.out.length > 0) this.host.memory.write(gpa, command.out);
    return true;
  }

  private send(command: PendingCommand): boolean {
    const { state } = this.host;
    const bytes = Math.max(command.room, command.out.length);
    const ranges = bytes > 0 ? encodePageRanges(command.gpa, bytes) : undefined;
    const payload = vstorPacket(VstorOp.ExecuteSrb, vstorPacketSize(state.version), this.request(command, bytes));
    const type = ranges ? PacketType.GpaDirect : PacketType.InBand;
    const relid = this.sendByAny({ type, flags: COMPLETION_REQUESTED, idLow: command.id, ranges, payload });
    if (relid === null) return false;
    command.relid = relid;
    state.commands++;
    return true;
  }

  /**
   * Sends by the open channels in turn, as when threads on all processors have work for the disk: each processor has a channel, and
   * one whose ring is full leaves its turn to the next (storvsc_drv.c, storvsc_do_io). Null when all are full.
   */
  private sendByAny(packet: OutgoingPacket): number | null {
    const { state, relid: primary } = this.host;
    const channels = [primary, ...state.subChannels.filter(({ isOpen }) => isOpen).map(({ relid }) => relid)];
    for (let i = 0; i < channels.length; i++) {
      const turn = (state.turn + i) % channels.length;
      const relid = channels[turn] ?? primary;
      if (!this.host.channel(relid)?.send(packet)) continue;
      state.turn = (turn + 1) % channels.length;
      return relid;
    }
    return null;
  }

  private request({ lun, cdb, room, out }: PendingCommand, transferLength: number): Uint8Array {
    const { version } = this.host.state;
    const dataIn = out.length > 0 ? DataIn.Write : room > 0 ? DataIn.Read : DataIn.None;
    return VMSCSI_REQUEST.encode({
      length: vstorPacketSize(version) - VSTOR_BODY,
      srbStatus: 0,
      scsiStatus: 0,
      port: 0,
      path: 0,
      target: this.host.target,
      lun,
      cdbLength: cdb.length,
      senseLength: senseRoom(version),
      dataIn,
      transferLength,
      cdb,
      queueTag: NO_TAG,
      queueAction: SIMPLE_QUEUE,
      srbFlags: QUEUE_ACTION_ENABLE | DISABLE_SYNCH_TRANSFER,
      timeOut: TIME_OUT,
      queueSortKey: 0,
    });
  }

  /** The host has finished a command. False when it goes out once more, or when there is no such command. */
  completed(id: number, payload: Uint8Array): boolean {
    const { state } = this.host;
    const index = state.active.findIndex((command) => command.id === id);
    const answer = VMSCSI_REQUEST_OLD.decode(payload, VSTOR_BODY);
    const command = index < 0 ? undefined : state.active.splice(index, 1)[0];
    if (!command || !answer) {
      state.malformed++;
      return false;
    }
    const sense = senseOf(answer, payload);
    if (sense?.key === UNIT_ATTENTION) state.attentions++;
    if (tellsOfChange(answer, sense)) this.host.look();
    if (mayGoAgain(answer, sense) && command.retries++ < RETRIES) {
      state.waiting.unshift(command);
      return false;
    }
    this.finish(command, answer, sense);
    return true;
  }

  private finish(command: PendingCommand, answer: VmscsiRequest, sense: Sense | null): void {
    const { state, memory } = this.host;
    const status = answer.srbStatus & SRB_STATUS;
    const ok =
      (status === SrbStatus.Success || status === SrbStatus.DataOverrun) && answer.scsiStatus === ScsiStatus.Good;
    if (answer.transferLength > Math.max(command.room, command.out.length)) state.malformed++;
    const length = Math.min(answer.transferLength, command.room); // whatever it says: storvsc_on_io_completion
    const data = ok && length > 0 ? memory.read(command.gpa, length) : NOTHING;
    if (!ok) state.failed++;
    state.finished.push({ id: command.id, outcome: { ok, absent: status === SrbStatus.InvalidLun, data, sense } });
    this.release(command);
  }

  private release({ gpa, pages }: PendingCommand): void {
    if (gpa !== 0) this.host.pages.release(gpa, pages);
  }

  /** The controller is gone: everything on its way has failed. */
  abandon(): void {
    const { state } = this.host;
    const all = [...state.active, ...state.waiting];
    Object.assign(state, { active: [], waiting: [] });
    this.giveUp(all, true);
  }

  /** A channel is gone, the others are there: what went by it has failed. True when there was any. */
  abandonChannel(lost: number): boolean {
    const { state } = this.host;
    const gone = state.active.filter(({ relid }) => relid === lost);
    state.active = state.active.filter(({ relid }) => relid !== lost);
    this.giveUp(gone, false);
    return gone.length > 0;
  }

  private giveUp(commands: readonly PendingCommand[], absent: boolean): void {
    for (const command of commands) {
      this.release(command);
      this.host.state.failed++;
      this.host.state.finished.push({ id: command.id, outcome: { ok: false, absent, data: NOTHING, sense: null } });
    }
  }
}

/** Units came or went, one has another size, or the unit that was asked is gone: storvsc_drv.c, storvsc_handle_error. */
function tellsOfChange({ srbStatus }: VmscsiRequest, sense: Sense | null): boolean {
  if ((srbStatus & SRB_STATUS) === SrbStatus.InvalidLun) return true;
  return CHANGES.some(({ key, asc, ascq }) => sense?.key === key && sense.asc === asc && sense.ascq === ascq);
}

/** The host was busy, or gave up what it might have done, or had something else to say first. */
function mayGoAgain({ srbStatus }: VmscsiRequest, sense: Sense | null): boolean {
  const status = srbStatus & SRB_STATUS;
  return sense?.key === UNIT_ATTENTION || status === SrbStatus.Busy || (status === SrbStatus.Aborted && sense === null);
}

/** Sense data lie in the place of the CDB when the status says so. */
function senseOf({ srbStatus, scsiStatus, senseLength }: VmscsiRequest, payload: Uint8Array): Sense | null {
  const hasSense = (srbStatus & SrbStatus.AutosenseValid) !== 0 && scsiStatus === ScsiStatus.CheckCondition;
  const at = VSTOR_BODY + SENSE_AT;
  return hasSense ? decodeSense(payload.subarray(at, at + senseLength)) : null;
}
