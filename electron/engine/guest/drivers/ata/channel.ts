import type { Processor } from '../../../hypervisor/processor';
import {
  addressWrites,
  lengthOf,
  transferCode,
  type ActiveCommand,
  type AtaChannelState,
  type AtaCommand,
} from './command';
import { BusMasterEngine } from './bus-master';
import { Command, Control, Register, SECTOR, Status, type AtaPorts } from './registers';
import { TaskFile } from './task-file';

/** How a channel is driven. */
export interface AtaOptions {
  readonly ports: AtaPorts;
  /** False: the driver polls, as a BIOS does, and keeps the interrupt off. */
  readonly interrupts: boolean;
  /** A page and 64 KB behind it for bus-master transfers, aligned to 64 KB; null: programmed I/O only. */
  readonly dmaArea: number | null;
}

const MAX_SURPLUS = 65_536; // bytes that a packet device may offer beyond what was asked for
const TIMEOUT = 7_000_000_000; // nanoseconds before a command is given up

/**
 * Drives one ATA channel: task file, programmed I/O, packet commands and bus-master transfers, as ATA/ATAPI-6 (chapter 9,
 * protocols) has them. Nothing here waits: `service` does what can be done now and leaves the rest to the next interrupt
 * or poll. Works on the state it is given.
 */
export class AtaChannel {
  private readonly engine: BusMasterEngine | null;
  private readonly file: TaskFile;

  constructor(
    processor: Processor,
    private readonly options: AtaOptions,
    private readonly state: AtaChannelState,
  ) {
    const { dmaArea, ports } = options;
    this.file = new TaskFile(processor, ports);
    this.engine =
      dmaArea === null || ports.busMaster === null ? null : new BusMasterEngine(processor, ports.busMaster, dmaArea);
  }

  /** Puts a command into the queue and returns its ticket. */
  submit(command: AtaCommand, now: number): number {
    const ticket = this.state.nextTicket++;
    this.state.queue.push({ ticket, command });
    this.service('poll', now);
    return ticket;
  }

  /** The result of a ticket, once; null while it is not finished. */
  take(ticket: number): AtaChannelState['results'][number] | null {
    const index = this.state.results.findIndex((result) => result.ticket === ticket);
    return index < 0 ? null : (this.state.results.splice(index, 1)[0] ?? null);
  }

  /** When to call `service` although no interrupt came: soon while polling, the deadline otherwise; null when idle. */
  nextLook(now: number): number | null {
    const { active } = this.state;
    if (!active) return null;
    return active.waits ? active.deadline : now + 20_000;
  }

  /** Goes as far as the device allows. True when anything was done: for an interrupt, that it was this channel's. */
  service(cause: 'interrupt' | 'poll', now: number): boolean {
    let isMine = false;
    for (;;) {
      const active = this.state.active ?? this.begin(now);
      if (!active || (active.waits && cause === 'poll' && now < active.deadline)) return isMine;
      const status = cause === 'interrupt' ? this.file.status : this.file.alternateStatus;
      if (status === 0xff || status === 0x7f)
        this.finish(false, status); // nobody drives the bus
      else if ((status & Status.busy) !== 0) return this.stillBusy(now) || isMine;
      else this.advance(active, status, now);
      isMine = true;
      cause = 'poll';
    }
  }

  private stillBusy(now: number): boolean {
    const { active } = this.state;
    if (!active || now < active.deadline) return false;
    this.state.timeouts++;
    this.finish(false, Status.busy);
    this.file.control = Control.reset;
    this.file.control = this.options.interrupts ? 0 : Control.noInterrupt;
    return true;
  }

  private begin(now: number): ActiveCommand | null {
    const next = this.state.queue.shift();
    if (!next) return null;
    const { command, ticket } = next;
    const active: ActiveCommand = {
      ticket,
      command,
      phase: 'select',
      dma: this.byDma(command),
      waits: false,
      data: command.kind === 'write' ? command.data : new Uint8Array(lengthOf(command)),
      moved: 0,
      surplus: 0,
      deadline: now + TIMEOUT,
    };
    this.state.active = active;
    this.file.control = this.options.interrupts ? 0 : Control.noInterrupt;
    this.file.write(
      Register.device,
      (command.kind === 'read' || command.kind === 'write' ? 0xe0 : 0xa0) | (command.device << 4),
    );
    return active;
  }

  private byDma(command: AtaCommand): boolean {
    return this.engine !== null && (command.kind === 'read' || command.kind === 'write');
  }

  private advance(active: ActiveCommand, status: number, now: number): void {
    const failed = (status & (Status.error | Status.fault)) !== 0;
    if (active.phase === 'select') this.issue(active, now);
    else if (active.phase === 'dma') this.endDma(active, status);
    else if (failed) this.finish(false, status);
    else if (active.phase === 'cdb') this.sendPacket(active, status);
    else if (active.phase === 'packetData') this.packetData(active, status);
    else if (active.phase === 'firstBlock' || active.phase === 'dataOut') this.blockOut(active, status);
    else if (active.phase === 'dataIn') this.blockIn(active, status);
    else this.finish(true, status);
  }

  private issue(active: ActiveCommand, now: number): void {
    const { command } = active;
    active.deadline = now + TIMEOUT;
    active.waits = this.options.interrupts;
    if (command.kind === 'read' || command.kind === 'write')
      this.issueTransfer(active, command.lba, active.data.length / SECTOR);
    else if (command.kind === 'packet') this.issuePacket(active, command.length);
    else this.issueSimple(active, command);
  }

  private issueSimple(active: ActiveCommand, command: AtaCommand): void {
    const codes = { identify: Command.identify, identifyPacket: Command.identifyPacket, flush: Command.flush };
    active.phase = command.kind === 'flush' ? 'finish' : 'dataIn';
    if (command.kind === 'identify' || command.kind === 'identifyPacket' || command.kind === 'flush') {
      this.file.write(Register.status, codes[command.kind]);
    }
    // An absent slave answers with a status of zero and never interrupts.
    if (this.file.alternateStatus === 0) this.finish(false, 0);
  }

  private issueTransfer(active: ActiveCommand, lba: number, count: number): void {
    const isRead = active.command.kind === 'read';
    const isLong = lba + count > 0x0fff_ffff || count > 255;
    for (const [register, value] of addressWrites(lba, count, isLong, active.command.device))
      this.file.write(register, value);
    if (active.dma) this.engine?.prepare(isRead ? null : active.data, active.data.length);
    active.phase = active.dma ? 'dma' : isRead ? 'dataIn' : 'firstBlock';
    if (active.phase === 'firstBlock') active.waits = false;
    this.file.write(Register.status, transferCode(isRead, active.dma, isLong));
    if (active.dma) this.engine?.start(isRead);
  }

  private issuePacket(active: ActiveCommand, length: number): void {
    const limit = Math.min(Math.max(length, 2), 0xfffe);
    this.file.write(Register.features, 0);
    this.file.write(Register.mid, limit & 0xff);
    this.file.write(Register.high, limit >> 8);
    active.phase = 'cdb';
    active.waits = false; // the request for the packet comes without an interrupt
    this.file.write(Register.status, Command.packet);
  }

  private sendPacket(active: ActiveCommand, status: number): void {
    if ((status & Status.request) === 0 || active.command.kind !== 'packet') return this.finish(false, status);
    active.phase = 'packetData';
    active.waits = this.options.interrupts;
    this.file.push(active.command.cdb);
  }

  private packetData(active: ActiveCommand, status: number): void {
    if ((status & Status.request) === 0) return this.finish(true, status);
    const offered = this.file.byteCount;
    active.surplus += Math.max(0, offered - (active.data.length - active.moved));
    if (offered === 0 || active.surplus > MAX_SURPLUS) return this.finish(false, status); // it would never end
    active.waits = this.options.interrupts;
    active.moved += this.file.pull(active.data, active.moved, offered);
  }

  private blockIn(active: ActiveCommand, status: number): void {
    if ((status & Status.request) === 0) return this.finish(false, status);
    active.waits = this.options.interrupts;
    active.moved += this.file.pull(active.data, active.moved, SECTOR);
    if (active.moved >= active.data.length) this.finish(true, status & ~Status.request);
  }

  private blockOut(active: ActiveCommand, status: number): void {
    if (active.moved >= active.data.length) return this.finish(true, status);
    if ((status & Status.request) === 0) return this.finish(false, status);
    active.phase = 'dataOut';
    active.waits = this.options.interrupts;
    const block = active.data.subarray(active.moved, active.moved + SECTOR);
    active.moved += SECTOR;
    this.file.push(block);
  }

  private endDma(active: ActiveCommand, status: number): void {
    const engineOk = this.engine?.end() ?? false;
    const failed = !engineOk || (status & (Status.error | Status.fault)) !== 0;
    if (!failed && active.command.kind === 'read') {
      active.data = this.engine?.take(active.data.length) ?? active.data;
      active.moved = active.data.length;
    }
    this.finish(!failed, status);
  }

  private finish(ok: boolean, status: number): void {
    const { active } = this.state;
    if (!active) return;
    const isFailed = !ok && status !== 0xff && status !== 0x7f && status !== 0;
    const hasData = active.command.kind !== 'write' && ok;
    this.state.results.push({
      ticket: active.ticket,
      ok,
      data: hasData ? active.data.slice(0, active.moved) : new Uint8Array(0),
      status,
      error: isFailed ? this.file.read(Register.error) : 0,
      signature: isFailed ? this.file.byteCount : 0,
    });
    this.state.active = null;
  }
}
