/** What can lie in a queue: it knows its place there. */
export interface Queued {
  /** Place in the queue, -1 when it is in none. Kept by the queue. */
  slot: number;
}

const BRANCHES = 4;
const FIRST_ROOM = 64;

/**
 * What is due when: a heap with four branches, ordered by time and then by the number of the arming, which is never the same twice.
 * Times and numbers lie apart from the items, side by side: with a thousand machines the queue has thousands of items, and looking
 * for the next one must not mean to fetch each from memory.
 */
export class AlarmQueue<T extends Queued> {
  private readonly items: T[] = [];
  private dues: Float64Array;
  private orders: Float64Array;

  /** @param room items for which there is room at first; it grows */
  constructor(room = FIRST_ROOM) {
    this.dues = new Float64Array(room);
    this.orders = new Float64Array(room);
  }

  get size(): number {
    return this.items.length;
  }

  /** What is due first, or undefined when nothing is. */
  get first(): T | undefined {
    return this.items[0];
  }

  /** When the item at `slot` is due, Infinity when there is none. */
  dueAt(slot: number): number {
    return slot < this.items.length ? (this.dues[slot] ?? Infinity) : Infinity;
  }

  /** Number of the arming of the item at `slot`, Infinity when there is none. */
  orderAt(slot: number): number {
    return slot < this.items.length ? (this.orders[slot] ?? Infinity) : Infinity;
  }

  /** All items, in no particular order. */
  all(): readonly T[] {
    return this.items;
  }

  /** Puts an item in that is not there. */
  insert(item: T, due: number, order: number): void {
    const slot = this.items.push(item) - 1;
    if (slot === this.dues.length) this.grow();
    this.rise(item, slot, due, order);
  }

  /** Takes an item out that is there. */
  remove(item: T): void {
    const { slot } = item;
    const end = this.items.length - 1;
    const [due, order] = [this.dueAt(end), this.orderAt(end)];
    const last = this.items.pop();
    item.slot = -1;
    if (last && last !== item) this.settle(last, slot, due, order);
  }

  /** Gives an item that is there another time. */
  reorder(item: T, due: number, order: number): void {
    this.settle(item, item.slot, due, order);
  }

  /** Puts an item where it belongs when there is a gap at `slot`. */
  private settle(item: T, slot: number, due: number, order: number): void {
    if (slot > 0 && this.isBefore(due, order, (slot - 1) >> 2)) this.rise(item, slot, due, order);
    else this.sink(item, slot, due, order);
  }

  private grow(): void {
    const [dues, orders] = [new Float64Array(this.dues.length * 2), new Float64Array(this.dues.length * 2)];
    dues.set(this.dues);
    orders.set(this.orders);
    this.dues = dues;
    this.orders = orders;
  }

  private isBefore(due: number, order: number, slot: number): boolean {
    const other = this.dues[slot] ?? Infinity;
    return due < other || (due === other && order < (this.orders[slot] ?? Infinity));
  }

  /** Moves the gap at `slot` up to where the item belongs, and puts it there. */
  private rise(item: T, slot: number, due: number, order: number): void {
    let gap = slot;
    while (gap > 0) {
      const parent = (gap - 1) >> 2;
      if (!this.isBefore(due, order, parent)) break;
      this.move(parent, gap);
      gap = parent;
    }
    this.place(item, gap, due, order);
  }

  /** The same downwards. */
  private sink(item: T, slot: number, due: number, order: number): void {
    let gap = slot;
    for (let child = this.leastChild(gap); child >= 0; child = this.leastChild(gap)) {
      if (this.isBefore(due, order, child)) break;
      this.move(child, gap);
      gap = child;
    }
    this.place(item, gap, due, order);
  }

  /** The slot below `slot` that is due first, -1 when there is none. */
  private leastChild(slot: number): number {
    const first = slot * BRANCHES + 1;
    const end = Math.min(first + BRANCHES, this.items.length);
    if (first >= end) return -1;
    let least = first;
    for (let child = first + 1; child < end; child++)
      if (this.isBefore(this.dueAt(child), this.orderAt(child), least)) least = child;
    return least;
  }

  private move(from: number, to: number): void {
    const item = this.items[from];
    if (item) this.place(item, to, this.dueAt(from), this.orderAt(from));
  }

  private place(item: T, slot: number, due: number, order: number): void {
    this.items[slot] = item;
    this.dues[slot] = due;
    this.orders[slot] = order;
    item.slot = slot;
  }
}
