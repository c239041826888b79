import { clonePlain, type InspectNode } from '../../../base/unit';
import type { GuestMemory } from '../../../memory/guest-memory';
import type { VmbusClient } from '../../../vmbus/client/client';
import type { ChannelDriver, ClientOffer } from '../../../vmbus/client/driver';
import type { PageAllocator } from '../../../vmbus/client/pages';
import { COMPLETION_REQUESTED, PacketType, type Packet } from '../../../vmbus/protocol/packet';
import { VSTOR_PACKET, VstorOp } from '../../../vmbus/protocol/vstor';
import { BringUp } from './bring-up';
import { CommandQueue } from './command-queue';
import type { ScsiCommand, ScsiOutcome, StorvscFailure, StorvscState } from './state';
import { SubChannels } from './sub-channels';

/** What the kernel hears of the controller. */
export interface StorvscListener {
  /** Commands are carried out. */
  up(): void;
  failed(reason: StorvscFailure): void;
  /** A command has ended: look for its outcome. */
  finished(): void;
  /** The host says that units came or went. */
  changed(): void;
  /** The host took the controller away. */
  removed(): void;
}

export interface StorvscOptions {
  readonly client: VmbusClient;
  /** Channel that was offered. */
  readonly relid: number;
  readonly memory: GuestMemory;
  readonly pages: PageAllocator;
  /** Kept by the kernel with the device; `newStorvsc()` before the first start. */
  readonly state: StorvscState;
  /** Protocol versions that this driver speaks, newest first. */
  readonly versions: readonly number[];
  /** Target that the units are on: 0 on a SCSI controller, 0 or 1 behind an accelerator of an IDE disk. */
  readonly target?: number;
  readonly listener: StorvscListener;
}

const RING_PAGES = 32; // 128 KB each way, as Linux has it
/** Transaction ids: commands count up from 1, the beginning has this one. */
const SETUP_ID = 0xffff_fffd;

/**
 * The storage driver of a guest with Integration Services, `storvsc` in Windows and Linux alike: opens its channel, agrees on a
 * version, and carries SCSI commands. linux drivers/scsi/storvsc_drv.c.
 */
export class Storvsc implements ChannelDriver {
  private readonly queue: CommandQueue;
  private readonly bringUp: BringUp;
  private readonly subChannels: SubChannels;

  constructor(private readonly options: StorvscOptions) {
    const { client, relid, memory, pages, state, versions, target = 0 } = options;
    const channel = (one: number) => client.channel(one);
    this.queue = new CommandQueue({
      channel,
      relid,
      memory,
      pages,
      state,
      target,
      look: () => options.listener.changed(),
    });
    this.bringUp = new BringUp(state, versions, {
      processors: () => client.vpCount,
      send: (payload) => this.sendSetup(payload),
      up: () => options.listener.up(),
      fail: (reason) => this.fail(reason),
    });
    this.subChannels = new SubChannels({
      ...{ client, state, ringPages: RING_PAGES },
      packet: (packet) => this.packet(packet),
      drained: () => this.drained(),
      lost: (one) => this.lost(one),
    });
    client.attach(relid, this);
  }

  private get state(): StorvscState {
    return this.options.state;
  }

  get isUp(): boolean {
    return this.state.phase === 'up';
  }

  /** Longest transfer of one command, bytes. */
  get maxTransfer(): number {
    return this.state.maxTransfer;
  }

  /** True while a command is on its way. */
  get busy(): boolean {
    return this.state.active.length + this.state.waiting.length > 0;
  }

  /** Opens the channel and goes through the beginning; the listener hears how it ends. */
  start(): void {
    this.state.phase = 'opening';
    const { client, relid } = this.options;
    if (!client.openChannel(relid, { sendPages: RING_PAGES, receivePages: RING_PAGES })) this.fail('open');
  }

  /** Hands a command over; its outcome is asked for by the ticket that this returns. */
  submit(command: ScsiCommand): number {
    return this.queue.submit(command);
  }

  /** The outcome of a ticket, once; null while the command is on its way. */
  take(ticket: number): ScsiOutcome | null {
    return this.queue.take(ticket);
  }

  opened(status: number): void {
    if (status === 0) this.bringUp.begin();
    else this.fail('open');
  }

  private sendSetup(payload: Uint8Array): void {
    const { client, relid } = this.options;
    const packet = { type: PacketType.InBand, flags: COMPLETION_REQUESTED, idLow: SETUP_ID, payload };
    client.channel(relid)?.send(packet);
  }

  private fail(reason: StorvscFailure): void {
    const { client, relid, listener } = this.options;
    Object.assign(this.state, { phase: 'failed', failure: reason });
    client.closeChannel(relid);
    this.queue.abandon();
    listener.failed(reason);
  }

  packet(packet: Packet): void {
    const header = VSTOR_PACKET.fields.operation.get(packet.payload, 0);
    if (packet.payload.length < 4) this.state.malformed++;
    else if (packet.type === PacketType.Completion) this.completed(packet);
    else if (header === VstorOp.EnumerateBus || header === VstorOp.RemoveDevice) this.options.listener.changed();
    // Other packets that nobody asked for are not for this driver.
  }

  private completed(packet: Packet): void {
    const isKnown = packet.idHigh === 0;
    if (isKnown && packet.idLow === SETUP_ID && this.bringUp.isAsking) this.bringUp.answered(packet.payload);
    else if (!isKnown) this.state.malformed++;
    else if (this.queue.completed(packet.idLow, packet.payload)) this.options.listener.finished();
  }

  subChannelOffered(offer: ClientOffer): void {
    if (this.isUp || this.bringUp.isAsking) this.subChannels.offered(offer);
  }

  private lost(relid: number): void {
    if (this.queue.abandonChannel(relid)) this.options.listener.finished();
  }

  drained(): void {
    if (this.isUp) this.queue.flush();
  }

  /** Closes the channel. Whoever stops the system has waited for the commands before. */
  stop(): void {
    const { client, relid } = this.options;
    if (!this.isUp) return;
    this.state.phase = 'closed';
    this.subChannels.close();
    client.closeChannel(relid);
  }

  gpadlCreated(): void {
    // Only rings are shared.
  }

  gpadlTornDown(): void {
    // Only rings are shared.
  }

  closed(): void {
    this.queue.abandon();
  }

  rescinded(): void {
    Object.assign(this.state, { phase: 'removed', subChannels: [], wanted: 0 });
    this.queue.abandon();
    this.options.listener.removed();
  }

  /** A copy of the state; restoring is giving it to a new driver. */
  save(): StorvscState {
    return clonePlain(this.state);
  }

  inspect(): InspectNode {
    const { phase, failure, version, waiting, active, commands, failed, attentions, malformed, subChannels } =
      this.state;
    return {
      phase,
      failure,
      version: `${version >> 8}.${version & 0xff}`,
      channels: 1 + subChannels.filter(({ isOpen }) => isOpen).length,
      waiting: waiting.length,
      active: active.length,
      commands,
      failed,
      attentions,
      malformed,
    };
  }
}
