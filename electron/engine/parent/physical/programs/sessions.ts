import type { Ipv4Address } from '../../../base/net/address';
import type { Tcp } from '../../../base/net/stack/tcp/tcp';
import type { TcpConnection } from '../../../base/net/stack/tcp/tcp-types';
import { clonePlain, type InspectNode, type Unit } from '../../../base/unit';
import type { HttpSession } from './http-server';
import type { IperfSession } from './iperf-server';

/** What a program remembers of one connection, by the program that has it. Plain. */
export type SessionState = { readonly kind: 'echo' | 'discard'; bytes: number } | HttpSession | IperfSession;

/** A program's end of a connection. */
export interface Socket {
  readonly connection: Readonly<TcpConnection>;
  room(): number;
  /** The number of bytes that were taken. */
  write(bytes: Uint8Array): number;
  read(most?: number): Uint8Array;
  /** No more bytes from here. */
  end(): void;
}

/** What a program does with a connection. */
export interface ServerProgram {
  begin(connection: Readonly<TcpConnection>): SessionState;
  /** Something is new: bytes, room, the end. */
  run(session: SessionState, socket: Socket): void;
}

interface Session {
  connection: number;
  state: SessionState;
}

export interface SessionsState {
  sessions: Session[];
}

/** The programs of a host that answer over TCP, and what they remember of each connection. */
export class Sessions implements Unit<SessionsState> {
  private state: SessionsState = { sessions: [] };
  private readonly programs = new Map<number, ServerProgram>(); // wiring, by port

  constructor(private readonly tcp: Tcp) {}

  /** A program answers at `port`. */
  serve(port: number, program: ServerProgram): void {
    this.programs.set(port, program);
    this.tcp.listen(port);
  }

  /** Opens a connection from here; `program` of port `port` has it. */
  call(port: number, local: Ipv4Address, remote: Ipv4Address, remotePort: number, state: SessionState): void {
    const connection = this.tcp.open({ local, localPort: port, remote, remotePort });
    this.state.sessions.push({ connection, state });
  }

  /** Something about a connection is new. */
  changed(connection: Readonly<TcpConnection>): void {
    const program = this.programs.get(connection.localPort);
    const session = this.sessionOf(connection, program);
    if (!program || !session) return;
    program.run(session.state, this.socket(connection));
    if (!isOver(connection)) return;
    this.state.sessions = this.state.sessions.filter((one) => one !== session);
    this.tcp.release(connection.id);
  }

  private sessionOf(connection: Readonly<TcpConnection>, program: ServerProgram | undefined): Session | null {
    const known = this.state.sessions.find((one) => one.connection === connection.id);
    if (known) return known;
    if (!program || this.tcp.take(connection.localPort) !== connection.id) return null;
    const made: Session = { connection: connection.id, state: program.begin(connection) };
    this.state.sessions.push(made);
    return made;
  }

  private socket(connection: Readonly<TcpConnection>): Socket {
    const { tcp } = this;
    const { id } = connection;
    return {
      connection,
      room: () => tcp.room(id),
      write: (bytes) => tcp.write(id, bytes),
      read: (most) => tcp.read(id, most),
      end: () => tcp.end(id),
    };
  }

  reset(): void {
    this.state = { sessions: [] };
    for (const port of this.programs.keys()) this.tcp.listen(port);
  }

  save(): SessionsState {
    return clonePlain(this.state);
  }

  restore(saved: SessionsState): void {
    this.state = clonePlain(saved);
  }

  inspect(): InspectNode {
    return this.state.sessions.map(({ connection, state }) => ({ connection, kind: state.kind, bytes: state.bytes }));
  }
}

/** Both ends have said all, or the connection broke. */
function isOver({ phase, incoming, isEnding }: Readonly<TcpConnection>): boolean {
  if (phase === 'closed') return true;
  return isEnding && incoming.length === 0 && (phase === 'timeWait' || phase === 'lastAck' || phase === 'closing');
}

/** True when the peer has said all that it will say, and it has been read. */
export function isPeerDone({ phase, incoming }: Readonly<TcpConnection>): boolean {
  return incoming.length === 0 && ['closeWait', 'lastAck', 'closing', 'timeWait', 'closed'].includes(phase);
}
