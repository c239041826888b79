import { AlarmQueue, type Queued } from './alarm-queue';

const OWN_ROOM = 8; // alarms of a partition that are armed at once, as a rule

/** The armed alarms of one partition whose doings stay inside it. */
export class PartitionQueue<T extends Queued> implements Queued {
  slot = -1;
  readonly alarms = new AlarmQueue<T>(OWN_ROOM);
}

/** What an agenda has to know of an alarm. */
export interface Armable<T extends Queued> extends Queued {
  readonly partition: PartitionQueue<T> | null;
  /** The queue in which it lies, null while it is not armed. Kept by the agenda. */
  queue: AlarmQueue<T> | null;
}

/**
 * What is armed in an engine: alarms whose effect others may feel, and beside them, by partition, those whose doings stay inside. Until the
 * first of the former is due, partitions have nothing to do with each other, and each may be taken as far as that in one go: it finds
 * its memory in the processor's cache then, where a thousand partitions by turns would each find that of another.
 */
export class Agenda<T extends Armable<T>> {
  private readonly shared = new AlarmQueue<T>();
  /** By what each has first; without the one that is being run. */
  private readonly partitions = new AlarmQueue<PartitionQueue<T>>();
  private running: PartitionQueue<T> | null = null;

  /** The partition whose own alarms are being run. */
  get current(): PartitionQueue<T> | null {
    return this.running;
  }

  /** When the first alarm of all is due, Infinity when none is armed. */
  get nextDue(): number {
    return Math.min(this.shared.dueAt(0), this.partitions.dueAt(0));
  }

  /** The first alarm that others may feel. */
  get firstShared(): T | undefined {
    return this.shared.first;
  }

  /** The partition that has the first alarm of all for itself; null when others may feel it, or nothing is armed. */
  get foremost(): PartitionQueue<T> | null {
    const { shared, partitions } = this;
    const due = partitions.dueAt(0);
    const isFirst = due < shared.dueAt(0) || (due === shared.dueAt(0) && partitions.orderAt(0) < shared.orderAt(0));
    return isFirst ? (partitions.first ?? null) : null;
  }

  /** Begins to run alarms of `partition`: `leave` must follow. */
  enter(partition: PartitionQueue<T>): void {
    this.partitions.remove(partition);
    this.running = partition;
  }

  /** The partition's next alarm if it is due by `until` and before every alarm that others may feel. */
  nextOf({ alarms }: PartitionQueue<T>, until: number): T | undefined {
    const { shared } = this;
    const due = alarms.dueAt(0);
    const isFirst = due < shared.dueAt(0) || (due === shared.dueAt(0) && alarms.orderAt(0) < shared.orderAt(0));
    return isFirst && due <= until ? alarms.first : undefined;
  }

  leave(): void {
    const partition = this.running;
    this.running = null;
    if (partition) this.settle(partition);
  }

  /** Arms `alarm`, or gives it another time. `isOwn`: its effect stays inside its partition. */
  arm(alarm: T, isOwn: boolean, due: number, order: number): void {
    const queue = isOwn && alarm.partition ? alarm.partition.alarms : this.shared;
    if (alarm.queue && alarm.queue !== queue) this.disarm(alarm);
    if (alarm.queue) queue.reorder(alarm, due, order);
    else queue.insert(alarm, due, order);
    alarm.queue = queue;
    if (queue !== this.shared && alarm.partition) this.settle(alarm.partition);
  }

  disarm(alarm: T): void {
    const { queue, partition } = alarm;
    if (!queue) return;
    queue.remove(alarm);
    alarm.queue = null;
    if (queue !== this.shared && partition) this.settle(partition);
  }

  /** The partition's first alarm may be another now. */
  private settle(partition: PartitionQueue<T>): void {
    if (partition === this.running) return;
    const { partitions } = this;
    const { alarms, slot } = partition;
    if (alarms.size === 0) {
      if (slot >= 0) partitions.remove(partition);
    } else if (slot < 0) partitions.insert(partition, alarms.dueAt(0), alarms.orderAt(0));
    else partitions.reorder(partition, alarms.dueAt(0), alarms.orderAt(0));
  }
}
