/** Something that ends: a claimed region, a subscription, a connected port. Ending twice is harmless. */
export interface Disposable {
  dispose(): void;
}
