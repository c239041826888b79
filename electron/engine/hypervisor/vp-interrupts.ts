import type { Disposable } from '../base/disposable';
import type { GuestMemory } from '../memory/guest-memory';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import { LocalApic } from './local-apic';
import { VpAssist } from './vp-assist';

/** Whom the interrupts of a VP concern. */
export interface InterruptHost {
  readonly memory: GuestMemory;
  /** Called before the listener: the processor is not halted any more. */
  woken(): void;
  /** The guest has ended `vector`. */
  ended(vector: number): void;
  /** An interrupt that had to wait for another's end can be delivered. */
  windowOpened(vector: number): void;
}

/**
 * Interrupts of one VP: its local APIC with the assist page, the board's controller behind its INTR input, and who is told. Or, where a
 * processor has a local APIC of its own, the sink that takes every request.
 */
export class VpInterrupts {
  readonly apic = new LocalApic();
  readonly assist: VpAssist;
  private external: ExternalInterrupts | null = null;
  private sink: InterruptSink | null = null;
  private listener: (() => void) | null = null;

  constructor(private readonly host: InterruptHost) {
    this.assist = new VpAssist(host.memory);
  }

  /** Requests a vector as an edge. */
  request(vector: number, autoEoi: boolean): void {
    if (this.sink) return this.sink.request(vector, autoEoi);
    this.settle();
    this.apic.request(vector, autoEoi);
    this.notifyIfPending();
  }

  get pending(): boolean {
    return this.apic.deliverable() !== null || (this.external?.pending() ?? false);
  }

  /** The most urgent vector, taken into service; null when there is none. The APIC's come before the board's. */
  take(): number | null {
    this.settle();
    const own = this.apic.take();
    if (own === null) return this.external?.pending() ? this.external.acknowledge() : null;
    if (!this.apic.hasRequests && this.apic.isInService(own)) this.assist.spare(own);
    return own;
  }

  /** The guest places, moves or takes away its assist page: what it has ended through the old one is ended. */
  placeAssist(value: bigint): void {
    this.settle();
    this.assist.value = value;
  }

  /** End of interrupt at the APIC. */
  end(): void {
    this.settle();
    this.finish(this.apic.endOfInterrupt());
  }

  /** What the guest has ended through its assist page is ended here too. */
  private settle(): void {
    const spared = this.assist.settle();
    if (spared !== null) this.finish(this.apic.endOfInterrupt());
  }

  private finish(vector: number | null): void {
    if (vector === null) return;
    this.host.ended(vector);
    const next = this.apic.deliverable();
    if (next !== null) this.host.windowOpened(next);
    this.notifyIfPending();
  }

  notifyIfPending(): void {
    if (!this.pending) return;
    this.host.woken();
    this.listener?.();
  }

  listen(listener: (() => void) | null): Disposable {
    this.listener = listener;
    return {
      dispose: () => {
        if (this.listener === listener) this.listener = null;
      },
    };
  }

  connectExternal(external: ExternalInterrupts): void {
    this.external = external;
    external.onChange(() => {
      if (!external.pending()) return;
      this.host.woken();
      this.listener?.();
    });
  }

  setSink(sink: InterruptSink | null): void {
    this.sink = sink;
  }
}
