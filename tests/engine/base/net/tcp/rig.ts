import { Tcp } from '@engine/base/net/stack/tcp/tcp';
import type { TcpConnection, TcpPolicy } from '@engine/base/net/stack/tcp/tcp-types';
import { TcpFlag, type TcpSegment } from '@engine/base/net/tcp';
import { clonePlain } from '@engine/base/unit';

export const MS = 1_000_000;

export const POLICY: TcpPolicy = {
  initialTimeout: 1000 * MS,
  minimumTimeout: 200 * MS,
  acknowledgeAfter: 40 * MS,
  initialSegments: 10,
  openTries: 3,
  tries: 5,
  timeWait: 60_000 * MS,
};

export const [HERE, THERE] = [0x0a000001, 0x0a000002];

export function segment(fields: Partial<TcpSegment>): TcpSegment {
  const usual = { sourcePort: 40_000, destinationPort: 7, sequence: 0, acknowledgment: 0 };
  return { ...usual, flags: TcpFlag.Ack, window: 65_535, maximumSegment: null, payload: new Uint8Array(0), ...fields };
}

/** One TCP at a bench: segments go in by hand, what it sends lies in `out`. */
export class Bench {
  now = 0;
  readonly out: TcpSegment[] = [];
  readonly tcp: Tcp;

  constructor(
    changed: (bench: Bench, connection: Readonly<TcpConnection>) => void = () => undefined,
    options: { policy?: Partial<TcpPolicy>; idleLimit?: number | null } = {},
  ) {
    this.tcp = new Tcp({
      policy: { ...POLICY, ...options.policy },
      most: 64,
      idleLimit: options.idleLimit ?? null,
      now: () => this.now,
      send: (sent) => void this.out.push({ ...sent, payload: sent.payload.slice() }),
      changed: (connection) => changed(this, connection),
    });
    this.tcp.listen(7);
  }

  put(fields: Partial<TcpSegment>): boolean {
    return this.tcp.receive(segment(fields), HERE, THERE);
  }

  take(): TcpSegment[] {
    return this.out.splice(0);
  }

  /** The peer opens a connection; its first byte has number 101. Gives our first number and the connection's id. */
  accept(fields: Partial<TcpSegment> = {}): { first: number; id: number } {
    this.put({ sequence: 100, flags: TcpFlag.Syn, maximumSegment: 1000, ...fields });
    const first = ((this.take()[0]?.sequence ?? 0) + 1) >>> 0;
    this.put({ ...fields, sequence: 101, acknowledgment: first });
    return { first, id: this.tcp.take(7) ?? -1 };
  }

  /** We open one; the peer's first byte has number 501. */
  connect(): { first: number; id: number } {
    const id = this.tcp.open({ local: HERE, localPort: 2000, remote: THERE, remotePort: 80 });
    const first = ((this.take()[0]?.sequence ?? 0) + 1) >>> 0;
    const ports = { sourcePort: 80, destinationPort: 2000 };
    this.put({
      ...ports,
      sequence: 500,
      acknowledgment: first,
      flags: TcpFlag.Syn | TcpFlag.Ack,
      maximumSegment: 1000,
    });
    this.take();
    return { first, id };
  }

  wait(milliseconds: number): void {
    const end = this.now + milliseconds * MS;
    for (let due = this.tcp.nextDue(); due !== null && due <= end; due = this.tcp.nextDue()) {
      this.now = Math.max(this.now, due);
      this.tcp.runDue();
    }
    this.now = end;
  }
}

interface Flying {
  at: number;
  to: 0 | 1;
  segment: TcpSegment;
}

/** Two hosts with a wire between them that delays, and does to each segment what `fate` says: how often it arrives, and how late. */
export class Wire {
  now = 0;
  private readonly flying: Flying[] = [];
  readonly ends: [Tcp, Tcp];

  constructor(
    private readonly fate: (segment: TcpSegment) => readonly number[],
    policy: Partial<TcpPolicy> = {},
  ) {
    this.ends = [this.end(1, policy), this.end(0, policy)];
  }

  private end(to: 0 | 1, policy: Partial<TcpPolicy>): Tcp {
    return new Tcp({
      policy: { ...POLICY, ...policy },
      most: 64,
      idleLimit: null,
      now: () => this.now,
      send: (sent) => {
        const copy = { ...sent, payload: sent.payload.slice() };
        for (const late of this.fate(copy)) this.flying.push({ at: this.now + late, to, segment: copy });
      },
    });
  }

  /** Lets time pass until something happened. False when nothing will. */
  step(): boolean {
    const dues = this.ends.map((tcp) => tcp.nextDue() ?? Infinity);
    const next = Math.min(...this.flying.map(({ at }) => at), ...dues);
    if (next === Infinity) return false;
    this.now = Math.max(this.now, next);
    const arrived = this.flying.filter(({ at }) => at <= this.now).sort((a, b) => a.at - b.at);
    for (const one of arrived) {
      this.flying.splice(this.flying.indexOf(one), 1);
      this.ends[one.to].receive(one.segment, one.to === 0 ? HERE : THERE, one.to === 0 ? THERE : HERE);
    }
    for (const tcp of this.ends) tcp.runDue();
    return true;
  }

  /** Both ends go on from their saved states. */
  move(): void {
    for (const tcp of this.ends) tcp.restore(clonePlain(tcp.save()));
  }
}
