import type { MacAddress } from '@engine/base/mac';
import { MILLISECOND, SECOND, type EngineClock } from '@engine/clock/clock';
import type { MachineDescription } from '@engine/machine/description';
import type { MachineState } from '@engine/machine/machine';
import type { Connection } from '@engine/machine/simulated-host';
import type { SwitchPort } from '@engine/vswitch/switch-port';
import type { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { keystrokes, type Keystroke } from '../../../electron/worker/keystrokes';
import { newHost, screenText } from './host';
import { describe1, installedDisk } from './lab';

const SWITCH = '33333333-2222-4333-8444-555555555555';
const BOOT = 100 * SECOND;

/** A system and the adapter that it has a driver for. */
export interface Kind {
  readonly os: string;
  readonly adapter: 'legacy' | 'synthetic';
}

/** What ten machines of a mixed house are. */
export const MIXED: readonly Kind[] = [
  { os: 'ws2022', adapter: 'synthetic' },
  { os: 'debian12', adapter: 'synthetic' },
  { os: 'ws2008r2', adapter: 'synthetic' },
  { os: 'winxp-sp2', adapter: 'legacy' },
  { os: 'debian4', adapter: 'legacy' },
];

function description({ os, adapter }: Kind, n: number, mac: MacAddress): MachineDescription {
  const serial = n.toString(16).padStart(12, '0');
  return describe1({
    id: `11111111-2222-4333-8444-${serial}`,
    bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'],
    ide: [{ id: 'disk', kind: 'hardDisk', place: 0, store: installedDisk(os) }],
    adapters: [{ id: `aaaaaaaa-2222-4333-8444-${serial}`, kind: adapter, mac }],
  });
}

const macOf = (n: number): MacAddress => Uint8Array.of(0x00, 0x15, 0x5d, 1, n >> 8, n & 0xff);

function connection({ adapter }: Kind, mac: MacAddress, switchId: string | null): Connection {
  return { kind: adapter, switchId, mac, vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false };
}

/** Bytes that one machine sent and received. */
export interface Share {
  readonly kind: Kind;
  readonly sent: number;
  readonly received: number;
}

/** Whole machines on one external switch over the one physical card, started and with their addresses. */
export class BusyLan {
  readonly host = newHost();
  readonly ids: readonly string[];

  /** @param passing how time passes: any way must come to the same */
  constructor(
    readonly kinds: readonly Kind[],
    private readonly passing: (clock: EngineClock, until: number) => void = (clock, until) => clock.advanceTo(until),
  ) {
    this.host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
    this.ids = kinds.map((kind, n) => this.powerOn(kind, n));
    this.pass(BOOT);
  }

  /** Lets so many nanoseconds pass. */
  pass(duration: number): void {
    const { clock } = this.host;
    this.passing(clock, clock.now() + duration);
  }

  /** Pulls the cable of machine `n`, or plugs it in again. */
  plug(n: number, isIn: boolean): void {
    const [id = '', kind] = [this.ids[n], this.kinds[n]];
    if (!kind) throw new Error(`there is no machine ${n}`);
    const [{ id: adapter } = { id: '' }] = description(kind, n, macOf(n)).adapters;
    this.host.connect(id, adapter, connection(kind, macOf(n), isIn ? SWITCH : null));
  }

  private powerOn(kind: Kind, n: number, state: MachineState | null = null): string {
    const made = description(kind, n, macOf(n));
    const plugged = made.adapters.map(({ id }) => [id, connection(kind, macOf(n), SWITCH)] as const);
    this.host.powerOn(made, new Map(plugged), state);
    return made.id;
  }

  /** Saves machine `n`, takes it off the host, and goes on with a new one from what was saved; its port is the last one then. */
  saveAndRestore(n: number): void {
    const state = structuredClone(this.machine(n).save());
    this.host.powerOff(this.ids[n] ?? '');
    this.powerOn(this.kinds[n] ?? { os: '', adapter: 'synthetic' }, n, state);
  }

  machine(n: number) {
    const machine = this.host.machine(this.ids[n] ?? '');
    if (!machine) throw new Error(`machine ${n} is off`);
    return machine;
  }

  /** Types a line into each machine, in all at once, a key in a hundredth of a second; Enter comes everywhere at the same time. */
  typeAll(lineOf: (kind: Kind) => string): void {
    const lines = this.kinds.map((kind) => keystrokes(lineOf(kind)));
    const longest = Math.max(...lines.map(({ length }) => length));
    for (let at = 0; at < longest; at++) {
      lines.forEach((line, n) => this.press(n, line[at]));
      this.pass(10 * MILLISECOND);
    }
    for (const key of keystrokes('\n')) for (const n of this.kinds.keys()) this.press(n, key);
  }

  /** Ctrl+C everywhere. */
  interrupt(): void {
    const [control, c] = [0x1d, 0x2e];
    for (const [code, down] of [
      [control, true],
      [c, true],
      [c, false],
      [control, false],
    ] as const)
      for (const n of this.kinds.keys()) this.press(n, { code, down, extended: false });
  }

  private press(n: number, key: Keystroke | undefined): void {
    if (key) this.machine(n).press(key);
  }

  /** Each machine pings a station and waits for the answer: from then on they know each other, and every frame is for one station. */
  meet(address: string): this {
    this.typeAll(({ os }) => `ping ${os.startsWith('debian') ? '-c' : '-n'} 1 ${address}`);
    this.pass(5 * SECOND);
    return this;
  }

  /** What stands on the screen of machine `n`. */
  text(n: number): string {
    return screenText(this.machine(n).screen());
  }

  get virtualSwitch(): VirtualSwitch {
    const found = this.host.switch(SWITCH);
    if (!found) throw new Error('there is no switch');
    return found;
  }

  /** The machines' ports in their order. */
  get ports(): readonly SwitchPort[] {
    return this.virtualSwitch.ports.filter(({ kind }) => kind === 'synthetic' || kind === 'legacy');
  }

  /** Bytes on the line for each machine, so far: what left through the card, and what it was handed from there. */
  shares(): readonly Share[] {
    const left = this.virtualSwitch.uplink?.state.egress.shares ?? {};
    return this.ports.map(({ number, counters }, n) => {
      const kind = this.kinds[n] ?? { os: '', adapter: 'synthetic' };
      return { kind, sent: left[number] ?? 0, received: counters.receivedBytes };
    });
  }
}

/** What each machine's share grew by. */
export function growth(before: readonly Share[], after: readonly Share[]): Share[] {
  return after.map((share, n) => ({
    kind: share.kind,
    sent: share.sent - (before[n]?.sent ?? 0),
    received: share.received - (before[n]?.received ?? 0),
  }));
}
