import { isDeepStrictEqual } from 'node:util';
import { clonePlain, type Unit } from '@engine/base/unit';
import type { DeviceMemory } from '@engine/bus/device-memory';
import type { Alarm } from '@engine/clock/clock';
import { BalloonDriver } from '@engine/guest/vsc/dynamic-memory/balloon-driver';
import { newBalloonDriver } from '@engine/guest/vsc/dynamic-memory/state';
import { KeyboardVsc, newKeyboardVsc } from '@engine/guest/vsc/human/keyboard-vsc';
import { MouseVsc, newMouseVsc } from '@engine/guest/vsc/human/mouse-vsc';
import { newVideoVsc, VideoVsc } from '@engine/guest/vsc/human/video-vsc';
import { fileCopyService } from '@engine/guest/vsc/ic/file-copy-service';
import { IcDriver, type IcGuestService } from '@engine/guest/vsc/ic/ic-driver';
import * as services from '@engine/guest/vsc/ic/services';
import { newIcDriver } from '@engine/guest/vsc/ic/state';
import { DynamicMemoryVsp } from '@engine/parent/vsp/dynamic-memory/dynamic-memory';
import { BackupVsp } from '@engine/parent/vsp/ic/backup';
import { FileCopyVsp } from '@engine/parent/vsp/ic/file-copy';
import { HeartbeatVsp } from '@engine/parent/vsp/ic/heartbeat';
import { KeyValuePairVsp } from '@engine/parent/vsp/ic/key-value-pair';
import { ShutdownVsp } from '@engine/parent/vsp/ic/shutdown';
import { TimeSyncVsp } from '@engine/parent/vsp/ic/time-sync';
import { KeyboardVsp } from '@engine/parent/vsp/keyboard/keyboard-vsp';
import { MouseVsp } from '@engine/parent/vsp/mouse/mouse-vsp';
import { FrameMemory } from '@engine/parent/vsp/video/frame-memory';
import { VideoVsp } from '@engine/parent/vsp/video/video-vsp';
import { DmVersion } from '@engine/vmbus/protocol/dynamic-memory';
import { VideoVersion } from '@engine/vmbus/protocol/synth-video';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { World } from '../../hypervisor/rig';
import { MS } from '../../parent/rig';
import { BusRig, TestKernel } from '../rig';
import type { GuestSystem } from './guest';

const PICTURE = 0xf900_0000;
const POLICY = { dynamic: true, minimumMB: 16, maximumMB: 64, bufferPercent: 20, weight: 5000 };
/** Nanoseconds that a program of the guest takes to have a look. */
const TURN = 2_000;

/** What outlives a machine: the world, the picture's memory, and what the guest's system has come to know. */
export interface Outside {
  readonly world: World;
  readonly vram: DeviceMemory;
  readonly guest: GuestSystem;
  /** What the host has heard of its wishes. */
  readonly host: string[];
}

const freshDrivers = () => ({
  keyboard: newKeyboardVsc(),
  mouse: newMouseVsc(),
  video: { ...newVideoVsc(), memory: PICTURE },
  memory: newBalloonDriver(),
  components: Array.from({ length: 6 }, newIcDriver),
});

/** A machine with every small device that a host offers, and a guest that drives all of them. */
export class ComponentMachine {
  readonly rig: BusRig;
  readonly heartbeat: HeartbeatVsp;
  readonly shutdown: ShutdownVsp;
  readonly timeSync: TimeSyncVsp;
  readonly items: KeyValuePairVsp;
  readonly backup: BackupVsp;
  readonly fileCopy = new FileCopyVsp({ finished: (status) => this.around.host.push(`copied ${status}`) });
  readonly keyboard = new KeyboardVsp();
  readonly mouse = new MouseVsp();
  readonly video: VideoVsp;
  readonly memory: DynamicMemoryVsp;
  readonly screen: VideoVsc;
  readonly keys: KeyboardVsc;
  readonly balloon: BalloonDriver;
  private readonly frames: FrameMemory;
  private readonly kernel: TestKernel;
  private readonly starters: { start(): void }[] = [];
  private readonly daemon: Alarm;
  private copier: IcDriver | null = null; // the one whose answers take time

  constructor(
    private readonly around: Outside,
    private readonly drivers = freshDrivers(),
  ) {
    const { world, vram, host } = around;
    world.clock.release('small');
    this.rig = new BusRig({ world, name: 'small' });
    const { clock } = this.rig.partition;
    const { memory, mmio } = this.rig;
    this.heartbeat = new HeartbeatVsp({ clock });
    const say = (text: string) => (): void => void host.push(text);
    this.shutdown = new ShutdownVsp({ listener: { accepted: say('accepted'), refused: say('refused') } });
    this.timeSync = new TimeSyncVsp({ clock, hostTime: () => BigInt(Math.floor(clock.now() / 100)) });
    this.items = new KeyValuePairVsp({ clock, hostItems: [['HostName', 'HV']] });
    this.backup = new BackupVsp({ frozen: say('frozen'), failed: say('no backup') });
    this.frames = new FrameMemory({ name: 'small/video', memory, mmio, vram });
    this.video = new VideoVsp({ frames: this.frames });
    this.memory = new DynamicMemoryVsp({ clock, memory, maxVersion: DmVersion.Win10, policy: POLICY });
    for (const { device } of this.providers) this.rig.server.add(device);
    this.kernel = new TestKernel(this.rig, undefined, around.guest.pages);
    const { client } = this.kernel;
    this.daemon = clock.alarm('daemon', () => this.look());
    this.components.forEach((service, i) => this.component(1 + i, service));
    const { guest } = around;
    const { keyboard: state, mouse, video, memory: dm } = drivers;
    const key = (make: number, isDown: boolean): void => void guest.heard.push(`key ${make} ${isDown}`);
    this.keys = new KeyboardVsc({ client, relid: 7, state, key });
    const pointer = new MouseVsc({ client, relid: 8, state: mouse });
    this.screen = new VideoVsc({ client, relid: 9, state: video, versions: [VideoVersion.V3_5], size: [640, 480] });
    const versions = [DmVersion.Win10];
    this.balloon = new BalloonDriver({
      client,
      relid: 10,
      memory: guest.memory,
      versions,
      hotAddAlign: null,
      state: dm,
    });
    this.starters.push(this.keys.channel, pointer.channel, this.screen.channel, this.balloon.channel);
  }

  /** By the number of their channel, from 1. */
  private get providers(): readonly { readonly device: VspDevice & Unit<unknown> }[] {
    const { heartbeat, shutdown, timeSync, items, backup, fileCopy, keyboard, mouse, video, memory } = this;
    return [heartbeat, shutdown, timeSync, items, backup, fileCopy, keyboard, mouse, video, memory];
  }

  /** The guest's halves of the first six. */
  private get components(): readonly IcGuestService[] {
    const { heard, pools, taker } = this.around.guest;
    const accepts = (force: boolean): boolean => heard.push(`shutdown ${force}`) > 0 && force;
    const freeze = (): boolean => heard.push('freeze') > 0;
    return [
      services.heartbeatService(() => 1),
      services.shutdownService({ accepts, shutDown: () => heard.push('shuts down') }),
      services.timeSyncService((time, isSync) => heard.push(`time ${time} ${isSync}`)),
      services.keyValueService(() => [['Keys', String(heard.length)]], pools),
      services.backupService({ freeze, thaw: () => heard.push('thaw') }),
      fileCopyService(taker),
    ];
  }

  private component(relid: number, service: IcGuestService): void {
    const state = this.drivers.components[relid - 1] ?? newIcDriver();
    const driver = new IcDriver({ client: this.kernel.client, relid, service, state, later: () => this.lookSoon() });
    this.starters.push(driver.channel);
    if (service.verdict) this.copier = driver;
  }

  private lookSoon(): void {
    this.daemon.set(this.rig.partition.clock.now() + TURN);
  }

  private look(): void {
    if (this.copier?.settle() === false) this.lookSoon();
  }

  /** Connects and brings everything up. */
  boot(): void {
    this.kernel.client.connect();
    this.around.world.clock.advanceBy(MS);
    for (const driver of this.starters) driver.start();
    this.around.world.clock.advanceBy(5 * MS);
  }

  /** Which channels have begun something that has not ended. */
  underWay(): Readonly<Record<string, boolean>> {
    const { pending } = this.memory.device.save();
    const samples = this.timeSync.device.save().own.samples;
    return {
      heartbeat: this.heartbeat.device.save().own.unanswered > 0,
      shutdown: this.shutdown.device.save().own.pending,
      timeSync: samples > this.around.guest.heard.filter((line) => line.startsWith('time')).length,
      items: this.items.device.save().own.isAsking,
      backup: !['idle', 'frozen'].includes(this.backup.phase),
      fileCopy: this.fileCopy.device.save().own.copy !== null,
      keyboard: this.keyboard.device.save().waiting.length > 0,
      mouse: this.mouse.device.save().waiting.length > 0,
      video: this.video.device.save().waiting.length > 0,
      memory: pending !== null,
    };
  }

  save() {
    const { rig, frames, drivers, kernel } = this;
    return {
      time: rig.time.save(),
      memory: rig.memory.save(),
      partition: rig.partition.save(),
      bus: rig.server.save(),
      frames: frames.save(),
      providers: this.providers.map(({ device }) => device.save()),
      client: kernel.client.save(),
      drivers: clonePlain(drivers),
    };
  }

  /** Saves, and goes on in a machine that is built anew. Throws when that one would save something else. */
  moved(): ComponentMachine {
    const saved = this.save();
    const next = new ComponentMachine(this.around, clonePlain(saved.drivers));
    next.rig.time.restore(saved.time);
    next.rig.memory.restore(saved.memory);
    next.rig.partition.restore(saved.partition);
    next.rig.server.restore(saved.bus);
    next.frames.restore(saved.frames);
    next.providers.forEach(({ device }, i) => {
      device.restore(saved.providers[i]);
    });
    next.kernel.client.restore(saved.client);
    if (!isDeepStrictEqual(next.save(), saved)) throw new Error('a restored machine saves something else');
    next.rig.time.start();
    return next;
  }
}
