import type { MacAddress } from '../../../base/mac';
import { BootOperation, dhcpMessage, DhcpType, type DhcpMessage } from '../../../base/net/dhcp';
import {
  DhcpOption,
  optionAddresses,
  optionText,
  optionU32,
  textOption,
  u32Option,
  u8Option,
  type DhcpOptions,
} from '../../../base/net/dhcp-options';
import { SECOND, type Nanoseconds } from '../../../clock/clock';
import type { DhcpLease, DhcpState } from './net-state';
import type { DhcpPolicy } from './policy';

/** Who asks. */
export interface DhcpIdentity {
  readonly mac: MacAddress;
  hostName(): string;
  readonly policy: DhcpPolicy;
}

const ETHERNET = 1;

/** The message that a client in its phase sends (RFC 2131, table 5). */
export function requestOf(state: DhcpState, identity: DhcpIdentity, now: Nanoseconds): DhcpMessage {
  const { phase, offer, lease } = state;
  const isUsingAddress = phase === 'renewing' || phase === 'rebinding';
  const options: DhcpOptions = { ...identityOptions(identity) };
  options[DhcpOption.MessageType] = u8Option(phase === 'selecting' ? DhcpType.Discover : DhcpType.Request);
  const wanted = phase === 'requesting' ? offer?.address : lease?.address;
  if (wanted !== undefined && !isUsingAddress) options[DhcpOption.RequestedAddress] = u32Option(wanted);
  if (phase === 'requesting' && offer) options[DhcpOption.ServerIdentifier] = u32Option(offer.server);
  return message(state, identity, now, options, isUsingAddress ? (lease?.address ?? 0) : 0);
}

/** Tells the server that somebody else has the address (RFC 2131, 4.4.4). */
export function declineOf(state: DhcpState, identity: DhcpIdentity, lease: DhcpLease): DhcpMessage {
  const options = partingOptions(identity, DhcpType.Decline, lease);
  options[DhcpOption.RequestedAddress] = u32Option(lease.address);
  return message(state, identity, state.startedAt, options, 0);
}

/** Gives the address back. */
export function releaseOf(state: DhcpState, identity: DhcpIdentity, lease: DhcpLease): DhcpMessage {
  return message(state, identity, state.startedAt, partingOptions(identity, DhcpType.Release, lease), lease.address);
}

function message(
  { transaction, startedAt, hasFailed }: DhcpState,
  { mac, policy }: DhcpIdentity,
  now: Nanoseconds,
  options: DhcpOptions,
  clientAddress: number,
): DhcpMessage {
  const seconds = Math.min(0xffff, Math.floor((now - startedAt) / SECOND));
  const broadcast = (policy.wantsBroadcast || hasFailed) && clientAddress === 0; // with 169.254.x.y no unicast reaches us
  return dhcpMessage({
    operation: BootOperation.Request,
    transaction,
    clientMac: mac,
    seconds,
    broadcast,
    clientAddress,
    options,
  });
}

function identityOptions({ mac, hostName, policy }: DhcpIdentity): DhcpOptions {
  const options: DhcpOptions = {
    [DhcpOption.ClientIdentifier]: Uint8Array.of(ETHERNET, ...mac),
    [DhcpOption.HostName]: textOption(hostName()),
    [DhcpOption.ParameterList]: Uint8Array.from(policy.parameters),
  };
  if (policy.vendorClass !== null) options[DhcpOption.VendorClass] = textOption(policy.vendorClass);
  return options;
}

function partingOptions({ mac }: DhcpIdentity, type: number, lease: DhcpLease): DhcpOptions {
  return {
    [DhcpOption.MessageType]: u8Option(type),
    [DhcpOption.ServerIdentifier]: u32Option(lease.server),
    [DhcpOption.ClientIdentifier]: Uint8Array.of(ETHERNET, ...mac),
  };
}

/** What an acknowledgment grants, or null when it lacks what a client cannot do without. */
export function leaseOf(ack: DhcpMessage, now: Nanoseconds): DhcpLease | null {
  const { options, yourAddress: address } = ack;
  const seconds = optionU32(options, DhcpOption.LeaseTime);
  const mask = optionU32(options, DhcpOption.SubnetMask);
  const server = optionU32(options, DhcpOption.ServerIdentifier);
  if (address === 0 || !seconds || mask === null || server === null) return null;
  const renewal = Math.min(optionU32(options, DhcpOption.RenewalTime) ?? Math.floor(seconds / 2), seconds);
  const rebinding = Math.min(optionU32(options, DhcpOption.RebindingTime) ?? Math.floor((seconds * 7) / 8), seconds);
  return {
    address,
    mask,
    gateway: optionAddresses(options, DhcpOption.Router)[0] ?? null,
    dns: optionAddresses(options, DhcpOption.DomainNameServer),
    domain: optionText(options, DhcpOption.DomainName) ?? '',
    server,
    obtained: now,
    renewAt: now + renewal * SECOND,
    rebindAt: now + rebinding * SECOND,
    expires: now + seconds * SECOND,
  };
}
