import type { GuestConnection } from '@shared/model/guest-view';

/** One connection with what only commands print. */
export interface Connection extends GuestConnection {
  /** `eth0`. */
  readonly interfaceName: string;
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

/** The guest's network as its commands and its network folder see it. */
export interface GuestNetwork {
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
