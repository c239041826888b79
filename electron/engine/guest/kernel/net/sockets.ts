import { ipv4Text, parseIpv4, type Ipv4Address } from '../../../base/net/address';
import { IpProtocol, type Ipv4Packet } from '../../../base/net/ipv4';
import type { IpStation } from '../../../base/net/stack/ip-station';
import { isOpening } from '../../../base/net/stack/tcp/connection';
import { Tcp } from '../../../base/net/stack/tcp/tcp';
import type { TcpConnection } from '../../../base/net/stack/tcp/tcp-types';
import { encodeTcp, type TcpSegment } from '../../../base/net/tcp';
import type { Nanoseconds } from '../../../clock/clock';
import type { GuestSockets, SocketStatus } from '../network-view';
import type { NetworkState } from './net-state';
import type { NetworkPolicy } from './policy';

/** What sockets need of the stack around them. */
export interface SocketsHost {
  readonly policy: NetworkPolicy;
  now(): Nanoseconds;
  /** The interface that leads to a destination. */
  route(destination: Ipv4Address): IpStation | null;
}

/** Connections at a time. */
const MOST = 256;
/** Local ports that programs get, beginning with the policy's first. */
const PORTS = 3976;

const PEER_DONE: readonly TcpConnection['phase'][] = ['closeWait', 'lastAck', 'closing', 'timeWait', 'closed'];

/** The connections of a guest's programs, over the part of the network's state that they lie in. */
export class Sockets implements GuestSockets {
  private readonly tcp: Tcp;

  constructor(
    private readonly state: NetworkState,
    private readonly host: SocketsHost,
  ) {
    const send = (segment: TcpSegment, local: Ipv4Address, remote: Ipv4Address, segmentSize: number): void => {
      const payload = encodeTcp(segment, local, remote);
      const packet = { destination: remote, protocol: IpProtocol.Tcp, payload, source: local, segmentSize };
      host.route(remote)?.send(packet);
    };
    const largest = (remote: Ipv4Address): number => host.route(remote)?.largestSend ?? 0;
    const options = { policy: host.policy.tcp, most: MOST, idleLimit: null, now: () => host.now(), send, largest };
    this.tcp = new Tcp(options, state.tcp);
  }

  connect(address: string, port: number): number | null {
    const remote = parseIpv4(address);
    const local = remote === null ? null : (this.host.route(remote)?.config?.address ?? null);
    if (remote === null || local === null || local === remote) return null; // nobody listens on this system itself
    return this.tcp.open({ local, localPort: this.freePort(), remote, remotePort: port });
  }

  /** Each connection gets the next port, as systems did before they drew them by chance. */
  private freePort(): number {
    const next = (): number => this.host.policy.firstPort + 1 + (this.state.portsGiven++ % (PORTS - 1));
    let port = next();
    while (this.tcp.isUsed(port)) port = next();
    return port;
  }

  status(id: number): SocketStatus | null {
    const found = this.tcp.find(id);
    if (!found) return null;
    return {
      phase: found.phase === 'closed' ? 'over' : isOpening(found) ? 'opening' : 'open',
      failure: found.failure,
      isPeerDone: PEER_DONE.includes(found.phase),
      localAddress: ipv4Text(found.local),
      localPort: found.localPort,
      remotePort: found.remotePort,
      unsent: found.outgoing.length,
      unread: found.incoming.length,
    };
  }

  listen(port: number): void {
    this.tcp.listen(port);
  }

  unlisten(port: number): void {
    this.tcp.unlisten(port);
  }

  accept(port: number): number | null {
    return this.tcp.take(port);
  }

  room(id: number): number {
    return this.tcp.room(id);
  }

  write(id: number, bytes: Uint8Array): number {
    return this.tcp.write(id, bytes);
  }

  read(id: number, most?: number): Uint8Array {
    return this.tcp.read(id, most);
  }

  end(id: number): void {
    this.tcp.end(id);
  }

  close(id: number): void {
    this.tcp.release(id);
  }

  abort(id: number): void {
    this.tcp.abort(id);
  }

  /** A segment for this system. False when it is for nobody. */
  receive(segment: TcpSegment, packet: Ipv4Packet): boolean {
    return this.tcp.receive(segment, packet.destination, packet.source);
  }

  unreachable(remote: Ipv4Address): void {
    this.tcp.unreachable(remote);
  }

  nextDue(): Nanoseconds | null {
    return this.tcp.nextDue();
  }

  runDue(): void {
    this.tcp.runDue();
  }
}
