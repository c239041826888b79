import { TraceKind } from '@engine/trace/kinds';
import { ADAPTER, MACHINE, type Machine } from './lab';

/** What a run cost and moved: counted by the engine, not by the guest. */
export interface Figures {
  readonly portAccesses: number;
  readonly hypercalls: number;
  readonly ringSignals: number;
  readonly ringPackets: number;
  readonly events: number;
  readonly messages: number;
  readonly copies: number;
  readonly dmaTransfers: number;
  readonly interrupts: number;
  readonly framesSent: number;
  readonly framesReceived: number;
}

export function figuresOf({ lab }: Machine): Figures {
  const count = (...kinds: TraceKind[]): number =>
    kinds.reduce<number>((sum, kind) => sum + lab.trace.countBelow(kind, MACHINE), 0);
  const { sentFrames, receivedFrames } = lab.port.counters;
  return {
    portAccesses: lab.processor.portAccesses(ADAPTER),
    hypercalls: count(TraceKind.Hypercall),
    ringSignals: count(TraceKind.RingSignal),
    ringPackets: count(TraceKind.RingRead, TraceKind.RingWrite),
    events: count(TraceKind.SynicEvent),
    messages: count(TraceKind.SynicMessage),
    copies: count(TraceKind.Copy),
    dmaTransfers: count(TraceKind.DmaRead, TraceKind.DmaWrite),
    interrupts: count(TraceKind.InterruptRaised),
    framesSent: sentFrames,
    framesReceived: receivedFrames,
  };
}
