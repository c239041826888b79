import { describe, expect, it } from 'vitest';
import { sequenceDifference, TcpFlag, type TcpSegment } from '@engine/base/net/tcp';
import { Random } from '@engine/base/random';
import { TcpServer } from '@engine/parent/physical/tcp-server';
import { TCP_WINDOW } from '@engine/parent/physical/tcp-connection';
import { Host, MILLISECOND, SECOND } from './support';

const { Syn, Ack, Fin, Rst, Psh } = TcpFlag;

function segment(fields: Partial<TcpSegment>): TcpSegment {
  const usual = {
    sourcePort: 40_000,
    destinationPort: 7,
    sequence: 0,
    acknowledgment: 0,
    flags: Ack,
    window: TCP_WINDOW,
  };
  return { ...usual, maximumSegment: null, payload: new Uint8Array(0), ...fields };
}

/** A server at a bench: segments go in by hand, what it sends lies in `out`. */
class Bench {
  now = 0;
  readonly out: TcpSegment[] = [];
  readonly server = new TcpServer(
    () => this.now,
    (_, sent) => void this.out.push({ ...sent, payload: sent.payload.slice() }),
  );

  constructor() {
    this.server.listen(7, 'echo');
    this.server.listen(9, 'discard');
  }

  put(fields: Partial<TcpSegment>, remote = 1): boolean {
    return this.server.receive(segment(fields), remote);
  }

  take(): TcpSegment[] {
    return this.out.splice(0);
  }

  /** Opens a connection whose first byte from us has number 101; gives the server's first number. */
  open(fields: Partial<TcpSegment> = {}): number {
    this.put({ sequence: 100, flags: Syn, maximumSegment: 1000, ...fields });
    const first = ((this.take()[0]?.sequence ?? 0) + 1) >>> 0;
    this.put({ ...fields, sequence: 101, acknowledgment: first, flags: Ack });
    expect(this.take()).toEqual([]);
    return first;
  }

  wait(milliseconds: number): void {
    const end = this.now + milliseconds * MILLISECOND;
    for (let due = this.server.nextDue(); due !== null && due <= end; due = this.server.nextDue()) {
      this.now = Math.max(this.now, due);
      this.server.runDue();
    }
    this.now = end;
  }
}

describe('opening', () => {
  it('answers a SYN with its own, and repeats it when it gets no answer', () => {
    const bench = new Bench();
    expect(bench.put({ sequence: 100, flags: Syn, maximumSegment: 1000 })).toBe(true);
    const [answer] = bench.take();
    expect(answer).toMatchObject({
      flags: Syn | Ack,
      acknowledgment: 101,
      maximumSegment: 1460,
      sourcePort: 7,
      destinationPort: 40_000,
    });
    bench.wait(200);
    expect(bench.take()).toEqual([answer]);
    bench.put({ sequence: 100, flags: Syn });
    expect(bench.take()).toEqual([answer]);
    bench.wait(3_600_000);
    expect(bench.server.save().connections).toEqual([]);
  });

  it('leaves the refusing of closed ports and strange segments to the host', () => {
    const bench = new Bench();
    expect([
      bench.put({ flags: Syn, destinationPort: 80 }),
      bench.put({ flags: Ack }),
      bench.put({ flags: Syn | Rst }),
    ]).toEqual([false, false, false]);
  });

  it('has a bounded number of connections', () => {
    const bench = new Bench();
    const taken = Array.from({ length: 70 }, (_, i) => bench.put({ flags: Syn, sourcePort: i }));
    expect(taken.filter(Boolean)).toHaveLength(64);
  });
});

describe('echo', () => {
  it('sends back what comes, in segments of the peer’s size', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, flags: Ack | Psh, payload: new Uint8Array(1400).fill(5) });
    const sent = bench.take();
    expect(sent.map(({ payload }) => payload.length)).toEqual([1000, 400]);
    expect(sent.map(({ sequence }) => sequenceDifference(sequence, first))).toEqual([0, 1000]);
    expect(sent.every(({ acknowledgment, payload }) => acknowledgment === 1501 && payload.every((x) => x === 5))).toBe(
      true,
    );
  });

  it('takes bytes once and in order, and says where it is otherwise', () => {
    const bench = new Bench();
    const first = bench.open({ destinationPort: 9 });
    const data = (sequence: number, length: number): void =>
      void bench.put({ destinationPort: 9, sequence, acknowledgment: first, payload: new Uint8Array(length) });
    data(201, 100);
    data(101, 100);
    data(101, 100);
    data(151, 100);
    expect(bench.take().map(({ acknowledgment }) => acknowledgment)).toEqual([101, 201, 201, 251]);
  });

  it('sends no more than the peer’s window, and goes on when it opens', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, window: 600, payload: new Uint8Array(1400) });
    expect(bench.take().map(({ payload }) => payload.length)).toEqual([600]);
    bench.put({ sequence: 1501, acknowledgment: first + 600, window: 0 });
    expect(bench.take()).toEqual([]);
    bench.wait(200);
    expect(bench.take().map(({ payload }) => payload.length)).toEqual([1]); // a probe
    bench.put({ sequence: 1501, acknowledgment: first + 600, window: 5000 });
    const total = bench.take().reduce((sum, { payload }) => sum + payload.length, 0);
    expect(total).toBe(799);
  });

  it('takes no more than it can hold', () => {
    const bench = new Bench();
    const first = bench.open({ window: 0 });
    for (let at = 0; at < 70_000; at += 1000) {
      bench.put({ sequence: 101 + at, acknowledgment: first, window: 0, payload: new Uint8Array(1000) });
    }
    const last = bench.take().at(-1);
    expect([last?.window, last?.acknowledgment]).toEqual([0, 101 + TCP_WINDOW]);
  });

  it('sends again after 200 ms, later and later, and at the third repeated acknowledgment at once', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, payload: new Uint8Array(500) });
    bench.take();
    for (const milliseconds of [200, 400, 800]) {
      bench.wait(milliseconds - 1);
      expect(bench.take()).toEqual([]);
      bench.wait(1);
      expect(bench.take().map(({ payload }) => payload.length)).toEqual([500]);
    }
    for (let i = 0; i < 3; i++) bench.put({ sequence: 601, acknowledgment: first });
    expect(bench.take().map(({ sequence, payload }) => [sequence, payload.length])).toEqual([[first, 500]]);
    bench.put({ sequence: 601, acknowledgment: first + 500 });
    bench.wait(10_000);
    expect(bench.take()).toEqual([]);
  });

  it('says when it can take bytes again', () => {
    const bench = new Bench();
    const first = bench.open();
    for (let at = 0; at < 66_000; at += 1000) {
      bench.put({ sequence: 101 + at, acknowledgment: first, payload: new Uint8Array(1000) });
    }
    expect(bench.take().at(-1)?.window).toBe(0);
    bench.put({ sequence: 101 + TCP_WINDOW, acknowledgment: first + TCP_WINDOW });
    expect(bench.take()).toMatchObject([{ flags: Ack, window: TCP_WINDOW, acknowledgment: 101 + TCP_WINDOW }]);
  });

  it('goes on behind what is acknowledged, also when it was just sending that again', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, payload: new Uint8Array(1400) });
    bench.put({ sequence: 1501, acknowledgment: first, window: 100 });
    bench.take();
    bench.wait(200);
    expect(bench.take().map(({ payload }) => payload.length)).toEqual([100]);
    bench.put({ sequence: 1501, acknowledgment: first + 1400, payload: Uint8Array.of(1, 2, 3) });
    expect(bench.take()).toMatchObject([{ sequence: first + 1400, payload: Uint8Array.of(1, 2, 3) }]);
  });

  it('refuses acknowledgments of what it never sent', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first + 5 });
    expect(bench.take()).toMatchObject([{ flags: Ack, acknowledgment: 101 }]);
  });
});

describe('closing', () => {
  it('sends what is left, then its own FIN, and forgets the connection when that is acknowledged', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, flags: Ack | Fin, payload: new Uint8Array(10) });
    expect(bench.take().map(({ flags, payload }) => [flags, payload.length])).toEqual([
      [Ack | Psh, 10],
      [Ack | Fin, 0],
    ]);
    bench.put({ sequence: 112, acknowledgment: first + 10 });
    expect(bench.server.save().connections).toHaveLength(1);
    bench.wait(200);
    expect(bench.take()).toMatchObject([{ flags: Ack | Fin, acknowledgment: 112 }]);
    bench.put({ sequence: 112, acknowledgment: first + 11 });
    expect(bench.server.save().connections).toEqual([]);
  });

  it('takes nothing more after the peer’s FIN', () => {
    const bench = new Bench();
    const first = bench.open();
    bench.put({ sequence: 101, acknowledgment: first, flags: Ack | Fin });
    bench.take();
    bench.put({ sequence: 102, acknowledgment: first, payload: new Uint8Array(10) });
    expect(bench.take()).toMatchObject([{ acknowledgment: 102, payload: new Uint8Array(0) }]);
  });

  it('a reset ends the connection only when it is the peer’s', () => {
    const bench = new Bench();
    bench.open();
    bench.put({ sequence: 9999, flags: Rst });
    expect(bench.server.save().connections).toHaveLength(1);
    bench.put({ sequence: 101, flags: Rst });
    expect(bench.server.save().connections).toEqual([]);
  });

  it('a silent peer is forgotten after ten minutes', () => {
    const bench = new Bench();
    bench.open();
    bench.wait(599_999);
    expect(bench.server.save().connections).toHaveLength(1);
    bench.wait(1);
    expect(bench.server.save().connections).toEqual([]);
    expect(bench.server.nextDue()).toBeNull();
  });
});

describe('server1 over the switch', () => {
  /** A client that sends `data` to the echo port as a window allows, losing every `lossy`-th segment in both directions. */
  function transfer(data: Uint8Array, lossy: number): Uint8Array {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    const back: number[] = [];
    const state = { next: 1000, una: 1000, expected: 0, isOpen: false, count: 0 };
    const lose = (): boolean => lossy > 0 && ++state.count % lossy === 0;
    const send = (fields: Partial<TcpSegment>): void => {
      if (!lose()) client.sendTcp('192.168.1.10', segment({ acknowledgment: state.expected, ...fields }));
    };
    const push = (): void => {
      while (state.next - state.una < 20_000 && state.next - 1001 < data.length) {
        const at = state.next - 1001;
        const payload = data.slice(at, at + 1460);
        send({ sequence: state.next, flags: Ack | Psh, payload });
        state.next += payload.length;
      }
    };
    client.onSegment = (heard) => {
      if (lose()) return;
      if (heard.flags & Syn) {
        state.expected = (heard.sequence + 1) >>> 0;
        state.isOpen = true;
        state.next = state.una = 1001;
      } else if (heard.payload.length > 0) {
        if (heard.sequence === state.expected) {
          back.push(...heard.payload);
          state.expected = (state.expected + heard.payload.length) >>> 0;
        }
        send({ sequence: state.next, flags: Ack });
      }
      state.una = Math.max(state.una, heard.acknowledgment);
      push();
    };
    send({ sequence: 1000, flags: Syn, maximumSegment: 1460 });
    for (let rounds = 0; rounds < 3000 && back.length < data.length; rounds++) {
      host.clock.advanceBy(50 * MILLISECOND);
      if (!state.isOpen) send({ sequence: 1000, flags: Syn, maximumSegment: 1460 });
      else {
        state.next = state.una; // a crude client: everything unacknowledged again
        push();
      }
    }
    return Uint8Array.from(back);
  }

  it('sends 100 KB back unchanged', () => {
    const data = new Random(6).bytes(100_000);
    expect(transfer(data, 0)).toEqual(data);
  });

  it('also when every 13th segment is lost', () => {
    const data = new Random(7).bytes(60_000);
    expect(transfer(data, 13)).toEqual(data);
  });

  it('repeats itself there too', () => {
    const host = new Host();
    const client = host.client(1, '192.168.1.50');
    client.sendTcp('192.168.1.10', segment({ sequence: 100, flags: Syn }));
    host.clock.advanceBy(SECOND);
    expect(client.segments.map(({ flags }) => flags)).toEqual([Syn | Ack, Syn | Ack, Syn | Ack]);
  });

  it('closes its timers when nobody is connected', () => {
    const host = new Host();
    transfer(new Uint8Array(10), 0);
    host.clock.advanceBy(700 * SECOND);
    expect(host.clock.nextDue()).toBeNull();
  });
});
