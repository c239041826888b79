import type { FramePort, FrameReceiver } from '@engine/base/backends';
import { Netvsc, type NetvscListener } from '@engine/guest/vsc/netvsc/netvsc';
import { netvscSettings, type NetvscSettings } from '@engine/guest/vsc/netvsc/settings';
import { newNetvsc, type NetvscState } from '@engine/guest/vsc/netvsc/state';
import { Netvsp, type NetvspOptions } from '@engine/parent/vsp/netvsp/netvsp';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { NvspVersion } from '@engine/vmbus/protocol/nvsp';
import type { VspDevice } from '@engine/vmbus/server/device';
import { BusRig, TestKernel, type BusRigOptions } from '../vmbus/rig';

export const MS = 1_000_000;
export const MAC = new Uint8Array([0x00, 0x15, 0x5d, 0x01, 0x02, 0x03]);
export const OTHER = new Uint8Array([0x00, 0x15, 0x5d, 0x01, 0x02, 0x04]);
export const BROADCAST = new Uint8Array(6).fill(0xff);
/** Small buffers: 64 KB for receiving (37 sub-allocations), 10 sections for sending. */
export const SMALL = { ringPages: 8, receiveBytes: 0x1_0000, sendBytes: 0xf000 };

/** A port whose other side is the test: keeps what the provider sends, and hands it what the test gives. */
export class TestPort implements FramePort {
  readonly frames: Uint8Array[] = [];
  linkUp = true;
  private receiver: FrameReceiver | null = null;
  onFrame: (frame: Uint8Array) => void = (frame) => this.frames.push(frame.slice());

  send(frame: Uint8Array): void {
    this.onFrame(frame);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  give(frame: Uint8Array): void {
    this.receiver?.receive(frame);
  }

  plug(up: boolean): void {
    this.linkUp = up;
    this.receiver?.linkChanged(up);
  }
}

/** An Ethernet frame of `length` bytes whose payload can be told apart. */
export function frame(to: Uint8Array, from: Uint8Array, length: number, mark = 0): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + mark * 13) & 0xff);
  bytes.set(to, 0);
  bytes.set(from, 6);
  bytes.set([0x08, 0x00], 12);
  return bytes;
}

/** Frames as text, one character a byte: quick to compare. */
export const texts = (frames: readonly Uint8Array[]): string[] =>
  frames.map((bytes) => Buffer.from(bytes).toString('latin1'));

export interface NetRigOptions extends BusRigOptions {
  readonly netvsp?: Partial<NetvspOptions>;
  /** Offered instead of the provider: one that misbehaves. */
  readonly device?: VspDevice;
  readonly nvsp?: number;
  readonly settings?: Partial<NetvscSettings>;
  readonly mtu?: number;
  readonly mac?: Uint8Array;
}

/** A machine with one network provider, and a kernel that drives it. */
export class NetRig extends BusRig {
  readonly port = new TestPort();
  readonly netvsp: Netvsp;
  readonly kernel: TestKernel;
  readonly heard: string[] = [];
  readonly state: NetvscState;
  readonly received: Uint8Array[] = [];
  readonly links: boolean[] = [];
  netvsc: Netvsc | null = null;

  constructor(private readonly given: NetRigOptions = {}) {
    super(given);
    this.netvsp = new Netvsp({
      name: 'netvsp-0',
      instance: 'aaaabbbb-0000-1111-2222-333344445555',
      mac: given.mac ?? MAC,
      port: this.port,
      ...given.netvsp,
    });
    this.server.add(given.device ?? this.netvsp);
    this.kernel = new TestKernel(this);
    this.state = newNetvsc(given.mtu);
    this.kernel.bind(DeviceClass.Network, ({ relid }) => this.makeDriver(relid));
  }

  makeDriver(relid: number, state = this.state): Netvsc {
    const listener: NetvscListener = {
      up: () => this.heard.push('up'),
      failed: (reason) => this.heard.push(`failed ${reason}`),
      stopped: () => this.heard.push('stopped'),
      removed: () => this.heard.push('removed'),
    };
    const settings = { ...netvscSettings(this.given.nvsp ?? NvspVersion.V6_1, SMALL), ...this.given.settings };
    const { client, pages } = this.kernel;
    this.netvsc = new Netvsc({ client, relid, memory: this.memory, pages, state, name: 'eth0', settings, listener });
    this.netvsc.setReceiver({
      receive: (bytes) => this.received.push(bytes.slice()),
      linkChanged: (up) => this.links.push(up),
    });
    return this.netvsc;
  }

  /** Connects, starts the driver and lets it come up. */
  boot(): this {
    this.kernel.client.connect();
    this.clock.advanceBy(MS);
    this.netvsc?.start();
    this.clock.advanceBy(10 * MS);
    return this;
  }

  get driver(): Netvsc {
    if (!this.netvsc) throw new Error('the adapter was not offered');
    return this.netvsc;
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.netvsp.save().counters };
  }
}
