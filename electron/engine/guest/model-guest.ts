import { inspectTcp } from '../base/net/stack/tcp/tcp';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import type { Alarm, AlarmOptions, Clock } from '../clock/clock';
import type { Processor } from '../hypervisor/processor';
import type { DesktopAction } from '@shared/model/guest-view';
import { textShadow, type TextShadow } from './console/text-shadow';
import { Bios } from './firmware/bios';
import { Loader, newLoader } from './firmware/loader';
import { UefiFirmware } from './firmware/uefi';
import { newGuestState, type GuestState } from './guest-state';
import { inspectAdapters } from './kernel/inspect-adapters';
import type { Dues } from './kernel/dues';
import { Kernel } from './kernel/kernel';
import { newKernel, type KernelState } from './kernel/kernel-state';
import { osProfile, type OsProfile } from './os';
import { newSetup, Setup } from './setup/setup';
import { newUefi } from './firmware/uefi-state';
import { firmwareScreen, setupScreen, type DrawnScreen } from './shell/screens';
import { newSession } from './shell/session';
import { Userland } from './shell/userland';

/** Where a model guest runs. */
export interface ModelGuestOptions {
  readonly processor: Processor;
  /** The other virtual processors, from 1 on: an operating system that can use them takes interrupts on them. */
  readonly others?: readonly Processor[];
  /** The partition's clock. */
  readonly clock: Clock;
  /** Prefix of its alarms, unique on the clock. */
  readonly name: string;
  /** What is in the machine's flash memory: the BIOS of Generation 1 (default) or the UEFI firmware of Generation 2. */
  readonly firmware?: 'bios' | 'uefi';
}

const NOTHING_LATER = { upkeep: null, routine: null } as const;
const INTERRUPT_LIMIT = 1000; // interrupts handled without letting time pass

/**
 * A model of firmware and operating system on one virtual processor. It is given nothing but the processor and the time: what
 * it knows of the machine it finds out by ports, memory, CPUID and interrupts, and what it knows of itself lies on its disk.
 */
export class ModelGuest implements Unit<GuestState> {
  private state: GuestState = newGuestState();
  private readonly alarm: Alarm; // for what somebody waits for
  private readonly interrupted: Alarm; // to take an interrupt
  private readonly upkeep: Alarm; // for what goes on by itself and nobody waits for
  private readonly routine: Alarm; // the same, where it concerns nobody outside the machine
  private life = 0; // counts power-ons: a step that resets the machine must not go on afterwards
  private bios: Bios | null = null;
  private uefi: UefiFirmware | null = null;
  private loader: Loader | null = null;
  private setup: Setup | null = null;
  private kernel: Kernel | null = null;
  private userland: Userland | null = null;

  private readonly processors: readonly Processor[];

  constructor(private readonly options: ModelGuestOptions) {
    this.processors = [options.processor, ...(options.others ?? [])];
    const alarm = (name: string, rest: AlarmOptions): Alarm =>
      options.clock.alarm(`${options.name}/${name}`, () => this.run(), rest);
    this.alarm = alarm('step', {});
    this.interrupted = alarm('interrupt', { reach: 'inherited' });
    this.upkeep = alarm('upkeep', { background: true });
    this.routine = alarm('routine', { background: true, reach: 'partition' });
    for (const processor of this.processors) processor.onInterrupt(() => this.wakeUp());
  }

  private now = (): number => this.options.clock.now();

  /** Power is good: the processor fetches its first instruction. */
  start(): void {
    this.reset();
    this.state.phase = this.options.firmware === 'uefi' ? 'uefi' : 'firmware';
    this.wire();
    this.uefi?.begin();
    arm(this.alarm, this.now());
  }

  /** True when nothing will happen before an interrupt comes, apart from routine. */
  get idle(): boolean {
    return this.alarm.due === null && this.interrupted.due === null;
  }

  /** Steps since power-on: grows with everything that may change the picture. */
  get steps(): number {
    return this.state.steps;
  }

  /** What the guest draws by itself; null while it is in text mode, when the screen is the VGA's text memory. */
  screen(): DrawnScreen | null {
    if (this.uefi && this.state.phase === 'uefi') return firmwareScreen(this.uefi.view());
    if (this.setup?.profile?.setup.style === 'splash') return setupScreen(this.setup.view());
    return this.userland?.screen() ?? null;
  }

  /** A person does something to the windows of the guest's desktop. */
  act(action: DesktopAction): void {
    this.state.steps++;
    this.userland?.act(action);
  }

  /**
   * The characters of a text screen without a text mode: what is drawn into a frame buffer is kept beside it, where the text
   * memory of an adapter would be. Null while the guest draws something else.
   */
  textSnapshot(): TextShadow | null {
    const { phase, uefi, session } = this.state;
    const console = phase === 'kernel' ? session?.console : uefi.console;
    return console ? textShadow(this.options.processor.memory, console) : null;
  }

  private get profile(): OsProfile | null {
    return osProfile(this.state.kernel?.boot.profileId ?? '');
  }

  /** Arms the alarms, none sooner than `earliest`. Interrupts have been taken. */
  private goOn({ next, upkeep, routine }: Dues, earliest: number): void {
    this.interrupted.cancel();
    arm(this.alarm, next, earliest);
    arm(this.upkeep, upkeep, earliest);
    arm(this.routine, routine, earliest);
  }

  /** An interrupt became pending. It may come from inside one of the guest's own accesses, so it is only noted here. */
  private wakeUp(): void {
    if (this.state.phase !== 'off') arm(this.interrupted, this.now(), this.state.busyUntil);
  }

  private run(): void {
    const { life } = this;
    this.state.steps++;
    const used = this.takeInterrupts();
    const next = life === this.life ? this.step() : null;
    if (life !== this.life || this.state.phase === 'off') return;
    this.state.busyUntil = this.now() + Math.max(...used.map((processor) => processor.takeSpentTime())); // they work at once
    this.goOn({ ...(this.kernel?.later ?? NOTHING_LATER), next }, this.state.busyUntil);
    for (const processor of used) processor.halt(); // calls back at once when an interrupt came meanwhile
  }

  /** Takes what is pending everywhere. Returns the first processor, which everything else runs on, and those that took something. */
  private takeInterrupts(): Processor[] {
    return this.processors.filter((processor) => this.takeInterruptsOf(processor) > 0 || processor.index === 0);
  }

  /** Takes the interrupts of one processor: how many there were. */
  private takeInterruptsOf(processor: Processor): number {
    const { life } = this;
    for (let i = 0; i < INTERRUPT_LIMIT; i++) {
      const vector = life === this.life ? processor.takeInterrupt() : null;
      if (vector === null) return i;
      this.state.interrupts++;
      if (this.uefi) this.uefi.interrupt(vector);
      else if (this.kernel) this.kernel.interrupt(vector, processor.index);
      else this.bios?.interrupt(vector);
    }
    return INTERRUPT_LIMIT;
  }

  private step(): number | null {
    if (this.state.phase === 'uefi' || this.state.phase === 'firmware') return this.stepFirmware();
    if (this.state.phase === 'loader') return this.stepLoader();
    if (this.state.phase === 'setup') return this.setup?.step() ?? null;
    return this.kernel?.step() ?? null;
  }

  private stepFirmware(): number | null {
    const firmware = this.uefi ?? this.bios;
    const next = firmware?.step() ?? null;
    const target = firmware?.target;
    if (!target) return next;
    if (target.kind === 'disk') this.state.loader = newLoader(target.drive, target.partition);
    else this.state.setup = newSetup(target);
    this.state.phase = target.kind === 'disk' ? 'loader' : 'setup';
    this.wire();
    return this.now();
  }

  private stepLoader(): number | null {
    const next = this.loader?.step() ?? null;
    const boot = this.loader?.package();
    if (!boot) return next;
    if (this.uefi && !this.uefi.leave()) return null; // its channels close first: the bus reports by interrupt
    this.state.kernel = newKernel(boot, this.now());
    this.state.bios.disks = []; // the loader's cache: the kernel reads through its own drivers
    this.state.uefi = newUefi();
    this.state.phase = 'kernel';
    this.wire();
    return this.now();
  }

  /** Makes the objects that work on the state: at power-on, when a program takes over, and after a restore. */
  private wire(): void {
    const { processor } = this.options;
    const { phase, bios, loader, setup, kernel } = this.state;
    const { profile } = this;
    const isUefi = this.options.firmware === 'uefi';
    const isFirmware = ['uefi', 'firmware', 'loader', 'setup'].includes(phase);
    if (!isFirmware || !isUefi) this.uefi = null;
    else if (!this.uefi) this.uefi = new UefiFirmware(processor, this.state.uefi, this.now);
    this.bios = isFirmware && !isUefi ? new Bios(processor, bios, this.now) : null;
    const firmware = this.uefi ?? this.bios;
    this.setup = firmware && setup ? new Setup(processor, firmware, setup, this.now) : null;
    this.loader = firmware && loader ? new Loader(firmware, loader, this.now) : null;
    this.kernel = null;
    this.userland = null;
    if (phase === 'kernel' && kernel && profile) this.wireKernel(kernel, profile);
  }

  private wireKernel(state: KernelState, profile: OsProfile): void {
    const { processor, others = [] } = this.options;
    const session = (this.state.session ??= newSession());
    const kernel = (): Kernel => made;
    const userland = new Userland({ processor, profile, session, kernel, now: this.now });
    const host = {
      processor,
      others: others.slice(0, profile.processors - 1),
      profile,
      now: this.now,
      key: (character: string) => userland.key(character),
      logged: (text: string, at: number | null) => userland.logged(text, at),
      run: () => userland.run(),
    };
    const made = new Kernel(host, state);
    this.kernel = made;
    this.userland = userland;
  }

  reset(): void {
    this.life++;
    for (const alarm of [this.alarm, this.interrupted, this.upkeep, this.routine]) alarm.cancel();
    this.state = newGuestState();
    this.bios = this.uefi = this.loader = this.setup = this.kernel = this.userland = null;
  }

  save(): GuestState {
    this.kernel?.pnp.sync();
    this.uefi?.sync();
    return clonePlain(this.state);
  }

  /** The clock has restored the alarm. */
  restore(saved: GuestState): void {
    this.life++;
    this.state = clonePlain(saved);
    this.uefi = null; // wiring over the state that was replaced
    this.wire();
  }

  inspect(): InspectNode {
    const { phase, steps, interrupts, kernel, bios } = this.state;
    return {
      phase,
      steps,
      interrupts,
      bios: { phase: bios.phase, drives: bios.drives.map((drive) => drive.identity.model) },
      kernel: kernel && {
        profile: kernel.boot.profileId,
        stage: kernel.stage,
        devices: kernel.devices.map(({ instance, name, service, status, problem }) => ({
          instance,
          name,
          service,
          status,
          problem,
        })),
        irqCounts: kernel.interrupts.counts,
        adapters: inspectAdapters(kernel.devices),
        tcp: inspectTcp(kernel.network.tcp),
        failure: kernel.failure,
      },
    };
  }
}

/** Arms for `time`, or `earliest` if that is later. One that is armed for that very time stays as it is. */
function arm(alarm: Alarm, time: number | null, earliest = 0): void {
  if (time === null) return alarm.cancel();
  const due = Math.max(time, earliest);
  if (alarm.due !== due) alarm.set(due);
}
