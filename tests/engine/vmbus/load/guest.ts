import type { FileTaker } from '@engine/guest/vsc/ic/file-copy-service';
import type { KvpPools } from '@engine/guest/vsc/ic/services';
import { IcStatus } from '@engine/vmbus/protocol/ic';
import { GuestPages } from '../guest-pages';
import { TestPages } from '../rig';

/** What an operating system does with what its components and its input devices bring: it outlives the rebuilding of the machine. */
export class GuestSystem {
  readonly pages = new TestPages();
  readonly memory = new GuestPages();
  /** Keys, times, freezes and shutdowns in the order in which they came. */
  readonly heard: string[] = [];
  readonly files = new Map<string, Uint8Array>();
  private readonly items = new Map<number, Map<string, string>>();
  private incoming: { name: string; bytes: Uint8Array; looks: number } | null = null;

  private pool(pool: number): Map<string, string> {
    const known = this.items.get(pool) ?? new Map<string, string>();
    this.items.set(pool, known);
    return known;
  }

  readonly pools: KvpPools = {
    list: (pool) => [...this.pool(pool)],
    set: (pool, key, value) => this.pool(pool).set(key, value).size > 0,
    remove: (pool, key) => this.pool(pool).delete(key),
  };

  readonly taker: FileTaker = {
    begin: (_folder, name, bytes) => {
      this.incoming = { name, bytes: new Uint8Array(bytes), looks: 2 }; // it looks twice before it knows
      return null;
    },
    verdict: () => (this.incoming && this.incoming.looks-- > 0 ? null : IcStatus.Ok),
    write: (offset, data) => {
      this.incoming?.bytes.set(data, offset);
      return IcStatus.Ok;
    },
    complete: () => {
      if (this.incoming) this.files.set(this.incoming.name, this.incoming.bytes);
      this.incoming = null;
      return IcStatus.Ok;
    },
    cancel: () => IcStatus.Ok,
  };
}
