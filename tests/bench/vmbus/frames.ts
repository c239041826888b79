import { MICROSECOND, MILLISECOND } from '@engine/clock/clock';
import { TraceKind } from '@engine/trace/kinds';
import { OneNic } from '../../engine/parent/one-nic';
import { frame } from '../../engine/parent/rig';
import { cpuSeconds, median } from '../statistics';

/** Linux 6.1 in a machine with enough memory: 128-page rings, 16 MB for receiving, 1 MB for sending. */
const LINUX = { ringPages: 128, receiveBytes: 16 * 2 ** 20, sendBytes: 2 ** 20 };
const LENGTH = 1514;
const FRAMES = 20_000;
const ROUNDS = 5;
const QUEUE = 64; // frames that a busy sender has waiting

/** Crossings from a processor to the hypervisor, and interrupts that it takes. */
const TRANSITIONS = [
  TraceKind.PortRead,
  TraceKind.PortWrite,
  TraceKind.MmioRead,
  TraceKind.MmioWrite,
  TraceKind.Cpuid,
  TraceKind.MsrRead,
  TraceKind.MsrWrite,
  TraceKind.Hypercall,
  TraceKind.InterruptTaken,
] as const;

function transitions(net: OneNic): number {
  return TRANSITIONS.reduce((sum, kind) => sum + net.world.trace.count(kind), 0);
}

/** Two machines on one switch: the first sends frames to the second. */
class Pair {
  readonly net = new OneNic(2, LINUX);
  private readonly bytes = frame(this.net.mac(1), this.net.mac(0), LENGTH);
  private heard = 0;

  constructor() {
    const receiver = { receive: () => void this.heard++, linkChanged: () => undefined };
    this.net.machines[1]?.driver.setReceiver(receiver);
  }

  /** One frame at a time, a millisecond apart: transitions for each. */
  idle(): number {
    return this.counted(1_000, () => {
      this.net.machines[0]?.driver.send(this.bytes);
      this.net.world.clock.advanceBy(MILLISECOND);
    });
  }

  /** As many as the driver takes: transitions for each. */
  saturated(): number {
    return this.counted(FRAMES, () => {
      const [sender] = this.net.machines;
      while (sender && sender.state.waiting.length < QUEUE) sender.driver.send(this.bytes);
      this.net.world.clock.advanceBy(20 * MICROSECOND);
    });
  }

  private counted(frames: number, turn: () => void): number {
    const before = transitions(this.net);
    const end = this.heard + frames;
    const begin = this.heard;
    while (this.heard < end) turn();
    return (transitions(this.net) - before) / (this.heard - begin);
  }

  /** Frames a second of processor time from driver to driver. */
  rate(): number {
    const from = this.heard;
    const seconds = cpuSeconds(() => this.saturated());
    return (this.heard - from) / seconds;
  }
}

/** Frames a second, and transitions for a frame when there is one now and then and when there are as many as go. */
export function measureFrames(): { framesPerSecond: number; idle: number; saturated: number } {
  const pair = new Pair();
  const idle = pair.idle();
  const saturated = pair.saturated();
  const rates = Array.from({ length: ROUNDS }, () => pair.rate());
  return { framesPerSecond: median(rates), idle, saturated };
}
