import type { Partition } from '../../hypervisor/partition';
import { PAGE_SIZE } from '../../memory/guest-memory';
import type { Alarm } from '../../clock/clock';
import { MONITOR_GROUPS, MonitorPage, MONITORS, triggerOf } from '../protocol/monitor';
import { channelConnection } from '../protocol/transport';
import type { ChannelState, VmbusServerState } from './state';

/** What the monitors of a server work on. */
export interface MonitorHost {
  readonly partition: Partition;
  state(): VmbusServerState;
  /** Units of 100 ns between two looks at the channel's bit; undefined for one that has none. */
  latencyOf(channel: ChannelState): number | undefined;
  /** The guest has set the bit of a channel. */
  signalled(relid: number): void;
}

const HUNDRED_NANOSECONDS = 100;

/**
 * Monitored notification: a guest sets a bit in a page that it shares instead of making a hypercall, and the host looks at the page
 * again and again, a channel's latency apart. It looks while a processor of the guest runs and once after the last has halted: who is
 * halted sets no bits. linux drivers/hv/channel.c, vmbus_setevent.
 */
export class Monitors {
  private readonly alarm: Alarm;

  constructor(private readonly host: MonitorHost) {
    this.alarm = host.partition.clock.alarm('vmbus-monitor', () => this.look());
    host.partition.onWake(() => this.watch());
  }

  /** The guest's page, or null when the address is none. */
  pageAt(gpa: bigint): number | null {
    const isSound = gpa > 0n && gpa < 1n << 52n && gpa % BigInt(PAGE_SIZE) === 0n;
    return isSound && this.host.partition.memory.isRam(Number(gpa), PAGE_SIZE) ? Number(gpa) : null;
  }

  /** Gives a channel its monitor where it wants one, the guest has a page, and one is free. */
  assign(channel: ChannelState): void {
    const latency = this.host.latencyOf(channel);
    const { monitorPage, channels } = this.host.state();
    if (latency === undefined || monitorPage === null) return;
    const taken = new Set(channels.map(({ monitorId }) => monitorId));
    const id = Array.from({ length: MONITORS }, (_, i) => i).find((candidate) => !taken.has(candidate));
    if (id === undefined) return;
    channel.monitorId = id;
    this.describe(monitorPage, id, channelConnection(channel.relid), latency);
  }

  private describe(page: number, id: number, connection: number, latency: number): void {
    const { memory } = this.host.partition;
    memory.writeU16(page + MonitorPage.Latency + id * 2, latency);
    memory.writeU32(page + MonitorPage.Parameter + id * 8, connection);
    memory.writeU16(page + MonitorPage.Parameter + id * 8 + 4, 0);
    memory.writeU32(page, memory.readU32(page) | (1 << (id >> 5)));
  }

  /** Begins to look, if there is a channel to look after. */
  watch(): void {
    const latency = this.shortest();
    if (latency === null || this.alarm.due !== null) return;
    this.alarm.set(this.host.partition.clock.now() + latency * HUNDRED_NANOSECONDS);
  }

  private shortest(): number | null {
    let shortest: number | null = null;
    for (const channel of this.host.state().channels) {
      const isWatched = channel.phase === 'open' && channel.monitorId !== null;
      const latency = isWatched ? this.host.latencyOf(channel) : undefined;
      if (latency !== undefined) shortest = Math.min(latency, shortest ?? latency);
    }
    return shortest;
  }

  private look(): void {
    const { monitorPage, channels } = this.host.state();
    if (monitorPage === null) return;
    const bits = this.takeBits(monitorPage);
    const isSet = ({ monitorId }: ChannelState): boolean =>
      monitorId !== null && ((bits[monitorId >> 5] ?? 0) & triggerOf(monitorId).bit) !== 0;
    for (const { relid } of channels.filter(isSet)) this.host.signalled(relid);
    if (this.host.partition.processors.some(({ halted }) => !halted)) this.watch();
  }

  private takeBits(page: number): number[] {
    const { memory } = this.host.partition;
    return Array.from({ length: MONITOR_GROUPS }, (_, group) => {
      const at = page + triggerOf(group * 32).word;
      const bits = memory.readU32(at);
      if (bits !== 0) memory.writeU32(at, 0);
      return bits;
    });
  }

  /** The connection is gone. */
  stop(): void {
    this.alarm.cancel();
  }
}
