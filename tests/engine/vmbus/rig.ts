import { readU32, viewOf, writeU32 } from '@engine/base/bytes';
import { CallCode, controlWord, statusOf } from '@engine/hypervisor/hypercall';
import type { HypervisorProfile, ProcessorModel } from '@engine/hypervisor/profile';
import { CostMeter } from '@engine/trace/cost';
import { VmbusClient } from '@engine/vmbus/client/client';
import type { ChannelDriver, ClientOffer, VmbusListener } from '@engine/vmbus/client/driver';
import type { PageAllocator } from '@engine/vmbus/client/pages';
import {
  GPADL_BODY,
  GPADL_HEADER,
  encodeMessage,
  INITIATE_CONTACT,
  MessageType,
  OPEN_CHANNEL,
} from '@engine/vmbus/protocol/messages';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import type { OfferSpec } from '@engine/vmbus/protocol/offer';
import { packetOf, PacketType, type Packet } from '@engine/vmbus/protocol/packet';
import { versionsUpTo, VmbusVersion } from '@engine/vmbus/protocol/versions';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';
import { VmbusServer } from '@engine/vmbus/server/server';
import { enlighten, PartitionRig, type World } from '../hypervisor/rig';

/** A copy of a packet that stays good when the ring goes on. */
export function kept({ bytes, payload }: Packet): Packet {
  const own = bytes.slice();
  return packetOf(viewOf(own), own, own.subarray(bytes.length - payload.length));
}

export interface BusRigOptions {
  readonly host?: string | HypervisorProfile;
  readonly maxVersion?: number;
  readonly gpadlLimit?: number;
  readonly vpCount?: number;
  readonly name?: string;
  readonly world?: World;
  readonly processor?: ProcessorModel;
}

/** A partition with a VMBus server on it. */
export class BusRig extends PartitionRig {
  readonly meter = new CostMeter();
  readonly server: VmbusServer;

  constructor({
    host = 'ws2022',
    maxVersion = VmbusVersion.V5_3,
    gpadlLimit,
    vpCount = 1,
    name,
    world,
    processor,
  }: BusRigOptions = {}) {
    super(host, vpCount, name, world, processor);
    this.server = new VmbusServer({ partition: this.partition, meter: this.meter, maxVersion, gpadlLimit });
  }
}

/** A provider that sends back what it gets, and keeps a list of what happened to it. */
export class EchoDevice implements VspDevice {
  readonly offer: OfferSpec;
  readonly heard: string[] = [];
  readonly payloads: Uint8Array[] = [];
  channel: HostChannel | null = null;
  refuses = false;
  onSignalled: (packets: boolean) => void = () => undefined;
  private held: Packet | null = null; // an echo that found the ring full

  constructor(name = 'echo-0', interfaceType: string = DeviceClass.Heartbeat) {
    const number = name.replace(/\D/g, '').padStart(12, '0');
    this.offer = { name, interfaceType, instance: `11112222-3333-4444-5555-${number}` };
  }

  attached(channel: HostChannel): void {
    this.channel ??= channel;
  }

  opened(): boolean {
    this.heard.push('opened');
    return !this.refuses;
  }

  closed(): void {
    this.heard.push('closed');
    this.held = null;
  }

  signalled(channel: HostChannel): void {
    if (this.held && !this.echo(channel, this.held)) return;
    this.held = null;
    const before = this.payloads.length;
    this.echoAll(channel);
    this.onSignalled(this.payloads.length > before);
  }

  private echoAll(channel: HostChannel): void {
    for (let packet = channel.receive(); packet; packet = channel.receive()) {
      this.payloads.push(packet.payload.slice());
      if (this.echo(channel, packet)) continue;
      this.held = kept(packet);
      return;
    }
  }

  private echo(channel: HostChannel, packet: Packet): boolean {
    return channel.send({
      type: PacketType.InBand,
      idLow: packet.idLow,
      idHigh: packet.idHigh,
      payload: packet.payload,
    });
  }
}

/** The least that a guest can be: messages by hand, through the processor. */
export class TinyGuest {
  constructor(private readonly rig: PartitionRig) {
    enlighten(rig.vp());
  }

  /** Posts a message; the hypercall's status. */
  post(message: Uint8Array, connection = 1): number {
    const block = new Uint8Array(256);
    writeU32(block, 0, connection);
    writeU32(block, 8, 1);
    writeU32(block, 12, message.length);
    block.set(message, 16);
    this.rig.memory.write(0x9000, block);
    return statusOf(this.rig.vp().hypercall(controlWord(CallCode.PostMessage), 0x9000n, 0n) ?? -1n);
  }

  /** All messages that the host has sent. */
  take(): Uint8Array[] {
    const messages: Uint8Array[] = [];
    const slot = 0x2000 + 2 * 256;
    const { memory } = this.rig;
    while (memory.readU32(slot) !== 0) {
      messages.push(memory.read(slot + 16, memory.readU8(slot + 4)));
      memory.writeU32(slot, 0);
      this.rig.vp().writeMsr(0x4000_0084, 0n);
    }
    return messages;
  }

  /** Types of all messages that the host has sent. */
  types(): number[] {
    return this.take().map((message) => readU32(message, 0));
  }

  contact(version: number, connection = version >= VmbusVersion.V5_0 ? 4 : 1): number {
    const fields = { version, targetVp: 0, interruptPage: 2n, monitorPage1: 0n, monitorPage2: 0n };
    return this.post(encodeMessage(MessageType.InitiateContact, INITIATE_CONTACT, fields), connection);
  }

  /** Shares one range: header and bodies. */
  gpadl(relid: number, gpadl: number, pfns: readonly number[], byteCount = pfns.length * 4096, byteOffset = 0): void {
    const words = pfns.map((pfn) => [pfn >>> 0, Math.floor(pfn / 2 ** 32)]).flat();
    const range = new Uint8Array(new Uint32Array([byteCount, byteOffset, ...words]).buffer);
    const header = encodeMessage(MessageType.GpadlHeader, GPADL_HEADER, {
      relid,
      gpadl,
      rangeBytes: range.length,
      rangeCount: 1,
    });
    this.post(new Uint8Array([...header, ...range.subarray(0, 216)]));
    for (let at = 216, messageNumber = 0; at < range.length; at += 224, messageNumber++) {
      const body = encodeMessage(MessageType.GpadlBody, GPADL_BODY, { messageNumber, gpadl });
      this.post(new Uint8Array([...body, ...range.subarray(at, at + 224)]));
    }
  }

  open(relid: number, ringGpadl: number, downstreamPage: number, openId = relid): void {
    const fields = { relid, openId, ringGpadl, targetVp: 0, downstreamPage, userData: new Uint8Array(120) };
    this.post(encodeMessage(MessageType.OpenChannel, OPEN_CHANNEL, fields));
  }
}

/** Pages from 16 MB up, handed out in order; released ones are used again. */
export class TestPages implements PageAllocator {
  private next = 0x100_0000;
  private readonly free: { gpa: number; pages: number }[] = [];
  used = 0;

  allocate(pages: number): number {
    this.used += pages;
    const index = this.free.findIndex((run) => run.pages === pages);
    if (index >= 0) return this.free.splice(index, 1)[0]?.gpa ?? 0;
    const gpa = this.next;
    this.next += pages * 4096;
    return gpa;
  }

  release(gpa: number, pages: number): void {
    this.used -= pages;
    this.free.push({ gpa, pages });
  }
}

/** A kernel that is nothing but its bus: takes interrupts as soon as time goes on, binds drivers by class. */
export class TestKernel implements VmbusListener {
  readonly heard: string[] = [];
  readonly client: VmbusClient;
  private readonly factories = new Map<string, (offer: ClientOffer) => ChannelDriver>();

  constructor(
    readonly rig: PartitionRig,
    versions: readonly number[] = versionsUpTo(VmbusVersion.V5_3),
    readonly pages: TestPages = new TestPages(),
  ) {
    const processor = rig.vp();
    this.client = new VmbusClient({
      processor,
      others: rig.partition.processors.slice(1),
      pages: this.pages,
      osId: 1n << 48n,
      vector: 0xf3,
      versions,
      listener: this,
    });
    const { clock } = rig.partition;
    const alarm = clock.alarm('kernel', () => this.work());
    for (const vp of rig.partition.processors) {
      vp.onInterrupt(() => {
        if (alarm.due === null) alarm.set(clock.now() + 500);
      });
    }
    alarm.set(clock.now() + 500); // an interrupt may be pending from the system before
  }

  private work(): void {
    for (const vp of this.rig.partition.processors) {
      for (let vector = vp.takeInterrupt(); vector !== null; vector = vp.takeInterrupt()) {
        if (vector === 0xf3) this.client.interrupt(vp.index);
      }
    }
  }

  /** Every offer of `interfaceType` gets a driver. */
  bind(interfaceType: string, factory: (offer: ClientOffer) => ChannelDriver): void {
    this.factories.set(interfaceType, factory);
  }

  connected(version: number): void {
    this.heard.push(`connected ${version.toString(16)}`);
  }

  failed(reason: string): void {
    this.heard.push(`failed ${reason}`);
  }

  offered(offer: ClientOffer): void {
    this.heard.push(`offer ${offer.relid}`);
    const driver = this.factories.get(offer.interfaceType)?.(offer);
    if (driver) this.client.attach(offer.relid, driver);
  }

  offersDelivered(): void {
    this.heard.push('delivered');
  }

  rescinded(offer: ClientOffer): void {
    this.heard.push(`rescinded ${offer.relid}`);
  }

  unloaded(): void {
    this.heard.push('unloaded');
  }
}

/** A driver that opens nothing by itself and keeps what it hears. */
export class RecordingDriver implements ChannelDriver {
  readonly heard: string[] = [];
  readonly payloads: Uint8Array[] = [];
  onDrained: () => void = () => undefined;
  subChannelOffered: (offer: ClientOffer) => void = () => undefined;

  opened(status: number): void {
    this.heard.push(`opened ${status.toString(16)}`);
  }
  gpadlCreated(gpadl: number, status: number): void {
    this.heard.push(`gpadl ${gpadl.toString(16)} ${status.toString(16)}`);
  }
  gpadlTornDown(gpadl: number): void {
    this.heard.push(`torn ${gpadl.toString(16)}`);
  }
  packet(packet: Packet): void {
    this.payloads.push(packet.payload.slice());
  }
  drained(): void {
    this.onDrained();
  }
  closed(): void {
    this.heard.push('closed');
  }
  rescinded(): void {
    this.heard.push('rescinded');
  }
}

/** A driver made by hand: every packet is the test's. */
export class HandDriver extends RecordingDriver {
  readonly packets: Packet[] = [];

  override packet(packet: Packet): void {
    this.packets.push(kept(packet));
  }

  take(): Packet[] {
    return this.packets.splice(0);
  }
}
