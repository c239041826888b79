/** Something that ends: a claimed region, a subscription, a connected port. Ending twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** Collects what must end together; ends it in reverse order. */
export class DisposableStore implements Disposable {
  private readonly items: Disposable[] = [];

  /** Keeps `item` until `dispose` and hands it back. */
  add<T extends Disposable>(item: T): T {
    this.items.push(item);
    return item;
  }

  dispose(): void {
    for (let item = this.items.pop(); item; item = this.items.pop()) item.dispose();
  }
}
