import type { Disposable } from '../base/disposable';
import type { ExternalInterrupts, InterruptSink } from './external-interrupts';
import { LocalApic } from './local-apic';

/**
 * Interrupts of one VP: its local APIC, the board's controller behind its INTR input, and who is told. Or, where a processor has a
 * local APIC of its own, the sink that takes every request.
 */
export class VpInterrupts {
  readonly apic = new LocalApic();
  private external: ExternalInterrupts | null = null;
  private sink: InterruptSink | null = null;
  private listener: (() => void) | null = null;

  /** @param woken called before the listener: the processor is not halted any more */
  constructor(private readonly woken: () => void) {}

  /** Requests a vector as an edge. */
  request(vector: number, autoEoi: boolean): void {
    if (this.sink) return this.sink.request(vector, autoEoi);
    this.apic.request(vector, autoEoi);
    this.notifyIfPending();
  }

  get pending(): boolean {
    return this.apic.deliverable() !== null || (this.external?.pending() ?? false);
  }

  /** The most urgent vector, taken into service; null when there is none. The APIC's come before the board's. */
  take(): number | null {
    const own = this.apic.take();
    if (own !== null) return own;
    return this.external?.pending() ? this.external.acknowledge() : null;
  }

  notifyIfPending(): void {
    if (!this.pending) return;
    this.woken();
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
      this.woken();
      this.listener?.();
    });
  }

  setSink(sink: InterruptSink | null): void {
    this.sink = sink;
  }
}
