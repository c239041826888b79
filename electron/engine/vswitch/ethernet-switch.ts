import type { Disposable } from '../base/disposable';
import { macText } from '../base/mac';
import { MAXIMUM_FRAME, VLAN_TAG } from '../base/net/ethernet';
import { clonePlain, type InspectNode, type Unit } from '../base/unit';
import { MICROSECOND, type Clock } from '../clock/clock';
import { TraceKind } from '../trace/kinds';
import type { Trace } from '../trace/trace';
import { admit, isPinnedElsewhere } from './admission';
import { countDrop, DropReason, type DropCounts } from './drop-reason';
import { earliestReady, enqueue, flush, takeNext, wireTime, type QueuedFrame } from './egress';
import { destinations } from './forwarding';
import { emptyTable, forgetPort, inspectTable, learn, type ForwardingTable } from './forwarding-table';
import { inspectPort } from './inspect-port';
import { PortIndex } from './port-index';
import type { PortOptions } from './port-settings';
import { Shaping } from './shaping';
import { newPortState, SwitchPort, type PortOwner, type PortState } from './switch-port';
import { egressForm, type ClassifiedFrame } from './vlan';

/** What a switch needs to know beside clock and trace. */
export interface EthernetSwitchOptions {
  /** Unique in the engine: actor of the trace and prefix of alarm names, for example `switch/external`. */
  readonly id: string;
  /** Longest frame without tag; 1514 when absent. */
  readonly maximumFrame?: number;
  /** Frames that one sender may have waiting at one port; 512 when absent. */
  readonly queueFrames?: number;
}

/** All changeable state of a switch. Ports by name; their settings and who is attached are wiring. */
export interface EthernetSwitchState {
  nextPort: number;
  table: ForwardingTable;
  ports: { [name: string]: PortState };
}

/** Misuse by whoever builds the network: never the doing of a frame. */
export class SwitchError extends Error {}

/** From a frame's arrival to its being ready at the destination port [estimate of a software switch's work and wake-up]. */
export const SWITCH_LATENCY = 5 * MICROSECOND;

const QUEUE_FRAMES = 512;

/**
 * A learning switch: frames enter through a port, are checked, classified by VLAN, and put in the queue of each port that
 * shall have them; alarms hand them on later. Ports whose address is pinned (MAC address spoofing off) are known without
 * learning, never age, and get no unknown unicast.
 */
export class EthernetSwitch implements Unit<EthernetSwitchState>, PortOwner, Disposable {
  readonly id: string;
  readonly maximumFrame: number;
  private readonly queueFrames: number;
  private readonly actor: number;
  private readonly index = new PortIndex();
  private readonly shaping: Shaping;
  private state: Omit<EthernetSwitchState, 'ports'> = { nextPort: 1, table: emptyTable() };

  constructor(
    private readonly clock: Clock,
    private readonly trace: Trace,
    options: EthernetSwitchOptions,
  ) {
    this.id = options.id;
    this.maximumFrame = options.maximumFrame ?? MAXIMUM_FRAME;
    this.queueFrames = options.queueFrames ?? QUEUE_FRAMES;
    this.actor = trace.actor(options.id);
    const { maximumFrame, queueFrames: limit } = this;
    this.shaping = new Shaping({
      clock,
      trace,
      maximumFrame,
      limit,
      forward: (port, frame) => this.forward(port, frame),
    });
  }

  /** The connected ports in the order of their numbers. */
  get ports(): readonly SwitchPort[] {
    return this.index.all;
  }

  port(name: string): SwitchPort | null {
    return this.index.named(name);
  }

  /** A new port with its link up. Throws `SwitchError` when the name is taken. */
  connect(options: PortOptions): SwitchPort {
    if (this.index.named(options.name)) throw new SwitchError(`port ${options.name} is connected already`);
    const port = new SwitchPort(this, options, this.state.nextPort++);
    port.alarm = this.clock.alarm(`${this.id}/${options.name}/deliver`, () => this.deliver(port));
    port.shaping = this.clock.alarm(`${this.id}/${options.name}/shape`, () => this.shaping.release(port));
    this.index.add(port);
    return port;
  }

  /** Disconnects every port: the switch is deleted. */
  dispose(): void {
    for (const port of this.ports) port.dispose();
  }

  /** Ports that may not use their own address because another port has it pinned, with that port. */
  conflicts(): { port: SwitchPort; owner: SwitchPort }[] {
    return this.index.conflicts();
  }

  /** @internal a frame from the adapter at `port` */
  enter(port: SwitchPort, bytes: Uint8Array): void {
    const { counters } = port.state;
    const admitted = admit(this.index, port, bytes, this.maximumFrame);
    if (typeof admitted === 'number') {
      this.drop(port, counters.droppedSending, admitted, bytes.length);
      return;
    }
    if (port.isLearning && !isPinnedElsewhere(this.index, port, admitted.frame)) {
      learn(this.state.table, admitted.vlan, admitted.frame, port.number, this.clock.now());
    }
    if (!this.shaping.pass(port, admitted)) {
      this.drop(port, counters.droppedSending, DropReason.BandwidthLimit, bytes.length);
      return;
    }
    counters.sentFrames++;
    counters.sentBytes += bytes.length;
  }

  private forward(from: SwitchPort, classified: ClassifiedFrame): void {
    const targets = destinations(this.index, this.state.table, from, classified, this.clock.now());
    if (typeof targets === 'number') {
      this.drop(from, from.state.counters.droppedSending, targets, classified.frame.length);
      return;
    }
    const forms = new Map<boolean, Uint8Array>(); // by "is tagged": a flooded frame is stored once in each form
    for (const to of targets) {
      const isTagged = to.settings.trunk !== null && to.settings.trunk.native !== classified.vlan;
      const frame = forms.get(isTagged) ?? egressForm(to.settings, classified);
      forms.set(isTagged, frame);
      this.queue(from, to, frame);
    }
  }

  private queue(from: SwitchPort, to: SwitchPort, frame: Uint8Array): void {
    const item: QueuedFrame = { frame, ready: this.clock.now() + SWITCH_LATENCY, cause: this.trace.cause };
    if (!enqueue(to.state.egress, from.number, item, this.queueFrames)) {
      this.drop(to, to.state.counters.droppedReceiving, DropReason.QueueFull, frame.length);
      return;
    }
    if (to.alarm && to.alarm.due === null) to.alarm.set(Math.max(item.ready, to.state.egress.busyUntil));
  }

  /** Hands on what is ready: one frame on a line with a rate, everything where there is only memory between. */
  private deliver(port: SwitchPort): void {
    const { egress } = port.state;
    const now = this.clock.now();
    const quantum = this.maximumFrame + VLAN_TAG;
    const reserved = port.lineRate === null ? null : (from: number): number => this.minimumOf(from);
    for (let next = takeNext(egress, now, quantum, reserved); next; next = takeNext(egress, now, quantum, reserved)) {
      if (port.lineRate !== null) egress.busyUntil = now + wireTime(next.item.frame.length, port.lineRate);
      this.handOver(port, next.from, next.item);
      if (port.lineRate !== null) break;
    }
    const ready = earliestReady(egress);
    if (ready === null) port.alarm?.cancel();
    else port.alarm?.set(Math.max(ready, egress.busyUntil));
  }

  private minimumOf(from: number): number {
    return this.index.numbered(from)?.settings.bandwidth.minimum ?? 0;
  }

  private handOver(port: SwitchPort, from: number, { frame, cause }: QueuedFrame): void {
    const { trace } = this;
    const { counters } = port.state;
    const before = trace.cause;
    trace.cause = cause;
    if (port.receiver === null) {
      this.drop(port, counters.droppedReceiving, DropReason.Detached, frame.length);
    } else {
      trace.cause = trace.record(this.actor, TraceKind.FrameForwarded, frame.length, from, port.number);
      counters.receivedFrames++;
      counters.receivedBytes += frame.length;
      port.receiver.receive(frame);
    }
    trace.cause = before;
  }

  private drop(port: SwitchPort, counts: DropCounts, reason: DropReason, length: number): void {
    countDrop(counts, reason);
    this.trace.record(this.actor, TraceKind.FrameDropped, length, port.number, reason);
  }

  /** @internal the port is taken away */
  leave(port: SwitchPort): void {
    this.forgetLink(port);
    this.index.remove(port);
  }

  /** @internal the port's link came or went */
  linkChanged(port: SwitchPort): void {
    if (!port.linkUp) this.forgetLink(port);
  }

  /** @internal addresses may be pinned elsewhere now */
  settingsChanged(): void {
    this.index.rebuild();
  }

  private forgetLink(port: SwitchPort): void {
    const { egress, counters, shaper } = port.state;
    port.alarm?.cancel();
    port.shaping?.cancel();
    for (const { classified } of shaper.waiting.splice(0))
      this.drop(port, counters.droppedSending, DropReason.LinkDown, classified.frame.length);
    for (const length of flush(egress)) this.drop(port, counters.droppedReceiving, DropReason.LinkDown, length);
    forgetPort(this.state.table, port.number);
  }

  /** Forgets addresses, queues and counters. Ports stay connected and have their link. */
  reset(): void {
    this.state = { nextPort: 1, table: emptyTable() };
    for (const port of this.ports) {
      port.alarm?.cancel();
      port.shaping?.cancel();
      port.state = newPortState(this.state.nextPort++);
    }
    this.index.rebuild();
  }

  /** Alarms are in the clock's state, not in this one. */
  save(): EthernetSwitchState {
    const ports = Object.fromEntries(this.ports.map((port) => [port.name, port.state]));
    return clonePlain({ ...this.state, ports });
  }

  /** Ports are found by name and must be connected before; one that was not saved begins anew under the next number. */
  restore(saved: EthernetSwitchState): void {
    const { ports, ...rest } = clonePlain(saved);
    this.state = rest;
    for (const port of this.ports) port.state = ports[port.name] ?? newPortState(this.state.nextPort++);
    this.index.rebuild();
  }

  inspect(): { readonly [key: string]: InspectNode } {
    const ports = Object.fromEntries(this.ports.map((port) => [port.name, inspectPort(port)]));
    const conflicts = this.conflicts().map(({ port, owner }) => ({
      mac: macText(port.settings.mac),
      port: port.name,
      pinnedTo: owner.name,
    }));
    return { id: this.id, ports, conflicts, addresses: inspectTable(this.state.table, this.clock.now()) };
  }
}
