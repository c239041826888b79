import type { FrameReceiver } from '../../../base/backends';
import { addVlanTag, removeVlanTag, vlanTagOf } from '../../../base/net/ethernet';
import type { StackAdapter } from './guest-interface';
import type { NamedAdapter } from './network-stack';

/** One VLAN interface over an adapter (linux net/8021q/vlan_dev.c). Plain. */
export interface VlanState {
  /** As commands call it: `eth0.5`. */
  name: string;
  /** Name under which the kernel knows the adapter. */
  parent: string;
  /** 0 to 4094. */
  id: number;
  /** Set up by a person: a new one is down. */
  isUp: boolean;
  sent: number;
  received: number;
}

/** The name of a VLAN's interface among those of the stack. */
export const vlanKey = ({ parent, id }: VlanState): string => `${parent}.${id}`;

/** One end over an adapter that carries VLANs: a wire of its own to whoever is behind it. */
class Tap implements StackAdapter {
  receiver: FrameReceiver | null = null; // wiring

  constructor(
    private readonly adapter: StackAdapter,
    /** Null: what has no tag, and what nobody else wants. */
    readonly vlan: VlanState | null,
  ) {}

  get mac(): StackAdapter['mac'] {
    return this.adapter.mac;
  }

  get linkUp(): boolean {
    return this.adapter.linkUp && (this.vlan?.isUp ?? true);
  }

  setReceiver(receiver: FrameReceiver | null): void {
    this.receiver = receiver;
  }

  get largestSend(): number {
    return this.adapter.largestSend ?? 0;
  }

  send(frame: Uint8Array): void {
    const own = this.tagged(frame);
    if (own) this.adapter.send(own);
  }

  sendLarge(frame: Uint8Array, segmentSize: number): void {
    const own = this.tagged(frame);
    if (own) this.adapter.sendLarge?.(own, segmentSize);
  }

  /** Null while the VLAN is down. */
  private tagged(frame: Uint8Array): Uint8Array | null {
    if (!this.vlan) return frame;
    if (!this.linkUp) return null;
    this.vlan.sent++;
    return addVlanTag(frame, { priority: 0, dropEligible: false, id: this.vlan.id });
  }
}

/** An adapter shared between its own interface and its VLANs: frames go up by their tag. linux net/8021q/vlan_core.c, vlan_do_receive. */
class Trunk {
  readonly base: Tap;
  taps: readonly Tap[] = [];

  constructor(readonly adapter: StackAdapter) {
    this.base = new Tap(adapter, null);
    adapter.setReceiver({
      receive: (frame) => this.receive(frame),
      linkChanged: () => this.linkChanged(),
    });
  }

  /** The taps of `vlans`, those there are kept. */
  carry(vlans: readonly VlanState[]): readonly Tap[] {
    const isSame = vlans.length === this.taps.length && vlans.every((vlan, i) => this.taps[i]?.vlan === vlan);
    if (!isSame)
      this.taps = vlans.map((vlan) => this.taps.find((tap) => tap.vlan === vlan) ?? new Tap(this.adapter, vlan));
    return this.taps;
  }

  linkChanged(): void {
    for (const tap of [this.base, ...this.taps]) tap.receiver?.linkChanged(tap.linkUp);
  }

  /** The tag goes no further than here; frames for a VLAN that is down or not there are the base's to ignore. */
  private receive(frame: Uint8Array): void {
    const id = vlanTagOf(frame)?.id;
    const tap = id === undefined ? undefined : this.taps.find(({ vlan }) => vlan?.id === id);
    if (!tap?.vlan || !tap.linkUp) return this.base.receiver?.receive(frame);
    tap.vlan.received++;
    tap.receiver?.receive(removeVlanTag(frame));
  }
}

/** The VLAN interfaces of a stack, over the part of its state that they lie in. */
export class Vlans {
  private readonly trunks = new Map<string, Trunk>(); // wiring by the adapter's name

  /** @param list the VLANs in the order in which they were made */
  constructor(private readonly list: () => VlanState[]) {}

  /**
   * The adapters that the stack's interfaces stand on: those given, each behind a tap while it carries VLANs, and a tap for every VLAN. A
   * VLAN goes with its adapter.
   */
  over(adapters: readonly NamedAdapter[]): readonly NamedAdapter[] {
    const vlans = this.list();
    if (vlans.length === 0 && this.trunks.size === 0) return adapters;
    for (const vlan of vlans.filter(({ parent }) => !adapters.some(({ name }) => name === parent)))
      vlans.splice(vlans.indexOf(vlan), 1);
    for (const [name, { adapter }] of this.trunks) {
      const isHere = adapters.some((one) => one.name === name && one.adapter === adapter);
      if (isHere && vlans.some(({ parent }) => parent === name)) continue;
      if (!isHere) adapter.setReceiver(null);
      this.trunks.delete(name);
    }
    return [...adapters.map((one) => this.base(one, vlans)), ...adapters.flatMap((one) => this.taps(one, vlans))];
  }

  private base(one: NamedAdapter, vlans: readonly VlanState[]): NamedAdapter {
    if (!vlans.some(({ parent }) => parent === one.name)) return one;
    const trunk = this.trunks.get(one.name) ?? new Trunk(one.adapter);
    this.trunks.set(one.name, trunk);
    return { name: one.name, adapter: trunk.base };
  }

  private taps({ name }: NamedAdapter, vlans: readonly VlanState[]): NamedAdapter[] {
    const own = vlans.filter(({ parent }) => parent === name);
    return (this.trunks.get(name)?.carry(own) ?? []).flatMap((tap) =>
      tap.vlan ? { name: vlanKey(tap.vlan), adapter: tap } : [],
    );
  }

  get all(): readonly VlanState[] {
    return this.list();
  }

  find(name: string): VlanState | null {
    return this.list().find((vlan) => vlan.name === name) ?? null;
  }

  /** Makes one, down and without address. False when name or VLAN of that adapter are taken. */
  add(parent: string, name: string, id: number): boolean {
    if (this.list().some((one) => one.name === name || (one.parent === parent && one.id === id))) return false;
    this.list().push({ name, parent, id, isUp: false, sent: 0, received: 0 });
    return true;
  }

  remove(vlan: VlanState): void {
    this.list().splice(this.list().indexOf(vlan), 1);
  }

  setUp(vlan: VlanState, isUp: boolean): void {
    vlan.isUp = isUp;
    this.trunks.get(vlan.parent)?.linkChanged();
  }
}
