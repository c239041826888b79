import { PacketType, type Packet } from '@engine/vmbus/protocol/packet';
import type { VspDevice } from '@engine/vmbus/server/device';
import { BusRig, RecordingDriver, TestKernel } from '../vmbus/rig';
import { MS } from './rig';

/** A number and how many bytes it takes. */
export type FieldValue = readonly [size: 1 | 2 | 4 | 8, value: number | bigint];

/** Bytes written as in a protocol's description, low byte first. */
export function bytes(...fields: FieldValue[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([size, value]) =>
      Array.from({ length: size }, (_, i) => Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 0xffn)),
    ),
  );
}

export const u8 = (value: number): FieldValue => [1, value] as const;
export const u16 = (value: number): FieldValue => [2, value] as const;
export const u32 = (value: number): FieldValue => [4, value] as const;
export const u64 = (value: number | bigint): FieldValue => [8, value] as const;

/** A driver that keeps completions apart from messages. */
class HandDriver extends RecordingDriver {
  readonly completions: number[] = [];

  override packet(packet: Packet): void {
    if (packet.type === PacketType.Completion) this.completions.push(packet.idLow);
    else super.packet(packet);
  }
}

/** A machine with one provider, and a guest that speaks to it byte by byte. */
export class HandRig<P extends { readonly device: VspDevice }> {
  readonly kernel: TestKernel;
  readonly driver = new HandDriver();
  private relid = 0;

  constructor(
    readonly provider: P,
    readonly rig = new BusRig(),
  ) {
    rig.server.add(provider.device);
    this.kernel = new TestKernel(rig);
    this.kernel.bind(provider.device.offer.interfaceType, ({ relid }) => {
      this.relid = relid;
      return this.driver;
    });
  }

  get device(): P['device'] {
    return this.provider.device;
  }

  /** Connects and opens the channel with rings of so many pages. */
  open(pages = 8): this {
    this.kernel.client.connect();
    this.run();
    return this.reopen(pages);
  }

  reopen(pages = 8): this {
    this.kernel.client.openChannel(this.relid, { sendPages: pages, receivePages: pages });
    return this.run();
  }

  close(): this {
    this.kernel.client.closeChannel(this.relid);
    return this.run();
  }

  /** Sends one packet; a transaction id asks for a completion. */
  send(payload: Uint8Array, transaction = 0): this {
    const flags = transaction === 0 ? 0 : 1;
    this.kernel.client.channel(this.relid)?.send({ type: PacketType.InBand, flags, idLow: transaction, payload });
    return this.run();
  }

  run(milliseconds = 5): this {
    this.rig.clock.advanceBy(milliseconds * MS);
    return this;
  }

  /** What the provider has sent since the last call. */
  take(): Uint8Array[] {
    return this.driver.payloads.splice(0);
  }
}
