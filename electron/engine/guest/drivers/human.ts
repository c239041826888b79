import { SECOND } from '../../clock/clock';
import { VideoVersion, type Resolution } from '../../vmbus/protocol/synth-video';
import { Pci, PciConfig, scanPci } from '../hardware/pci-config';
import { Problem } from '../kernel/device';
import type { Driver, DriverContext } from '../kernel/driver';
import { KeyboardVsc, newKeyboardVsc, type HumanPhase, type KeyboardVscState } from '../vsc/human/keyboard-vsc';
import { MouseVsc, newMouseVsc, type MouseVscState } from '../vsc/human/mouse-vsc';
import type { DriverPhase, MessageDriver } from '../vsc/message-driver';
import { newVideoVsc, VideoVsc, type VideoVscState } from '../vsc/human/video-vsc';
import { meaningOf, noKeys, type HeldKeys } from './key-decoder';
import { VmbusDriver } from './vmbus';

/** Screen, keyboard and mouse on VMBus, with what each remembers. Plain. */
export type HumanState =
  | { kind: 'synthKeyboard'; held: HeldKeys; vsc: KeyboardVscState }
  | { kind: 'synthMouse'; vsc: MouseVscState }
  | { kind: 'synthVideo'; vsc: VideoVscState };

type StateOf<K extends HumanState['kind']> = Extract<HumanState, { kind: K }>;

export const newSynthKeyboard = (): HumanState => ({ kind: 'synthKeyboard', held: noKeys(), vsc: newKeyboardVsc() });
export const newSynthMouse = (): HumanState => ({ kind: 'synthMouse', vsc: newMouseVsc() });
export const newSynthVideo = (): HumanState => ({ kind: 'synthVideo', vsc: newVideoVsc() });

const PATIENCE = 10 * SECOND; // for a host that does not answer
const CAPS_LOCK_LIGHT = 4;
const VGA_CLASS = 0x0300;
const VIDEO_VERSIONS = [VideoVersion.V3_5, VideoVersion.V3_3, VideoVersion.V3_2, VideoVersion.V3_0];

/** The part of such a driver that talks to the host. */
interface Vsc {
  readonly channel: MessageDriver<HumanPhase>;
}

type Changed = (phase: DriverPhase<HumanPhase>) => void;

/** What one kind of device does besides. */
interface Hooks {
  /** Before the channel is opened; false: the device cannot work here. Not called after a restore. */
  prepare?(): boolean;
  /** The device works. */
  working?(): void;
}

/** A device of the tree that is driven over its channel: starts with it, and fails when the host does not answer. */
class HumanDriver implements Driver {
  private vsc: Vsc | null = null;

  constructor(
    protected readonly context: DriverContext,
    make: (bus: VmbusDriver, changed: Changed) => Vsc,
    private readonly hooks: Hooks = {},
  ) {
    const bus = context.parentDriver();
    if (bus instanceof VmbusDriver) this.vsc = make(bus, (phase) => this.changed(phase));
  }

  start(): void {
    if (!this.vsc || this.hooks.prepare?.() === false) return this.context.started(Problem.cannotStart);
    this.context.log(`hv_vmbus: registering driver ${(this.context.device.service ?? '').replaceAll('-', '_')}`);
    this.context.wakeAt(this.context.now() + PATIENCE);
    this.vsc.channel.start();
  }

  private changed(phase: DriverPhase<HumanPhase>): void {
    if (phase === 'active') this.finish(Problem.none);
    else if (phase === 'failed') this.finish(Problem.cannotStart);
  }

  private finish(problem: number): void {
    if (this.context.device.status !== 'starting') return;
    this.context.wakeAt(null);
    this.context.started(problem);
    if (problem === Problem.none) this.hooks.working?.();
  }

  interrupt(): boolean {
    return false; // its packets come through the bus
  }

  wake(): void {
    this.finish(Problem.cannotStart);
  }

  stop(): void {
    this.vsc?.channel.stop();
  }
}

/** `hyperkbd`, `hyperv_keyboard`. */
export function keyboardDriver(context: DriverContext, state: StateOf<'synthKeyboard'>): Driver {
  const { held } = state;
  return new HumanDriver(context, ({ client }, changed) => {
    const vsc = new KeyboardVsc({
      client,
      relid: context.device.address,
      state: state.vsc,
      changed,
      key: (make, isDown, isExtended) => {
        const wasLocked = held.capsLock;
        const key = meaningOf(held, { make, isDown, isExtended });
        if (wasLocked !== held.capsLock) vsc.setLeds(held.capsLock ? CAPS_LOCK_LIGHT : 0);
        if (key !== null) context.key(key);
      },
    });
    return vsc;
  });
}

/** `vmbushid`, `hid_hyperv`: the mouse itself is a HID device below it. */
export function mouseDriver(context: DriverContext, state: StateOf<'synthMouse'>): Driver {
  const { device, profile } = context;
  const working = (): void => {
    if (profile.linux) context.log('input: Microsoft Vmbus HID-compliant Mouse');
    else
      context.addChild({
        bus: 'hid',
        address: 0,
        ids: ['HID_DEVICE_SYSTEM_MOUSE'],
        instance: `HID\\VID_${hex(state.vsc.vendor)}&PID_${hex(state.vsc.product)}\\0000`,
        location: device.name,
      });
  };
  const make = ({ client }: VmbusDriver, changed: Changed): MouseVsc =>
    new MouseVsc({ client, relid: device.address, state: state.vsc, changed });
  return new HumanDriver(context, make, { working });
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0');

/** `HyperVideo`, `VMBusVideoM`: the picture lies in the aperture of the emulated adapter, whose screen it takes over. */
export function videoDriver(context: DriverContext, state: StateOf<'synthVideo'>): Driver {
  const { profile, device } = context;
  const size: Resolution = [profile.screen.width, profile.screen.height];
  const prepare = (): boolean => {
    state.vsc.memory = displayAperture(context) ?? sharedAperture(context) ?? 0;
    return state.vsc.memory !== 0;
  };
  const make = ({ client }: VmbusDriver, changed: Changed): VideoVsc =>
    new VideoVsc({ client, relid: device.address, state: state.vsc, versions: VIDEO_VERSIONS, size, changed });
  return new HumanDriver(context, make, { prepare });
}

/** Where the display adapter on the PCI bus shows its memory; null without one. */
function displayAperture({ processor }: DriverContext): number | null {
  const config = new PciConfig(processor);
  const adapter = scanPci(config).find(({ classCode }) => classCode >>> 8 === VGA_CLASS);
  if (!adapter) return null;
  const base = config.read(adapter.device, adapter.fn, Pci.bar0);
  return (base & 0xffff_fff0) >>> 0 || null;
}

/** Memory-mapped space that ACPI gives to the root of VMBus: on a machine without PCI the picture lies there. */
function sharedAperture(context: DriverContext): number | null {
  const range = context.parentDevice()?.resources.find(({ kind }) => kind === 'memory');
  return range?.start ?? null;
}
