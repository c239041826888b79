import { MILLISECOND, SECOND } from '../../clock/clock';
import { HelperRegister } from '../../devices/bios-helper';
import type { Processor } from '../../hypervisor/processor';
import type { TextConsole } from '../console/text-console';
import { discSectors, packets } from '../drivers/ata/devices';
import type { AtaResult } from '../drivers/ata/command';
import type { BiosDisks } from './bios-disks';
import { newAttempt, type BiosState, type BootAttempt } from './bios-state';
import { readDiskette } from './bios-floppy';
import { judgeDisc } from './boot-cd';
import { judgeDisk } from './boot-disk';
import { judgeFloppy } from './boot-floppy';
import { tellHelper } from './helper';
import { PxeRom } from './pxe';

const PROMPT_TIME = 5 * SECOND;
const NOT_READY_RETRIES = 4;

/**
 * INT 19h: tries the places of the boot order one after the other until something starts. Each place is a few small steps
 * over `state.attempt`, so that it can stop anywhere.
 */
export class BiosBoot {
  private rom: PxeRom | null = null; // wiring over state.pxe

  constructor(
    private readonly processor: Processor,
    private readonly state: BiosState,
    private readonly disks: BiosDisks,
    private readonly console: TextConsole,
    private readonly now: () => number,
  ) {}

  private get attempt(): BootAttempt {
    return this.state.attempt;
  }

  /** Goes on with the current place. Returns when to look again; null: nothing but a key changes anything. */
  step(): number | null {
    for (;;) {
      if (this.state.phase !== 'boot' || this.attempt.step === 'ask') return null;
      if (this.now() < this.attempt.until) return this.attempt.until;
      const place = this.state.facts?.bootOrder[this.attempt.place];
      if (place === undefined) return this.giveUp();
      const look = this.disks.poll();
      if (look !== null) return look;
      if (place === 'optical') this.tryDisc();
      else if (place === 'hardDisk') this.tryDisk();
      else if (place === 'network') this.tryNetwork();
      else this.tryDiskette();
      const later = this.disks.poll();
      if (later !== null) return later;
    }
  }

  /** A key went down. */
  keyPressed(): void {
    if (this.state.phase === 'failed') {
      this.state.phase = 'boot';
      this.state.attempt = newAttempt(0);
      this.console.clear();
    } else if (this.attempt.step === 'prompt') {
      this.attempt.step = 'start';
      this.attempt.until = 0;
    } else if (this.attempt.step === 'ask') this.lookAgain();
  }

  private nextPlace(): void {
    this.state.attempt = newAttempt(this.attempt.place + 1);
  }

  private giveUp(): null {
    this.state.phase = 'failed';
    tellHelper(this.processor, HelperRegister.bootFailure, 0);
    this.console.writeLine('Boot failure. Reboot and Select proper Boot device');
    this.console.write('or Insert Boot Media in selected Boot device');
    return null;
  }

  // --- hard disks ----------------------------------------------------------------------------------------------------

  private firstDrive(kind: 'ata' | 'atapi', after = -1): number {
    return this.state.drives.findIndex((drive, i) => i > after && drive.kind === kind);
  }

  private tryDisk(): void {
    const drive = this.firstDrive('ata', this.attempt.drive);
    const sectors = this.state.drives[drive]?.identity.sectors ?? 0;
    if (drive < 0 || sectors === 0) return this.nextPlace();
    const verdict = this.disks.attempt(() => judgeDisk(this.disks.disk(drive, sectors)));
    if (!verdict) return;
    if (verdict.kind === 'notBootable') {
      this.attempt.drive = drive;
    } else if (verdict.kind === 'message') {
      this.console.writeLine(verdict.text);
      this.state.phase = 'failed';
    } else {
      this.state.target = { kind: 'disk', drive, partition: verdict.partition };
      this.state.phase = 'started';
    }
  }

  /** True when some hard disk would boot: then a medium asks before it starts. Null: not known yet. */
  private diskWouldBoot(): boolean | null {
    const drive = this.firstDrive('ata');
    const sectors = this.state.drives[drive]?.identity.sectors ?? 0;
    if (drive < 0 || sectors === 0) return false;
    const verdict = this.disks.attempt(() => judgeDisk(this.disks.disk(drive, sectors)));
    return verdict && verdict.kind === 'boot';
  }

  // --- discs ---------------------------------------------------------------------------------------------------------

  private tryDisc(): void {
    const { attempt } = this;
    if (attempt.step === 'begin') this.nextDisc();
    else if (attempt.step === 'ready') this.discReady();
    else if (attempt.step === 'capacity') this.discCapacity();
    else if (attempt.step === 'judge') this.judge();
    else if (attempt.step === 'prompt')
      this.nextPlace(); // time is over and no key came
    else this.startSetup();
  }

  private nextDisc(): void {
    const drive = this.firstDrive('atapi', this.attempt.drive);
    if (drive < 0 && this.attempt.setup !== null) return this.askForDisc();
    if (drive < 0) return this.nextPlace();
    Object.assign(this.attempt, { drive, step: 'ready', retries: 0, ticket: null });
  }

  /** Sends a packet to the drive of this attempt, or returns what it answered. */
  private packet(cdb: Uint8Array, length: number): AtaResult | null {
    const { attempt } = this;
    const drive = this.state.drives[attempt.drive];
    const channel = this.disks.channels[drive?.channel ?? 0];
    if (!drive || !channel) return null;
    attempt.ticket ??= channel.submit({ kind: 'packet', device: drive.device, cdb, length }, this.now());
    const result = channel.take(attempt.ticket);
    if (result) attempt.ticket = null;
    return result;
  }

  private discReady(): void {
    const result = this.packet(packets.testUnitReady(), 0);
    if (!result) return;
    if (result.ok) this.attempt.step = 'capacity';
    else if (++this.attempt.retries >= NOT_READY_RETRIES)
      this.attempt.step = 'begin'; // empty: try the next drive
    else this.attempt.until = this.now() + 50 * MILLISECOND;
  }

  private discCapacity(): void {
    const result = this.packet(packets.readCapacity(), 8);
    if (!result) return;
    this.attempt.sectors = result.ok ? discSectors(result.data) : 0;
    this.attempt.step = this.attempt.sectors > 0 ? 'judge' : 'begin';
  }

  private judge(): void {
    const { drive, sectors } = this.attempt;
    const verdict = this.disks.attempt(() => judgeDisc(this.disks.disk(drive, sectors)));
    const wouldBoot = verdict && this.diskWouldBoot();
    if (!verdict || wouldBoot === null) return;
    if (this.attempt.setup !== null) return this.judgeForDiskette(verdict);
    if (verdict.kind === 'setup' && !wouldBoot) this.attempt.step = 'start';
    else if (verdict.kind === 'setup') this.prompt();
    else {
      if (verdict.kind === 'foreign')
        this.console.writeLine('This disc holds machine code. A model processor cannot run it.');
      this.attempt.step = 'begin';
    }
  }

  private prompt(): void {
    this.console.write('Press any key to boot from CD...');
    this.attempt.step = 'prompt';
    this.attempt.until = this.now() + PROMPT_TIME;
  }

  private startSetup(): void {
    const { drive, sectors } = this.attempt;
    const verdict = this.disks.attempt(() => judgeDisc(this.disks.disk(drive, sectors)));
    if (verdict?.kind !== 'setup') return;
    this.state.target = { kind: 'setup', drive, sectors, profileId: verdict.profileId };
    this.state.phase = 'started';
  }

  // --- diskettes -----------------------------------------------------------------------------------------------------

  private tryDiskette(): void {
    if (this.attempt.setup !== null) return this.tryDisc();
    const found = readDiskette(this.processor);
    const verdict = found ? judgeFloppy(found.boot, found.root) : null;
    if (verdict?.kind === 'setup') {
      this.attempt.setup = verdict.profileId;
    } else if (verdict?.kind === 'message') {
      this.console.writeLine(verdict.text);
      this.state.phase = 'failed';
    } else this.nextPlace();
  }

  /** The diskette's program looks for the disc of its own system. */
  private judgeForDiskette(verdict: ReturnType<typeof judgeDisc>): void {
    const isItsOwn = verdict.kind === 'setup' && verdict.profileId === this.attempt.setup;
    this.attempt.step = isItsOwn ? 'start' : 'begin';
  }

  private askForDisc(): void {
    this.console.writeLine('Please insert the setup disc into the CD-ROM drive.');
    this.console.writeLine('Press any key when ready.');
    this.attempt.step = 'ask';
  }

  private lookAgain(): void {
    this.state.drives.forEach((drive, i) => void (drive.kind === 'atapi' && this.disks.forget(i)));
    Object.assign(this.attempt, { drive: -1, step: 'begin', until: 0 });
  }

  // --- network -------------------------------------------------------------------------------------------------------

  private tryNetwork(): void {
    const card = this.state.pci.find((fn) => fn.classCode >>> 8 === 0x0200);
    if (!card) return this.nextPlace();
    const isNew = this.state.pxe === null;
    const state = (this.state.pxe ??= PxeRom.stateFor(this.processor, card));
    this.rom ??= new PxeRom(this.processor, this.console, state, this.now);
    const goesOn = !isNew || this.rom.begin(this.state.facts?.guid ?? '');
    const next = goesOn ? this.rom.step() : null;
    if (next !== null) this.attempt.until = next;
    else this.leaveNetwork();
  }

  private leaveNetwork(): void {
    this.rom = null;
    this.state.pxe = null;
    this.nextPlace();
  }
}
