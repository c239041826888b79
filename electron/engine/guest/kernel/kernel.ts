import { MILLISECOND, SECOND } from '../../clock/clock';
import { readAcpiTables } from '../acpi/namespace';
import { SectorError, SectorFault } from '../disk/sectors';
import { restartMachine } from '../hardware/restart';
import { duesOf, sooner, type Dues } from './dues';
import { enumerate } from './enumerate';
import { Interrupts } from './interrupts';
import type { Ending, KernelState } from './kernel-state';
import { bootLines, pciLine } from './linux-log';
import { nameConnections } from './connections';
import type { KernelHost } from './kernel-host';
import { KernelPages } from './pages';
import { addressBook } from './address-book';
import { attendFile, fileTaker } from './incoming-file';
import { KernelMemory } from './memory';
import { exchangedItems, IntrinsicItems } from './key-values';
import { KernelNetwork } from './network';
import { PnpManager } from './pnp';
import { SystemVolume } from './system-volume';
import { readRtc } from './wall-clock';

const LOG_LINES = 400;
const ENDING_TIME = 2 * SECOND; // services and sessions are closed (design value)
const INIT_LINE = 400; // milliseconds for each line of the first process (design value)
const SLEEP_ENABLE = 1 << 13; // PM1 control, SLP_EN

/**
 * The kernel of a model operating system: interrupts, memory, the device tree, the system volume. One call of `step` is one
 * stretch of work; it says when it wants to go on. It learns what the machine has by looking.
 */
export class Kernel {
  readonly interrupts: Interrupts;
  readonly pnp: PnpManager;
  readonly volume: SystemVolume;
  readonly network: KernelNetwork;
  readonly memory: KernelMemory;
  private namedAt = -1; // state of the device tree for which connections have their names
  private programTime: number | null = null; // when programs want to go on; asked for again at each step

  constructor(
    private readonly host: KernelHost,
    readonly state: KernelState,
  ) {
    this.memory = new KernelMemory(state, host.profile);
    this.interrupts = new Interrupts(host.processor, state.interrupts);
    this.volume = new SystemVolume(state, () => this.pnp, host.profile);
    this.network = new KernelNetwork({
      state,
      profile: host.profile,
      hostName: () => this.computerName,
      pnp: () => this.pnp,
      now: () => host.now(),
    });
    const items = new IntrinsicItems(host.profile);
    this.pnp = new PnpManager(state, {
      processor: host.processor,
      others: host.others,
      profile: host.profile,
      interrupts: this.interrupts,
      pages: new KernelPages(state.pages),
      now: () => host.now(),
      log: (text) => this.log(text),
      key: (character) => host.key(character),
      system: {
        memory: this.memory,
        isUp: () => state.stage === 'running',
        end: (ending) => this.end(ending),
        setClock: (seconds) => Object.assign(state.wall, { seconds, at: host.now() }),
        pools: exchangedItems(state),
        addresses: addressBook(() => this.network),
        files: fileTaker(state),
        backup: { freeze: () => this.freeze(), thaw: () => (state.frozen = false) },
        keyValues: () => items.of(this.computerName, this.network.addresses()),
      },
      loadBinary: (service, file) => this.volume.loadBinary(service, file),
    });
  }

  get computerName(): string {
    return this.state.boot.identity.ComputerName ?? this.host.profile.computerName;
  }

  /** A line for the kernel's log, with the time since the kernel began. Only a Linux keeps one. */
  log(text: string): void {
    if (!this.host.profile.linux) return;
    const at = this.uptime();
    this.state.log.push({ at, text });
    if (this.state.log.length > LOG_LINES) this.state.log.shift();
    this.host.logged(text, at);
  }

  /** Nanoseconds since the kernel began. */
  uptime(): number {
    return this.host.now() - this.state.startedAt;
  }

  /** Interrupt `vector` was taken on VP `vp`; those of the board come to the first. */
  interrupt(vector: number, vp = 0): void {
    if (this.pnp.vectorInterrupt(vector, vp)) {
      this.state.interrupts.hypervisor++;
      return;
    }
    const irq = this.interrupts.irqOf(vector);
    if (irq === null) return;
    const isClaimed = this.pnp.interrupt(irq);
    const { interrupts } = this.state;
    interrupts.unclaimed = isClaimed ? 0 : interrupts.unclaimed + 1;
    if (interrupts.unclaimed > 100) {
      this.interrupts.disable(irq); // a stuck line would stop everything else
      this.log(`irq ${irq}: nobody cared`);
      interrupts.unclaimed = 0;
    }
    this.interrupts.end(irq);
  }

  /** Goes on. Returns when to go on by itself, or null to wait for an interrupt. */
  step(): number | null {
    this.pnp.wake(this.host.now());
    this.volume.poll();
    if (this.hasNetwork) this.network.run();
    this.programTime = null;
    try {
      while (this.advance());
    } catch (fault) {
      this.page(fault);
    }
    return this.nextTime();
  }

  /** The stack starts with the services, after the drivers. */
  private get hasNetwork(): boolean {
    return this.state.stage === 'shell' || this.state.stage === 'running';
  }

  /** When to go on at the latest for what nobody waits for: to renew a lease, to look at a link. Known after `step`. */
  later: Omit<Dues, 'next'> = { upkeep: null, routine: null };

  private nextTime(): number | null {
    const network = this.hasNetwork ? this.network.nextDue() : null;
    const other = sooner(this.stageEnd(), this.programTime);
    const dues = duesOf(this.pnp.wakeUps(), network, other, this.host.now());
    this.later = dues;
    return dues.next;
  }

  private stageEnd(): number | null {
    return this.state.stage === 'shell' || this.state.stage === 'stopping' ? this.state.screenUntil : null;
  }

  private page(fault: unknown): void {
    if (fault instanceof SectorFault && this.volume.page(fault)) return;
    if (fault instanceof SectorError) this.fail('The system disk cannot be read.');
    else throw fault;
  }

  private fail(reason: string): void {
    this.log(`Kernel panic - not syncing: ${reason}`);
    this.state.failure = reason;
    this.state.stage = 'failed';
  }

  /** One stage as far as it goes; true when the next one can begin at once. */
  private advance(): boolean {
    switch (this.state.stage) {
      case 'start':
        return this.start();
      case 'bootDevices':
        return this.pnp.bind(false) && this.become('mount');
      case 'mount':
        return this.mount();
      case 'packages':
        return this.readPackages();
      case 'devices':
        return this.pnp.bind(true) && this.become('settings');
      case 'settings':
        return this.readSettings();
      case 'shell':
        return this.nextScreen();
      case 'stopping':
        return this.finish();
      default:
        return this.keepUp();
    }
  }

  private become(stage: KernelState['stage']): true {
    this.state.stage = stage;
    return true;
  }

  private start(): true {
    const { processor, profile } = this.host;
    this.state.startedAt = this.host.now();
    this.interrupts.initialise();
    this.state.wall = { seconds: readRtc(processor), at: this.host.now() };
    const tables = readAcpiTables(processor);
    if (tables) this.state.power = { control: tables.pmControl, softOff: tables.softOff };
    for (const line of bootLines(processor, profile, tables)) this.log(line);
    const found = enumerate(processor, profile, tables?.devices ?? [], (one, parent) => this.pnp.add(one, parent));
    if (profile.linux?.isModern) for (const one of found) this.log(pciLine(one));
    return this.become('bootDevices');
  }

  private mount(): boolean {
    if (this.volume.mount()) return this.become('packages');
    this.fail('INACCESSIBLE_BOOT_DEVICE');
    return false;
  }

  private readPackages(): boolean {
    this.volume.readPackages();
    return this.become('devices');
  }

  private readSettings(): boolean {
    this.volume.readRegistry();
    if (nameConnections(this.state, this.host.profile)) this.volume.saveRegistry();
    this.volume.trim(); // what was read for starting is not needed any more
    this.state.screenUntil = this.host.now();
    return this.become('shell');
  }

  /** Shows the screens of the boot sequence one after the other, each for its time. */
  private nextScreen(): boolean {
    if (this.host.now() < this.state.screenUntil) return false;
    const { profile } = this.host;
    const line = profile.linux?.init[this.state.screen];
    const time = line === undefined ? profile.stages[this.state.screen]?.ms : INIT_LINE;
    if (time === undefined) return this.become('running');
    if (line !== undefined) this.host.logged(line, null);
    this.state.screen++;
    this.state.screenUntil = this.host.now() + time * MILLISECOND;
    return true;
  }

  /** Running: programs, and changed sectors go back to the disk. True when a program has ended the system. */
  private keepUp(): boolean {
    if (this.state.stage !== 'running') return false;
    this.pnp.bind(true); // what has been plugged in meanwhile
    this.nameNewConnections();
    this.programTime = this.host.run();
    if (this.state.unsaved) this.volume.saveRegistry();
    this.state.unsaved = false;
    this.keepFile();
    if (!this.state.frozen) this.volume.writeBack();
    return this.state.ending !== null;
  }

  /** When the device tree has changed: a name that is new has to be written down. */
  private nameNewConnections(): void {
    const { changes } = this.pnp;
    if (changes !== this.namedAt && nameConnections(this.state, this.host.profile)) this.state.unsaved = true;
    this.namedAt = changes;
  }

  /** A file that the host sends. Windows does not tell capitals from small letters in its name. */
  private keepFile(): void {
    if (this.state.incoming === null) return;
    const { linux } = this.host.profile;
    const form = (path: string): string => (linux ? path : path.toLowerCase());
    attendFile(this.state, this.volume.files(), (a, b) => form(a) === form(b));
  }

  /** True when all that was written is on the disk, and from now on nothing more goes there. */
  private freeze(): boolean {
    const { stage, unsaved } = this.state;
    this.state.frozen = stage === 'running' && !unsaved && this.volume.writeBack();
    return this.state.frozen;
  }

  /** Begins to end the machine: caches are written back, devices put to rest. */
  end(ending: Ending): void {
    if (this.state.ending) return;
    const isRestart = ending === 'restart';
    if (this.host.profile.linux)
      this.host.logged(`The system is going down for ${isRestart ? 'reboot' : 'system halt'} NOW!`, null);
    this.state.frozen = false;
    this.state.ending = ending;
    this.state.stage = 'stopping';
    this.state.screenUntil = this.host.now() + ENDING_TIME;
  }

  private finish(): boolean {
    if (!this.volume.writeBack() || this.host.now() < this.state.screenUntil) return false;
    this.log(this.state.ending === 'restart' ? 'Restarting system.' : 'Power down.');
    this.pnp.stopAll();
    this.interrupts.disableAll();
    this.become('off');
    const { processor } = this.host;
    const { control, softOff } = this.state.power;
    if (this.state.ending === 'restart') restartMachine(processor);
    else if (control !== 0) processor.portWrite(control, 2, (softOff << 10) | SLEEP_ENABLE);
    return false;
  }
}
