import { readBe32 } from '../../../base/bytes';
import { iperfMismatches, iperfPattern, IPERF_HEADER, IperfFlag } from '../../../base/net/iperf';
import { ipv4Text, type Ipv4Address } from '../../../base/net/address';
import type { Nanoseconds } from '../../../clock/clock';
import { isPeerDone, type ServerProgram, type SessionState, type Socket } from './sessions';

/** One direction of a measurement. */
export interface IperfSession {
  readonly kind: 'iperf';
  /** Bytes so far. */
  bytes: number;
  /** Bytes that were not what a client sends. */
  wrong: number;
  /** The first bytes of the client, which say what it wants; null once they are understood. */
  header: Uint8Array | null;
  /** What is sent back: so many bytes, or until then; null: nothing, here it only comes in. */
  send: { left: number; until: Nanoseconds | null } | null;
  /** What is sent back when the client is done (`-r`): where to and how much. */
  later: { port: number; amount: number } | null;
}

/** What came of a direction in which a client sent. */
export interface Measurement {
  readonly from: string;
  readonly bytes: number;
  /** Bytes that were not what a client sends. */
  readonly wrong: number;
}

/** What the server needs around it. */
export interface IperfServerHost {
  measured(result: Measurement): void;
  now(): Nanoseconds;
  /** Opens a connection to the client's own server and gives it this session. */
  call(remote: Ipv4Address, port: number, session: IperfSession): void;
}

const CENTISECOND = 10_000_000;
const CHUNK = 16_384;

const newSession = (): IperfSession => ({
  kind: 'iperf',
  bytes: 0,
  wrong: 0,
  header: new Uint8Array(0),
  send: null,
  later: null,
});

/** The server of iperf 2 (src/Listener.cpp, src/Server.cpp): takes what comes, and sends back when the client's header asks for it. */
export class IperfServer implements ServerProgram {
  constructor(private readonly host: IperfServerHost) {}

  begin(): SessionState {
    return newSession();
  }

  run(session: SessionState, socket: Socket): void {
    if (session.kind !== 'iperf') return;
    if (session.send) this.send(session, session.send, socket);
    else this.take(session, socket);
  }

  private take(session: IperfSession, socket: Socket): void {
    const bytes = socket.read();
    session.wrong += iperfMismatches(bytes, session.bytes);
    session.bytes += bytes.length;
    if (session.header) this.understand(session, session.header, bytes, socket.connection.remote);
    if (!isPeerDone(socket.connection)) return;
    socket.end();
    this.host.measured({ from: ipv4Text(socket.connection.remote), bytes: session.bytes, wrong: session.wrong });
    if (session.later) this.callBack(socket.connection.remote, session.later);
    session.later = null;
  }

  private understand(session: IperfSession, before: Uint8Array, bytes: Uint8Array, remote: Ipv4Address): void {
    const header = Uint8Array.from([...before, ...bytes.subarray(0, IPERF_HEADER - before.length)]);
    session.header = header.length < IPERF_HEADER ? header : null;
    if (session.header) return;
    const flags = readBe32(header, 0);
    if ((flags & IperfFlag.version1) === 0) return; // a client that only sends
    const wish = { port: readBe32(header, 8) & 0xffff, amount: readBe32(header, 20) | 0 };
    if (flags & IperfFlag.runNow) this.callBack(remote, wish);
    else session.later = wish;
  }

  /** An amount below zero is a time in hundredths of a second. */
  private callBack(remote: Ipv4Address, { port, amount }: { port: number; amount: number }): void {
    const until = amount < 0 ? this.host.now() - amount * CENTISECOND : null;
    const left = amount < 0 ? Number.MAX_SAFE_INTEGER : amount;
    this.host.call(remote, port, { ...newSession(), header: null, send: { left, until } });
  }

  private send(session: IperfSession, wish: { left: number; until: Nanoseconds | null }, socket: Socket): void {
    const isLate = wish.until !== null && this.host.now() >= wish.until;
    while (!isLate && wish.left > 0 && socket.room() > 0) {
      const taken = socket.write(iperfPattern(session.bytes, Math.min(CHUNK, wish.left, socket.room())));
      session.bytes += taken;
      wish.left -= taken;
    }
    if (isLate || wish.left <= 0) socket.end();
    socket.read(); // nothing is expected from the client here
  }
}
