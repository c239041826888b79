import type { Alarm, Clock } from '../../../clock/clock';
import { IcStatus, type IcVersions } from '../../../vmbus/protocol/ic';
import { KVP_ENUMERATE, KvpOperation, KvpPool, kvpString } from '../../../vmbus/protocol/ic-bodies';
import { decodeAddress, type AddressSettings } from '../../../vmbus/protocol/kvp-address';
import type { MessageProvider } from '../message-provider';
import { IcChannel, type IcState } from './ic-channel';
import { changeBody, type KvpChange } from './kvp-change';
import { describeKvp, freshKvp, RAREST_REFRESH, REFRESH, type KvpItem, type KvpState } from './kvp-state';

export type { KvpItem, KvpState } from './kvp-state';

/** More items than any guest reports: an enumeration that does not end is ended. */
const MOST_ITEMS = 256;
/** Message version that came with addresses. linux drivers/hv/hv_kvp.c: WIN8_SRV. */
const ADDRESS_VERSION = 4;
const NONE = new Uint8Array(0);

export interface KvpOptions {
  readonly clock: Clock;
  readonly versions?: IcVersions;
  /** What every guest is told of its host and itself: a Windows guest has it under `Guest\Parameters` in its registry. */
  readonly hostItems?: readonly (readonly [string, string])[];
  /** The machine's network adapters by MAC (six pairs with colons): with several of them the guest is asked whose its addresses are. */
  readonly adapters?: () => readonly string[];
  /** Called when the items have changed. */
  readonly changed?: () => void;
}

/**
 * The data exchange component: tells the guest about its host, reads the items that its operating system and its programs
 * report, again and again, and passes on what an administrator sets.
 */
export class KeyValuePairVsp {
  /** To be added to the machine's VMBus server, and to its units. */
  readonly device: MessageProvider<IcState<KvpState>>;
  private readonly ic: IcChannel<KvpState>;
  private readonly alarm: Alarm;

  constructor(private readonly options: KvpOptions) {
    this.alarm = options.clock.alarm('ic/key-value-pair', () => this.refresh(), {
      background: true,
      reach: 'partition',
    });
    this.ic = new IcChannel({
      component: 'keyValuePair',
      versions: options.versions,
      fresh: (before) => freshKvp(before?.external),
      ready: () => this.introduce(),
      answered: (status, body) => this.answered(status, body),
      closed: () => this.closed(),
      reset: () => this.alarm.cancel(),
      describe: describeKvp,
    });
    this.device = this.ic.device;
  }

  private get state(): KvpState {
    return this.ic.own;
  }

  /** The guest's own items: computer name, operating system, addresses. Empty without the component. */
  get items(): readonly KvpItem[] {
    return this.state.items;
  }

  /** What programs in the guest have for the host. */
  get guestItems(): readonly KvpItem[] {
    return this.state.guestItems;
  }

  /** IPv4 addresses that the guest reports. */
  get ipv4(): readonly string[] {
    return this.valueOf('NetworkAddressIPv4').split(';').filter(Boolean);
  }

  /** The value of one item, empty when it is not reported. */
  valueOf(key: string): string {
    return this.state.items.find((item) => item.key === key)?.value ?? '';
  }

  /** Gives the guest an item in the external pool, or takes it back (null). It is said as soon as the guest can hear. */
  setExternal(key: string, value: string | null): void {
    const { state } = this;
    const pool = KvpPool.External;
    state.external = state.external.filter((item) => item.key !== key);
    if (value !== null) state.external.push({ key, value });
    state.requests.push(value === null ? { kind: 'remove', pool, key } : { kind: 'set', pool, key, value });
    this.next();
  }

  /** Interfaces' addresses can be set and asked for: since Windows Server 2012 on both sides. */
  get canAddress(): boolean {
    return this.ic.ready && this.ic.version.major >= ADDRESS_VERSION;
  }

  /**
   * Has the guest give the interface of an adapter (by its instance) these addresses. False when it cannot be asked; what comes of it
   * is seen in what the guest reports next, and when it is refused, counted.
   */
  setAddress(adapter: string, settings: AddressSettings): boolean {
    return this.order({ kind: 'setAddress', adapter, settings });
  }

  /** Asks for the addresses of the interface with this MAC (six pairs with colons). The answer is `addressOf` then. */
  askAddress(mac: string): boolean {
    return this.order({ kind: 'getAddress', mac });
  }

  /** What the guest answered; null before. */
  addressOf(mac: string): AddressSettings | null {
    return this.state.addresses[mac] ?? null;
  }

  private order(change: KvpChange): boolean {
    if (!this.canAddress) return false;
    this.state.requests.push(change);
    this.next();
    return true;
  }

  /** The guest has just come: it is told everything, then asked. */
  private introduce(): void {
    const { state } = this;
    const toldOf = ([key, value]: readonly [string, string]): KvpChange => ({
      kind: 'set',
      pool: KvpPool.AutoExternal,
      key,
      value,
    });
    const given = state.external.map(({ key, value }): KvpChange => ({
      kind: 'set',
      pool: KvpPool.External,
      key,
      value,
    }));
    state.requests = [...(this.options.hostItems ?? []).map(toldOf), ...given];
    state.isAsking = false;
    this.refresh();
  }

  private refresh(): void {
    const { requests, period } = this.state;
    for (const pool of [KvpPool.Auto, KvpPool.Guest])
      if (!requests.some((each) => each.kind === 'list' && each.pool === pool)) requests.push({ kind: 'list', pool });
    this.next();
    this.alarm.set(this.options.clock.now() + period);
  }

  private next(): void {
    const [request] = this.state.requests;
    if (!request || this.state.isAsking || !this.ic.ready) return;
    this.state.reading = [];
    this.state.isAsking = request.kind === 'list' ? this.ask(request.pool, 0) : this.ic.request(changeBody(request));
  }

  private ask(pool: number, index: number): boolean {
    const empty = { valueType: 0, keyBytes: 0, valueBytes: 0, key: NONE, value: NONE, reserved: 0 };
    return this.ic.request(KVP_ENUMERATE.encode({ operation: KvpOperation.Enumerate, pool, index, ...empty }));
  }

  private answered(status: number, body: Uint8Array): void {
    const { state } = this;
    const [request] = state.requests;
    if (!request || !state.isAsking) return;
    if (request.kind === 'list' && this.readOn(request.pool, status, body)) return;
    state.requests.shift();
    state.isAsking = false;
    if (request.kind === 'list') this.finish(request.pool);
    else if (status === IcStatus.Ok) this.carriedOut(request, body);
    else this.refuse(request);
    this.next();
  }

  /** Whose addresses have changed is asked at once what it has now. */
  private carriedOut(change: KvpChange, body: Uint8Array): void {
    const answer = change.kind === 'getAddress' ? decodeAddress(body) : null;
    if (change.kind === 'getAddress' && answer) this.state.addresses[change.mac] = answer.settings;
    if (change.kind === 'setAddress') this.state.requests.push({ kind: 'list', pool: KvpPool.Auto });
  }

  private refuse(change: KvpChange): void {
    this.state.refused++;
    if (change.kind === 'getAddress') delete this.state.addresses[change.mac];
  }

  /** A guest reports its addresses, but not of which adapter each is. */
  private askWhose(): void {
    const adapters = this.options.adapters?.() ?? [];
    if (adapters.length > 1) for (const mac of adapters) this.askAddress(mac);
  }

  /** An item: the next is asked for, and the list goes on (true). The end of the list, or an error: what was read counts. */
  private readOn(pool: number, status: number, body: Uint8Array): boolean {
    const item = KVP_ENUMERATE.decode(body);
    const { reading } = this.state;
    if (status !== IcStatus.Ok || !item || reading.length >= MOST_ITEMS) return false;
    if (item.index !== reading.length) return true; // an answer to an older question
    reading.push({ key: kvpString(item.key, item.keyBytes), value: kvpString(item.value, item.valueBytes) });
    return this.ask(pool, reading.length);
  }

  private finish(pool: number): void {
    const { state } = this;
    const { reading } = state;
    const known = pool === KvpPool.Auto ? state.items : state.guestItems;
    const isSame =
      known.length === reading.length &&
      known.every(({ key, value }, i) => reading[i]?.key === key && reading[i]?.value === value);
    if (pool === KvpPool.Auto) state.period = isSame ? Math.min(state.period * 2, RAREST_REFRESH) : REFRESH;
    if (isSame) return;
    if (pool === KvpPool.Auto) state.items = reading;
    else state.guestItems = reading;
    this.options.changed?.();
    if (pool === KvpPool.Auto) this.askWhose();
  }

  private closed(): void {
    this.alarm.cancel();
    Object.assign(this.state, freshKvp(this.state.external));
    this.options.changed?.();
  }
}
