import { ipv4Text, isSameSubnet, maskOf, parseIpv4, type Ipv4Address } from '../../base/net/address';
import { decodeIcmp, echoReplyTo, encodeIcmp, icmpError, IcmpType, Unreachable } from '../../base/net/icmp';
import { decodeIpv4, encodeIpv4, ipv4Packet, IpProtocol, type Ipv4Packet } from '../../base/net/ipv4';
import { emptyReassembly, reassemble, type ReassemblyState } from '../../base/net/ipv4-fragments';
import { decodeTcp, encodeTcp, resetFor } from '../../base/net/tcp';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import { MILLISECOND, type Clock } from '../../clock/clock';
import type { Trace } from '../../trace/trace';
import { DelayLine, type DelayLineState } from './delay-line';

export interface SimulatedInternetState {
  answers: DelayLineState;
  reassembly: ReassemblyState;
  packets: number;
}

/** There and back across the simulated provider [design value: a home line to a nearby server]. */
const ROUND_TRIP = 12 * MILLISECOND;

const at = (text: string): Ipv4Address => parseIpv4(text) ?? 0;

/** Routers between the gateway and every host, in documentation addresses (RFC 5737). */
export const INTERNET_ROUTERS: readonly Ipv4Address[] = [at('198.51.100.1'), at('198.51.100.129')];

/** Hosts that answer, by address: also in documentation addresses. */
export const INTERNET_HOSTS: Readonly<Record<string, Ipv4Address>> = {
  'www.example.com': at('203.0.113.10'),
  'ntp.example.com': at('203.0.113.123'),
};

/** Networks that no provider routes (RFC 1918). */
const PRIVATE: readonly [Ipv4Address, number][] = [
  [at('10.0.0.0'), 8],
  [at('172.16.0.0'), 12],
  [at('192.168.0.0'), 16],
];

/** What lies behind the gateway: two routers and a few hosts that answer pings. Everything stays in this process. */
export class SimulatedInternet implements Unit<SimulatedInternetState> {
  private reassembly = emptyReassembly();
  private packets = 0;
  private readonly answers: DelayLine;

  /** @param output called with each answering packet, addressed to who asked */
  constructor(
    private readonly clock: Clock,
    trace: Trace,
    id: string,
    output: (packet: Ipv4Packet) => void,
  ) {
    this.answers = new DelayLine(clock, trace, `${id}/answers`, ROUND_TRIP, (bytes) => {
      const packet = decodeIpv4(bytes);
      if (packet) output(packet);
    });
  }

  /** A packet that the gateway sends out; its time to live has been decreased there. */
  receive(packet: Ipv4Packet): void {
    this.packets++;
    const answer = this.answerTo(packet);
    if (answer) this.answers.push(encodeIpv4(answer));
  }

  private answerTo(packet: Ipv4Packet): Ipv4Packet | null {
    const router = INTERNET_ROUTERS[packet.ttl - 1];
    if (router !== undefined) return errorFrom(router, packet, IcmpType.TimeExceeded, 0);
    if (isPrivate(packet.destination))
      return errorFrom(INTERNET_ROUTERS[0] ?? 0, packet, IcmpType.Unreachable, Unreachable.Net);
    if (!Object.values(INTERNET_HOSTS).includes(packet.destination)) return null; // nobody there: no answer ever
    const whole = reassemble(this.reassembly, packet, this.clock.now());
    return whole && hostAnswer(whole);
  }

  reset(): void {
    this.reassembly = emptyReassembly();
    this.packets = 0;
    this.answers.reset();
  }

  save(): SimulatedInternetState {
    return { answers: this.answers.save(), reassembly: clonePlain(this.reassembly), packets: this.packets };
  }

  restore(saved: SimulatedInternetState): void {
    this.answers.restore(saved.answers);
    this.reassembly = clonePlain(saved.reassembly);
    this.packets = saved.packets;
  }

  inspect(): InspectNode {
    const hosts = Object.entries(INTERNET_HOSTS).map(([name, address]) => ({ name, address: ipv4Text(address) }));
    return { packets: this.packets, answers: this.answers.inspect(), hosts };
  }
}

function isPrivate(address: Ipv4Address): boolean {
  return PRIVATE.some(([network, prefix]) => isSameSubnet(network, address, maskOf(prefix)));
}

/** What is left of a time to live of 64 after the way back. */
const TTL_LEFT = 64 - INTERNET_ROUTERS.length;

function errorFrom(router: Ipv4Address, packet: Ipv4Packet, type: number, code: number): Ipv4Packet | null {
  const isAboutError = packet.protocol === IpProtocol.Icmp && packet.payload[0] !== IcmpType.EchoRequest;
  if (isAboutError || packet.fragmentOffset > 0) return null; // RFC 1122, 3.2.2
  const payload = encodeIcmp(icmpError(type, code, packet));
  return ipv4Packet({ source: router, destination: packet.source, protocol: IpProtocol.Icmp, payload, ttl: TTL_LEFT });
}

/** A host with nothing but an address: it answers pings, and refuses everything else. */
function hostAnswer(packet: Ipv4Packet): Ipv4Packet | null {
  const { source, destination, protocol } = packet;
  const answer = (payload: Uint8Array): Ipv4Packet =>
    ipv4Packet({
      source: destination,
      destination: source,
      protocol,
      payload,
      ttl: TTL_LEFT,
      identification: packet.identification,
    });
  if (protocol === IpProtocol.Icmp) {
    const message = decodeIcmp(packet.payload);
    const reply = message && echoReplyTo(message);
    return reply && answer(encodeIcmp(reply));
  }
  if (protocol === IpProtocol.Tcp) {
    const segment = decodeTcp(packet.payload, source, destination);
    const reset = segment && resetFor(segment);
    return reset && answer(encodeTcp(reset, destination, source));
  }
  const code = protocol === IpProtocol.Udp ? Unreachable.Port : Unreachable.Protocol;
  return errorFrom(destination, packet, IcmpType.Unreachable, code);
}
