import { cdbs } from '@engine/guest/vsc/storvsc/cdb';
import { newStorvsc, type ScsiOutcome, type StorvscState } from '@engine/guest/vsc/storvsc/state';
import { Storvsc } from '@engine/guest/vsc/storvsc/storvsc';
import { DeviceClass } from '@engine/vmbus/protocol/classes';
import { wantsCompletion, type Packet } from '@engine/vmbus/protocol/packet';
import * as vstor from '@engine/vmbus/protocol/vstor';
import type { VspDevice } from '@engine/vmbus/server/device';
import type { HostChannel } from '@engine/vmbus/server/host-channel';
import { BusRig, kept, TestKernel } from '../../vmbus/rig';
import { MS } from '../../parent/rig';

const { VSTOR_BODY, VstorOp } = vstor;
const NOTHING = new Uint8Array(0);

/** What a scripted provider answers with: fields of the packet and, of a SCSI request, of its block. */
export interface Answer {
  readonly operation?: number;
  readonly status?: number;
  readonly srb?: { status: number; scsi?: number; transferred?: number; sense?: Uint8Array; senseLength?: number };
  /** Bytes that are left of the packet. */
  readonly length?: number;
  readonly idHigh?: number;
  readonly idLow?: number;
}

/** A provider that says yes to everything and moves no data, but for what the test's script answers. */
export class ScriptedProvider implements VspDevice {
  readonly offer = { name: 'scripted-0', interfaceType: DeviceClass.Scsi, instance: '11112222-aaaa-bbbb-cccc-1' };
  readonly heard: { operation: number; channel: number; id: number }[] = [];
  readonly channels: HostChannel[] = [];
  maxChannels = 0;
  flags: number = vstor.SUPPORTS_MULTI_CHANNEL;
  /** While true, nothing is read. */
  asleep = false;
  /** Null: no answer at all. */
  script: (operation: number, packet: Packet) => Answer | null = () => ({});

  attached(channel: HostChannel): void {
    this.channels[channel.subChannelIndex] = channel;
  }

  opened(): boolean {
    return true;
  }

  closed(): void {
    // nothing is kept
  }

  wake(): void {
    this.asleep = false;
    this.channels.forEach((channel) => channel.schedule());
  }

  signalled(channel: HostChannel): void {
    for (let packet = this.next(channel); packet; packet = this.next(channel)) this.handle(channel, kept(packet));
  }

  private next(channel: HostChannel): Packet | null {
    return this.asleep ? null : channel.receive();
  }

  private handle(channel: HostChannel, packet: Packet): void {
    const operation = vstor.VSTOR_PACKET.fields.operation.get(packet.payload, 0);
    this.heard.push({ operation, channel: channel.subChannelIndex, id: packet.idLow });
    const answer = this.script(operation, packet);
    if (!answer || !wantsCompletion(packet)) return;
    if (operation === VstorOp.CreateSubChannels && !answer.status)
      for (let i = vstor.VSTOR_SUB_CHANNELS.decode(packet.payload, VSTOR_BODY)?.count ?? 0; i > 0; i--)
        channel.offerSubChannel();
    const { idLow = packet.idLow, idHigh = packet.idHigh } = answer;
    channel.complete({ idLow, idHigh }, this.completion(operation, packet, answer));
  }

  private completion(operation: number, { payload }: Packet, answer: Answer): Uint8Array {
    const bytes = payload.slice();
    const { status = 0, srb = { status: vstor.SrbStatus.Success }, length = bytes.length } = answer;
    vstor.VSTOR_PACKET.write(bytes, 0, { operation: answer.operation ?? VstorOp.CompleteIo, flags: 0, status });
    const { maxChannels, flags } = this;
    if (operation === VstorOp.QueryProperties)
      vstor.VSTOR_PROPERTIES.write(bytes, VSTOR_BODY, { maxChannels, flags, maxTransferBytes: 0x4_0000 });
    if (operation === VstorOp.ExecuteSrb) writeSrb(bytes, srb);
    return bytes.subarray(0, length);
  }
}

function writeSrb(bytes: Uint8Array, srb: NonNullable<Answer['srb']>): void {
  const { fields } = vstor.VMSCSI_REQUEST;
  fields.srbStatus.set(bytes, VSTOR_BODY, srb.status);
  fields.scsiStatus.set(bytes, VSTOR_BODY, srb.scsi ?? 0);
  if (srb.transferred !== undefined) fields.transferLength.set(bytes, VSTOR_BODY, srb.transferred);
  fields.senseLength.set(bytes, VSTOR_BODY, srb.senseLength ?? srb.sense?.length ?? 0);
  bytes.set(srb.sense ?? NOTHING, VSTOR_BODY + vstor.SENSE_AT);
}

export interface StorvscRigOptions {
  readonly vpCount?: number;
  readonly versions?: readonly number[];
}

/** A partition with one storage provider, and the driver in its guest. */
export class StorvscRig<D extends VspDevice> extends BusRig {
  readonly kernel: TestKernel;
  readonly heard: string[] = [];
  readonly state: StorvscState = newStorvsc();
  driver: Storvsc;

  constructor(
    readonly device: D,
    private readonly options: StorvscRigOptions = {},
  ) {
    super({ vpCount: options.vpCount ?? 1 });
    this.server.add(device);
    this.kernel = new TestKernel(this);
    this.driver = this.makeDriver(this.state);
  }

  makeDriver(state: StorvscState): Storvsc {
    const { heard, memory } = this;
    const { client, pages } = this.kernel;
    const listener = {
      up: () => heard.push('up'),
      failed: (reason: string) => heard.push(`failed ${reason}`),
      finished: () => undefined,
      changed: () => heard.push('changed'),
      removed: () => heard.push('removed'),
    };
    const { versions = vstor.VSTOR_VERSIONS } = this.options;
    return (this.driver = new Storvsc({ client, relid: 1, memory, pages, state, versions, listener }));
  }

  connect(): this {
    this.kernel.client.connect();
    this.clock.advanceBy(MS);
    return this;
  }

  boot(): this {
    this.connect().driver.start();
    this.clock.advanceBy(20 * MS);
    return this;
  }

  /** Tickets of reads of eight sectors each. */
  reads(count: number, sectors = 8): number[] {
    return Array.from({ length: count }, (_, i) =>
      this.driver.submit({ lun: 0, cdb: cdbs.read(i, sectors), room: sectors * 512, out: NOTHING }),
    );
  }

  /** One read, to its end. */
  read(): ScsiOutcome | null {
    const [ticket = 0] = this.reads(1);
    this.clock.advanceBy(MS);
    return this.driver.take(ticket);
  }

  /** Numbers of channels, and of what is shared, that the host still has. */
  get left(): unknown {
    const { channels, gpadls } = this.server.save();
    return { channels: channels.length, gpadls: gpadls.length, pages: this.kernel.pages.used };
  }
}
