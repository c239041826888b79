import type { FramePort } from '../../base/backends';
import type { MacAddress } from '../../base/mac';
import { encodeTcp } from '../../base/net/tcp';
import type { UdpDatagram } from '../../base/net/udp';
import { IpProtocol, type Ipv4Packet } from '../../base/net/ipv4';
import { IpStation } from '../../base/net/stack/ip-station';
import type { IpConfig, IpStationState } from '../../base/net/stack/ip-types';
import type { InspectNode, Unit } from '../../base/unit';
import { MICROSECOND, type Alarm, type Clock } from '../../clock/clock';
import type { Trace } from '../../trace/trace';
import { DelayLine, type DelayLineState } from './delay-line';
import { TcpServer, type TcpServerState } from './tcp-server';

/** A UDP service of a host: called with each datagram to its port. `from` is the station that sent the frame. */
export type UdpService = (datagram: UdpDatagram, packet: Ipv4Packet, from: MacAddress) => void;

export interface LanHostOptions {
  /** Unique in the engine, for example `lan/server1`: prefix of its alarms. */
  readonly id: string;
  readonly mac: MacAddress;
  readonly config: IpConfig;
  /** Packets for others that come to the host as their router. */
  readonly forward?: (packet: Ipv4Packet) => void;
}

export interface LanHostState {
  ip: IpStationState;
  tcp: TcpServerState;
  outbound: DelayLineState;
}

/** From a frame's arrival at a host to its answer on the wire [estimate: interrupt, network stack, a process woken up]. */
const HOST_LATENCY = 150 * MICROSECOND;

/** A physical machine on the LAN: an address, the answers that every host gives, and the services it is given. */
export class LanHost implements Unit<LanHostState> {
  readonly id: string;
  readonly ip: IpStation;
  readonly tcp: TcpServer;
  private readonly outbound: DelayLine;
  private readonly alarm: Alarm;
  private readonly services = new Map<number, UdpService>(); // wiring

  constructor(
    clock: Clock,
    trace: Trace,
    private readonly options: LanHostOptions,
    port: FramePort,
  ) {
    this.id = options.id;
    this.alarm = clock.alarm(`${this.id}/timer`, () => this.runDue());
    this.outbound = new DelayLine(clock, trace, `${this.id}/outbound`, HOST_LATENCY, (frame) => port.send(frame));
    this.tcp = new TcpServer(
      () => clock.now(),
      (remote, segment) => {
        const payload = encodeTcp(segment, options.config.address, remote);
        this.ip.send({ destination: remote, protocol: IpProtocol.Tcp, payload });
      },
    );
    this.ip = this.station(clock);
    this.ip.configure(options.config);
    port.setReceiver({ receive: (frame) => this.receive(frame), linkChanged: () => undefined });
  }

  private station(clock: Clock): IpStation {
    return new IpStation({
      mac: this.options.mac,
      ttl: 64,
      answersEcho: true,
      now: () => clock.now(),
      transmit: (frame) => this.outbound.push(frame),
      upper: {
        udp: (datagram, packet, from) => this.serve(datagram, packet, from),
        tcp: (segment, packet) => this.tcp.receive(segment, packet.source),
        icmp: () => undefined, // errors and answers to pings that nobody here sends
        unreachable: () => undefined,
        conflict: () => undefined,
        forward: this.options.forward,
      },
    });
  }

  /** Listens on a UDP port, in place of who did before. */
  serveUdp(port: number, service: UdpService): void {
    this.services.set(port, service);
  }

  private serve(datagram: UdpDatagram, packet: Ipv4Packet, from: MacAddress): boolean {
    const service = this.services.get(datagram.destinationPort);
    service?.(datagram, packet, from);
    return service !== undefined;
  }

  /** Sends a packet as it is: for a router whose answer comes from elsewhere. */
  route(packet: Ipv4Packet): void {
    this.ip.route(packet);
    this.rearm();
  }

  private receive(frame: Uint8Array): void {
    this.ip.receive(frame);
    this.rearm();
  }

  private runDue(): void {
    this.ip.runDue();
    this.tcp.runDue();
    this.rearm();
  }

  private rearm(): void {
    const due = Math.min(this.ip.nextDue() ?? Infinity, this.tcp.nextDue() ?? Infinity);
    if (due === Infinity) this.alarm.cancel();
    else if (this.alarm.due !== due) this.alarm.set(due);
  }

  reset(): void {
    this.ip.reset();
    this.tcp.reset();
    this.outbound.reset();
    this.alarm.cancel();
    this.ip.configure(this.options.config);
  }

  save(): LanHostState {
    return { ip: this.ip.save(), tcp: this.tcp.save(), outbound: this.outbound.save() };
  }

  restore(saved: LanHostState): void {
    this.ip.restore(saved.ip);
    this.tcp.restore(saved.tcp);
    this.outbound.restore(saved.outbound);
  }

  inspect(): InspectNode {
    return { ip: this.ip.inspect(), tcp: this.tcp.inspect(), outbound: this.outbound.inspect() };
  }
}
