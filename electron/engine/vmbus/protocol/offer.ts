import { writeU32 } from '../../base/bytes';
import { guidBytes } from './guid';
import { OfferFlag, type OfferChannel } from './messages';
import { PipeMode } from './pipe';

/** What a provider offers: the part of an offer that does not depend on the connection. */
export interface OfferSpec {
  /** Name of the device in its machine, unique there: names its alarm and its trace actor, for example `netvsp-0`. */
  readonly name: string;
  /** Class and instance as GUID text. */
  readonly interfaceType: string;
  readonly instance: string;
  /** Channel flags besides the pipe bit. */
  readonly flags?: number;
  /** Memory-mapped space that the guest must set aside, in megabytes (video). */
  readonly mmioMegabytes?: number;
  /** True for channels whose packets carry a pipe header; the first word of the user data says so. */
  readonly pipe?: boolean;
  /**
   * Units of 100 ns after which a signal of the guest is noticed at the latest, for a device whose guests may set a bit in the monitor page
   * instead of making a hypercall; absent for one that wants every signal at once.
   */
  readonly monitorLatency?: number;
  /** At most 120 bytes (116 behind the pipe mode). */
  readonly userDefined?: Uint8Array;
}

/** The parts of an offer message that the server adds. */
export interface OfferPlace {
  readonly relid: number;
  readonly subChannelIndex: number;
  readonly connectionId: number;
  readonly dedicatedInterrupt: boolean;
  /** Bit of the monitor page that stands for a signal, or null: then it is a hypercall. */
  readonly monitorId: number | null;
}

export function offerMessage(spec: OfferSpec, place: OfferPlace): OfferChannel {
  const userDefined = new Uint8Array(120);
  if (spec.pipe) writeU32(userDefined, 0, PipeMode.Message);
  if (spec.userDefined) userDefined.set(spec.userDefined.subarray(0, spec.pipe ? 116 : 120), spec.pipe ? 4 : 0);
  return {
    interfaceType: guidBytes(spec.interfaceType),
    instance: guidBytes(spec.instance),
    flags: (spec.flags ?? 0) | (spec.pipe ? OfferFlag.NamedPipeMode : 0),
    mmioMegabytes: spec.mmioMegabytes ?? 0,
    userDefined,
    subChannelIndex: place.subChannelIndex,
    relid: place.relid,
    monitorId: place.monitorId ?? 0,
    monitorAllocated: place.monitorId === null ? 0 : 1,
    dedicatedInterrupt: place.dedicatedInterrupt ? 1 : 0,
    connectionId: place.connectionId,
  };
}
