import type { GuestConnection } from '@shared/model/guest-view';
import type { TcpFailure } from '../../base/net/stack/tcp/tcp-types';
import type { GuestLinks } from './links';

/** One connection with what only commands print. */
export interface Connection extends GuestConnection {
  /** `eth0`. */
  readonly interfaceName: string;
  /** The adapter's interface below a VLAN's, and whether somebody has set the VLAN's up; null for an adapter's own. */
  readonly vlan: { readonly parent: string; readonly isUp: boolean } | null;
  readonly domain: string;
  /** Partition times at which the lease began and ends; null without one. */
  readonly lease: { readonly obtained: number; readonly expires: number } | null;
}

/** How an echo request ended. */
export type EchoOutcome =
  | {
      readonly kind: 'reply';
      readonly from: string;
      readonly time: number;
      readonly ttl: number;
      readonly bytes: number;
    }
  | { readonly kind: 'unreachable'; readonly from: string; readonly code: number }
  | { readonly kind: 'expired'; readonly from: string };

/** What is known about a name now; a pending one is asked for again later. */
export type Resolution =
  { readonly kind: 'address'; readonly address: string } | { readonly kind: 'pending' | 'unknown' };

/** How far a connection of a program is. */
export interface SocketStatus {
  readonly phase: 'opening' | 'open' | 'over';
  /** Why it is over before its time. */
  readonly failure: TcpFailure | null;
  /** The peer has said all that it will say. */
  readonly isPeerDone: boolean;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remotePort: number;
  /** Bytes of ours that the peer has not acknowledged, and bytes of the peer's that have not been read. */
  readonly unsent: number;
  readonly unread: number;
}

/** Connections as programs use them; a connection goes by its number. */
export interface GuestSockets {
  /** Begins to open a connection. Null when no interface leads there. */
  connect(address: string, port: number): number | null;
  status(id: number): SocketStatus | null;
  /** Opens and closes a port for peers; takes a connection that one has made. */
  listen(port: number): void;
  unlisten(port: number): void;
  accept(port: number): number | null;
  /** Bytes that `write` takes now. */
  room(id: number): number;
  write(id: number, bytes: Uint8Array): number;
  read(id: number, most?: number): Uint8Array;
  /** No more bytes from here; `close` lets go of the connection too, `abort` breaks it off. */
  end(id: number): void;
  close(id: number): void;
  abort(id: number): void;
}

/** The guest's network as its commands and its network folder see it. */
export interface GuestNetwork {
  readonly sockets: GuestSockets;
  readonly links: GuestLinks;
  connections(): readonly Connection[];
  /** The address of a name or of a dotted address. */
  resolve(host: string): Resolution;
  /** Sends one ICMP echo request with `bytes` of data. False when no interface leads there. */
  echo(address: string, bytes: number): boolean;
  /** What became of the last echo request; null while nothing did. */
  echoOutcome(): EchoOutcome | null;
  /** Gives the addresses of all connections back. */
  release(): void;
  /** Asks the DHCP server again. */
  renew(): void;
}
