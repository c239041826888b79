import type { FramePort } from '../../base/backends';
import type { MacAddress } from '../../base/mac';
import type { Ipv4Address } from '../../base/net/address';
import { encodeTcp } from '../../base/net/tcp';
import { Tcp } from '../../base/net/stack/tcp/tcp';
import type { TcpState } from '../../base/net/stack/tcp/tcp-types';
import { TCP_LINUX } from '../../base/net/stack/tcp/linux-policy';
import type { UdpDatagram } from '../../base/net/udp';
import { IpProtocol, type Ipv4Packet } from '../../base/net/ipv4';
import { IpStation } from '../../base/net/stack/ip-station';
import type { IpConfig, IpStationState } from '../../base/net/stack/ip-types';
import type { InspectNode, Unit } from '../../base/unit';
import { MICROSECOND, SECOND, type Alarm, type Clock } from '../../clock/clock';
import type { Trace } from '../../trace/trace';
import { DelayLine, type DelayLineState } from './delay-line';
import { HostCard, type HostCardState } from './host-card';
import { Sessions, type ServerProgram, type SessionState, type SessionsState } from './programs/sessions';

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
  tcp: TcpState;
  sessions: SessionsState;
  outbound: DelayLineState;
  card: HostCardState;
}

/** From a frame's arrival at a host to its answer on the wire [estimate: interrupt, network stack, a process woken up]. */
const HOST_LATENCY = 150 * MICROSECOND;
const FRAMES_IN_THOUGHT = 8192;

const MOST_CONNECTIONS = 4096;
/** A connection of which nothing is heard for this time is given up. */
const IDLE_LIMIT = 600 * SECOND;

/** A physical machine on the LAN: an address, the answers that every host gives, and the services it is given. */
export class LanHost implements Unit<LanHostState> {
  readonly id: string;
  readonly ip: IpStation;
  private readonly tcp: Tcp;
  private readonly sessions: Sessions;
  private readonly outbound: DelayLine;
  private readonly card: HostCard;
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
    this.card = new HostCard(clock, trace, `${this.id}/card`, (frame) => port.send(frame));
    const think = (frame: Uint8Array): void => this.card.push(frame);
    this.outbound = new DelayLine(clock, trace, `${this.id}/outbound`, HOST_LATENCY, think, FRAMES_IN_THOUGHT);
    this.tcp = this.makeTcp(clock);
    this.sessions = new Sessions(this.tcp);
    this.ip = this.station(clock);
    this.ip.configure(options.config);
    port.setReceiver({ receive: (frame) => this.receive(frame), linkChanged: () => undefined });
  }

  private makeTcp(clock: Clock): Tcp {
    return new Tcp({
      policy: TCP_LINUX,
      most: MOST_CONNECTIONS,
      idleLimit: IDLE_LIMIT,
      now: () => clock.now(),
      send: (segment, local, remote) => {
        const payload = encodeTcp(segment, local, remote);
        this.ip.send({ destination: remote, protocol: IpProtocol.Tcp, payload });
      },
      changed: (connection) => this.sessions.changed(connection),
    });
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
        tcp: (segment, packet) => this.tcp.receive(segment, packet.destination, packet.source),
        icmp: () => undefined, // errors and answers to pings that nobody here sends
        unreachable: (packet) => this.tcp.unreachable(packet.destination),
        conflict: () => undefined,
        forward: this.options.forward,
      },
    });
  }

  /** Listens on a UDP port, in place of who did before. */
  serveUdp(port: number, service: UdpService): void {
    this.services.set(port, service);
  }

  /** Listens on a TCP port, in place of who did before. */
  serveTcp(port: number, program: ServerProgram): void {
    this.sessions.serve(port, program);
  }

  /** Opens a connection to a station; `program` of the local port has it with this session. */
  call(localPort: number, remote: Ipv4Address, remotePort: number, session: SessionState): void {
    this.sessions.call(localPort, this.options.config.address, remote, remotePort, session);
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
    this.sessions.reset();
    this.outbound.reset();
    this.card.reset();
    this.alarm.cancel();
    this.ip.configure(this.options.config);
  }

  save(): LanHostState {
    const { ip, tcp, sessions, outbound, card } = this;
    return {
      ip: ip.save(),
      tcp: tcp.save(),
      sessions: sessions.save(),
      outbound: outbound.save(),
      card: card.save(),
    };
  }

  restore(saved: LanHostState): void {
    this.ip.restore(saved.ip);
    this.tcp.restore(saved.tcp);
    this.sessions.restore(saved.sessions);
    this.outbound.restore(saved.outbound);
    this.card.restore(saved.card);
  }

  inspect(): InspectNode {
    const { ip, tcp, sessions, outbound, card } = this;
    return {
      ip: ip.inspect(),
      tcp: tcp.inspect(),
      sessions: sessions.inspect(),
      outbound: outbound.inspect(),
      card: card.inspect(),
    };
  }
}
