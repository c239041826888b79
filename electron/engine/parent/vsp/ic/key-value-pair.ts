import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import { SECOND, type Alarm, type Clock } from '../../../clock/clock';
import { DeviceClass, DeviceInstance } from '../../../vmbus/protocol/classes';
import { IcStatus, IcType, type IcVersions } from '../../../vmbus/protocol/ic';
import { KVP_ENUMERATE, KvpOperation, KvpPool, kvpString } from '../../../vmbus/protocol/ic-bodies';
import { IcChannel, type IcChannelState } from './ic-channel';
import { NEWEST_IC_PROFILE } from './versions';

/** The host asks for the whole list again after this long; each time that nothing has changed, after twice as long [estimate]. */
const REFRESH = 10 * SECOND;
const RAREST_REFRESH = 60 * SECOND;
/** More items than any guest reports: an enumeration that does not end is ended. */
const MOST_ITEMS = 256;
const NONE = new Uint8Array(0);

export interface KvpItem {
  key: string;
  value: string;
}

export interface KvpState {
  channel: IcChannelState;
  /** What the guest reported last, complete. */
  items: KvpItem[];
  /** The list that is being read. */
  reading: KvpItem[];
  /** Nanoseconds from one list to the next. */
  period: number;
}

export interface KvpOptions {
  readonly clock: Clock;
  readonly versions?: IcVersions;
  /** Called when the items have changed. */
  readonly changed?: () => void;
}

/** The data exchange component: reads the items that a guest's operating system reports of itself, again and again. */
export class KeyValuePairVsp implements Unit<KvpState> {
  readonly device: IcChannel;
  private state = fresh();
  private readonly alarm: Alarm;

  constructor(private readonly options: KvpOptions) {
    this.alarm = options.clock.alarm('ic/key-value-pair', () => this.begin(), { background: true });
    this.device = new IcChannel({
      type: IcType.KeyValuePair,
      offer: {
        name: 'key-value-pair',
        interfaceType: DeviceClass.KeyValuePair,
        instance: DeviceInstance.KeyValuePair,
        pipe: true,
      },
      versions: options.versions ?? NEWEST_IC_PROFILE.keyValuePair,
      ready: () => this.begin(),
      answered: (status, body) => this.answered(status, body),
      closed: () => this.closed(),
    });
  }

  /** The guest's own items: computer name, operating system, addresses. Empty without the component. */
  get items(): readonly KvpItem[] {
    return this.state.items;
  }

  /** IPv4 addresses that the guest reports. */
  get ipv4(): readonly string[] {
    return this.valueOf('NetworkAddressIPv4').split(';').filter(Boolean);
  }

  /** The value of one item, empty when it is not reported. */
  valueOf(key: string): string {
    return this.state.items.find((item) => item.key === key)?.value ?? '';
  }

  private begin(): void {
    this.state.reading = [];
    this.ask(0);
    this.alarm.set(this.options.clock.now() + this.state.period);
  }

  private ask(index: number): void {
    const empty = { valueType: 0, keyBytes: 0, valueBytes: 0, key: NONE, value: NONE, reserved: 0 };
    const fields = { operation: KvpOperation.Enumerate, pool: KvpPool.Auto, index, ...empty };
    this.device.request(KVP_ENUMERATE.encode(fields));
  }

  /** An item: the next is asked for. The end of the list, or an error: what was read counts. */
  private answered(status: number, body: Uint8Array): void {
    const item = KVP_ENUMERATE.decode(body);
    const { reading } = this.state;
    if (status !== IcStatus.Ok || !item || reading.length >= MOST_ITEMS) return this.finish();
    if (item.index !== reading.length) return; // an answer to an older enumeration
    reading.push({ key: kvpString(item.key, item.keyBytes), value: kvpString(item.value, item.valueBytes) });
    this.ask(reading.length);
  }

  private finish(): void {
    const { items, reading } = this.state;
    const isSame =
      items.length === reading.length &&
      items.every(({ key, value }, i) => reading[i]?.key === key && reading[i]?.value === value);
    const period = isSame ? Math.min(this.state.period * 2, RAREST_REFRESH) : REFRESH;
    this.state = { items: reading, reading: [], period };
    if (!isSame) this.options.changed?.();
  }

  private closed(): void {
    this.alarm.cancel();
    this.state = fresh();
    this.options.changed?.();
  }

  reset(): void {
    this.alarm.cancel();
    this.device.reset();
    this.state = fresh();
  }

  save(): KvpState {
    return { channel: this.device.save(), ...clonePlain(this.state) };
  }

  restore(saved: KvpState): void {
    const { channel, ...own } = saved;
    this.device.restore(channel);
    this.state = clonePlain(own);
  }

  inspect(): InspectNode {
    return {
      items: Object.fromEntries(this.state.items.map(({ key, value }) => [key, value])),
      channel: this.device.inspect(),
    };
  }
}

function fresh(): Omit<KvpState, 'channel'> {
  return { items: [], reading: [], period: REFRESH };
}
