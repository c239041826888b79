import { describe, expect, it } from 'vitest';
import { TCP_WINDOW } from '@engine/base/net/stack/tcp/connection';
import { sequenceDifference, TcpFlag } from '@engine/base/net/tcp';
import { Bench } from './rig';

const { Syn, Ack, Fin, Rst, Psh } = TcpFlag;

describe('opening', () => {
  it('answers a SYN to an open port with its own, repeats it, and forgets a peer that never answers', () => {
    const bench = new Bench();
    expect(bench.put({ sequence: 100, flags: Syn, maximumSegment: 1000 })).toBe(true);
    const [answer] = bench.take();
    expect(answer).toMatchObject({ flags: Syn | Ack, acknowledgment: 101, maximumSegment: 1460, sourcePort: 7 });
    bench.wait(1000);
    expect(bench.take()).toEqual([answer]);
    bench.put({ sequence: 100, flags: Syn });
    expect(bench.take()).toEqual([answer]);
    bench.wait(60_000);
    expect(bench.tcp.save().connections).toEqual([]);
    expect(bench.tcp.nextDue()).toBeNull();
  });

  it('leaves the refusing of closed ports and strange segments to the host, and counts them', () => {
    const bench = new Bench();
    const put = [{ flags: Syn, destinationPort: 8 }, { flags: Ack }, { flags: Syn | Rst }].map((one) => bench.put(one));
    expect(put).toEqual([false, false, false]);
    expect(bench.tcp.inspect()).toMatchObject({ refused: 3 });
  });

  it('has a bounded number of connections', () => {
    const bench = new Bench();
    const taken = Array.from({ length: 70 }, (_, i) => bench.put({ flags: Syn, sourcePort: i }));
    expect(taken.filter(Boolean)).toHaveLength(64);
  });

  it('hands a connection to the program once, when it is open', () => {
    const bench = new Bench();
    bench.put({ sequence: 100, flags: Syn });
    expect(bench.tcp.take(7)).toBeNull();
    const answer = bench.take()[0]?.sequence ?? 0;
    bench.put({ sequence: 101, acknowledgment: answer + 1 });
    expect([bench.tcp.take(7), bench.tcp.take(7)]).toEqual([1, null]);
  });

  it.each([
    [
      'refused',
      (bench: Bench, first: number) =>
        bench.put({ sourcePort: 80, destinationPort: 2000, acknowledgment: first, flags: Rst | Ack }),
    ],
    ['unreachable', (bench: Bench) => bench.tcp.unreachable(0x0a000002)],
    ['timeout', (bench: Bench) => bench.wait(60_000)],
  ])('says when it was in vain: %s', (failure, happens) => {
    const bench = new Bench();
    const id = bench.tcp.open({ local: 0x0a000001, localPort: 2000, remote: 0x0a000002, remotePort: 80 });
    const first = ((bench.take()[0]?.sequence ?? 0) + 1) >>> 0;
    happens(bench, first);
    expect(bench.tcp.find(id)).toMatchObject({ phase: 'closed', failure });
    expect(bench.tcp.nextDue()).toBeNull();
    bench.tcp.release(id);
    expect(bench.tcp.find(id)).toBeNull();
  });
});

describe('sending', () => {
  it('cuts into segments of the peer’s size', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.write(id, new Uint8Array(1400).fill(5));
    const sent = bench.take();
    expect(sent.map(({ payload, flags }) => [payload.length, flags])).toEqual([
      [1000, Ack],
      [400, Ack | Psh],
    ]);
    expect(sent.map(({ sequence }) => sequenceDifference(sequence, first))).toEqual([0, 1000]);
    expect(sent.every(({ payload }) => payload.every((byte) => byte === 5))).toBe(true);
  });

  it('takes no more from the program than a window, and begins with ten segments', () => {
    const bench = new Bench();
    const { id } = bench.accept();
    expect([bench.tcp.write(id, new Uint8Array(100_000)), bench.tcp.room(id)]).toEqual([TCP_WINDOW, 0]);
    expect(bench.take()).toHaveLength(10);
  });

  it('sends no more than the peer’s window, and probes it while it is closed, for as long as the peer is there', () => {
    const bench = new Bench();
    const { first, id } = bench.accept({ window: 600 });
    bench.tcp.write(id, new Uint8Array(1400));
    expect(bench.take().map(({ payload }) => payload.length)).toEqual([600]);
    bench.put({ sequence: 101, acknowledgment: first + 600, window: 0 });
    for (let probes = 0; probes < 20; probes++) {
      for (let turns = 0; bench.out.length === 0 && turns < 1000; turns++) bench.wait(100);
      expect(bench.take().map(({ payload }) => payload.length)).toEqual([1]);
      bench.put({ sequence: 101, acknowledgment: first + 600, window: 0 });
    }
    bench.put({ sequence: 101, acknowledgment: first + 601, window: 5000 });
    expect(bench.take().reduce((sum, { payload }) => sum + payload.length, 0)).toBe(799);
  });

  it('sends again when nothing comes, later and later, and in the end gives up', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.wait(100);
    bench.tcp.write(id, new Uint8Array(500));
    bench.take();
    const times: number[] = [];
    for (let last = bench.now; bench.tcp.find(id)?.phase !== 'closed'; bench.wait(100)) {
      if (bench.take().length === 0) continue;
      times.push(Math.round((bench.now - last) / 1e8));
      last = bench.now;
    }
    expect(times).toEqual([2, 4, 8, 16, 32]); // tenths of a second; the SYN was answered at once
    expect(bench.tcp.find(id)).toMatchObject({ failure: 'timeout', unacknowledged: first });
  });

  it('sends the first again at the third repeated acknowledgment, and the next hole at a partial one', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.write(id, new Uint8Array(9000));
    bench.take();
    for (let i = 0; i < 3; i++) bench.put({ sequence: 101, acknowledgment: first });
    expect(bench.take().map(({ sequence, payload }) => [sequence - first, payload.length])).toEqual([[0, 1000]]);
    bench.put({ sequence: 101, acknowledgment: first + 3000 });
    expect(bench.take().map(({ sequence }) => sequence - first)).toEqual([3000]);
    bench.put({ sequence: 101, acknowledgment: first + 9000 });
    bench.wait(10_000);
    expect(bench.take()).toEqual([]);
    expect(bench.tcp.find(id)?.congestionWindow).toBeLessThan(6000); // half of what was under way, and a bit
  });

  it('goes on behind what is acknowledged, also when it was just sending that again', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.write(id, new Uint8Array(1400));
    bench.take();
    bench.wait(300);
    expect(bench.take()).toMatchObject([{ sequence: first }]);
    bench.put({ sequence: 101, acknowledgment: first + 1400 });
    bench.tcp.write(id, Uint8Array.of(1, 2, 3));
    expect(bench.take()).toMatchObject([{ sequence: first + 1400, payload: Uint8Array.of(1, 2, 3) }]);
  });

  it('refuses acknowledgments of what it never sent', () => {
    const bench = new Bench();
    const { first } = bench.accept();
    bench.put({ sequence: 101, acknowledgment: first + 5 });
    expect(bench.take()).toMatchObject([{ flags: Ack, acknowledgment: 101 }]);
  });
});

describe('receiving', () => {
  const data = (bench: Bench, sequence: number, length: number, first: number): void =>
    void bench.put({ sequence, acknowledgment: first, payload: new Uint8Array(length).fill(sequence & 0xff) });

  it('acknowledges every second segment at once and a lone one after a while', () => {
    const bench = new Bench();
    const { first } = bench.accept();
    data(bench, 101, 100, first);
    expect(bench.take()).toEqual([]);
    data(bench, 201, 100, first);
    expect(bench.take()).toMatchObject([{ acknowledgment: 301 }]);
    data(bench, 301, 100, first);
    bench.wait(39);
    expect(bench.take()).toEqual([]);
    bench.wait(1);
    expect(bench.take()).toMatchObject([{ acknowledgment: 401 }]);
  });

  it('takes bytes once and in order, keeps what is behind a gap, and says where it is', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    data(bench, 201, 100, first);
    data(bench, 401, 100, first);
    data(bench, 101, 100, first); // 101 to 300 are here now
    data(bench, 151, 100, first); // again
    data(bench, 301, 100, first); // up to 500
    expect(bench.take().map(({ acknowledgment }) => acknowledgment)).toEqual([101, 101, 301, 301, 501]);
    const bytes = bench.tcp.read(id);
    expect(Array.from({ length: 4 }, (_, i) => bytes[i * 100])).toEqual([101, 201, 301 & 0xff, 401 & 0xff]);
    expect([bytes.length, bench.tcp.read(id).length]).toEqual([400, 0]);
  });

  it('takes no more than it can hold, and says when there is room again', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    for (let at = 0; at < 70_000; at += 1000) data(bench, 101 + at, 1000, first);
    expect(bench.take().at(-1)).toMatchObject({ window: 0, acknowledgment: 101 + TCP_WINDOW });
    expect(bench.tcp.read(id, 1000)).toHaveLength(1000);
    expect(bench.take()).toEqual([]); // too little to speak of
    bench.tcp.read(id);
    expect(bench.take()).toMatchObject([{ flags: Ack, window: TCP_WINDOW, acknowledgment: 101 + TCP_WINDOW }]);
  });

  it('answers what lies outside of its window and nothing else of it', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    data(bench, 101 + 70_000, 10, first);
    expect(bench.take()).toMatchObject([{ acknowledgment: 101 }]);
    expect(bench.tcp.find(id)?.later).toEqual([]);
  });
});

describe('closing', () => {
  it('sends what is left, then its own FIN, and is over when that is acknowledged', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.put({ sequence: 101, acknowledgment: first, flags: Ack | Fin, payload: new Uint8Array(10) });
    expect(bench.take()).toMatchObject([{ acknowledgment: 112 }]);
    expect(bench.tcp.read(id)).toHaveLength(10);
    bench.tcp.write(id, new Uint8Array(20));
    bench.tcp.release(id);
    expect(bench.take().map(({ flags, payload }) => [flags, payload.length])).toEqual([
      [Ack | Psh, 20],
      [Ack | Fin, 0],
    ]);
    bench.put({ sequence: 112, acknowledgment: first + 21 });
    expect(bench.tcp.save().connections).toEqual([]);
  });

  it('keeps the ports for a while when it was first to close, and answers a repeated FIN', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.release(id);
    bench.put({ sequence: 101, acknowledgment: first + 1, flags: Ack | Fin });
    bench.take();
    expect(bench.tcp.find(id)?.phase).toBe('timeWait');
    bench.put({ sequence: 101, acknowledgment: first + 1, flags: Ack | Fin });
    expect(bench.take()).toMatchObject([{ flags: Ack, acknowledgment: 102 }]);
    bench.wait(60_000);
    expect(bench.tcp.save().connections).toEqual([]);
  });

  it('closes at the same time as the peer', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.end(id);
    bench.put({ sequence: 101, acknowledgment: first, flags: Ack | Fin });
    expect(bench.tcp.find(id)?.phase).toBe('closing');
    bench.put({ sequence: 102, acknowledgment: first + 1 });
    expect(bench.tcp.find(id)?.phase).toBe('timeWait');
  });

  it('resets a peer that sends to a program that has gone', () => {
    const bench = new Bench();
    const { first, id } = bench.accept();
    bench.tcp.release(id);
    bench.take();
    bench.put({ sequence: 101, acknowledgment: first + 1, payload: new Uint8Array(10) });
    expect(bench.take()).toMatchObject([{ flags: Rst | Ack }]);
    expect(bench.tcp.save().connections).toEqual([]);
  });

  it('a reset ends the connection only when it is the peer’s', () => {
    const bench = new Bench();
    const { id } = bench.connect();
    const ports = { sourcePort: 80, destinationPort: 2000 };
    bench.put({ ...ports, sequence: 9999_9999, flags: Rst });
    expect(bench.tcp.find(id)?.phase).toBe('established');
    bench.put({ ...ports, sequence: 600, flags: Rst });
    expect(bench.take()).toMatchObject([{ flags: Ack, acknowledgment: 501 }]); // a challenge
    bench.put({ ...ports, sequence: 501, flags: Rst });
    expect(bench.tcp.find(id)).toMatchObject({ phase: 'closed', failure: 'reset' });
  });

  it('a silent peer is given up after the time that the owner sets', () => {
    const bench = new Bench(undefined, { idleLimit: 600e9 });
    const { id } = bench.accept();
    bench.wait(599_999);
    expect(bench.tcp.find(id)?.phase).toBe('established');
    bench.wait(1);
    expect(bench.tcp.find(id)).toMatchObject({ phase: 'closed', failure: 'timeout' });
  });
});
