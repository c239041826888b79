import type { MacAddress } from '@engine/base/mac';
import { ipv4Text, maskOf, parseIpv4, type Ipv4Address } from '@engine/base/net/address';
import { echoRequest, encodeIcmp, errorSubject, type IcmpMessage } from '@engine/base/net/icmp';
import { IpProtocol, type Ipv4Packet } from '@engine/base/net/ipv4';
import { IpStation } from '@engine/base/net/stack/ip-station';
import { encodeTcp, type TcpSegment } from '@engine/base/net/tcp';
import type { UdpDatagram } from '@engine/base/net/udp';
import { EngineClock, MILLISECOND, SECOND } from '@engine/clock/clock';
import { PhysicalNic } from '@engine/parent/physical/physical-nic';
import { SimulatedLan } from '@engine/parent/physical/simulated-lan';
import { Trace } from '@engine/trace/trace';
import type { PortOptions } from '@engine/vswitch/port-settings';
import type { SwitchPort } from '@engine/vswitch/switch-port';
import { VirtualSwitch } from '@engine/vswitch/virtual-switch';
import { lanMac, vmMac } from '../../vswitch/support';

export const ip = (text: string): Ipv4Address => parseIpv4(text) ?? 0;

/** A whole host: simulated LAN, one physical NIC, one external switch. */
export class Host {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly lan = new SimulatedLan(this.clock, this.trace);
  readonly nic: PhysicalNic;
  readonly virtualSwitch: VirtualSwitch;

  constructor(lineRate = 1_000_000_000) {
    const socket = this.lan.plug('host-nic', lanMac(1), lineRate);
    this.nic = new PhysicalNic({ name: 'NIC', mac: lanMac(1), lineRate }, socket);
    this.virtualSwitch = new VirtualSwitch(this.clock, this.trace, {
      id: 'switch/ext',
      name: 'External',
      kind: 'external',
    });
    this.nic.bind(this.virtualSwitch);
  }

  client(n: number, address: string | null, options: Partial<PortOptions> = {}): Client {
    const port = this.virtualSwitch.connect({ name: `vm-${n}`, kind: 'synthetic', mac: vmMac(n), ...options });
    return new Client(this, port, vmMac(n), address);
  }

  settle(seconds = 5): void {
    this.clock.advanceBy(seconds * SECOND);
  }
}

/** A machine that sends what a test tells it to, and remembers what comes back. */
export class Client {
  readonly station: IpStation;
  readonly icmp: { message: IcmpMessage; packet: Ipv4Packet; at: number }[] = [];
  readonly udp: { datagram: UdpDatagram; packet: Ipv4Packet }[] = [];
  readonly segments: TcpSegment[] = [];
  readonly unreachable: Ipv4Packet[] = [];
  /** Called with each segment instead of keeping it. */
  onSegment: ((segment: TcpSegment) => void) | null = null;

  constructor(
    private readonly host: Host,
    readonly port: SwitchPort,
    readonly mac: MacAddress,
    address: string | null,
  ) {
    const alarm = host.clock.alarm(`client/${port.name}`, () => {
      this.station.runDue();
      rearm();
    });
    const rearm = (): void => {
      const due = this.station.nextDue();
      if (due !== null) alarm.set(due);
    };
    this.station = new IpStation({
      mac,
      ttl: 128,
      answersEcho: true,
      now: () => host.clock.now(),
      transmit: (frame) => port.send(frame),
      upper: {
        udp: (datagram, packet) =>
          this.udp.push({ datagram: { ...datagram, payload: datagram.payload.slice() }, packet }) > 0,
        tcp: (segment) => {
          if (this.onSegment) this.onSegment(segment);
          else this.segments.push({ ...segment, payload: segment.payload.slice() });
          return true;
        },
        icmp: (message, packet) => void this.icmp.push({ message, packet, at: host.clock.now() }),
        unreachable: (packet) => void this.unreachable.push(packet),
        conflict: () => undefined,
      },
    });
    port.setReceiver({
      receive: (frame) => {
        this.station.receive(frame);
        rearm();
      },
      linkChanged: () => undefined,
    });
    this.rearm = rearm;
    if (address !== null)
      this.station.configure({ address: ip(address), mask: maskOf(24), gateway: ip('192.168.1.1') });
  }

  private readonly rearm: () => void;

  ping(to: string, options: { length?: number; ttl?: number } = {}): void {
    const payload = encodeIcmp(echoRequest(7, 1, new Uint8Array(options.length ?? 32).fill(0x61)));
    this.station.send({ destination: ip(to), protocol: IpProtocol.Icmp, payload, ttl: options.ttl });
    this.rearm();
  }

  sendUdp(to: string, destinationPort: number, payload: Uint8Array, sourcePort = 5000): void {
    this.station.sendUdp({ sourcePort, destinationPort, payload }, ip(to));
    this.rearm();
  }

  sendTcp(to: string, segment: TcpSegment): void {
    const from = this.station.config?.address ?? 0;
    this.station.send({ destination: ip(to), protocol: IpProtocol.Tcp, payload: encodeTcp(segment, from, ip(to)) });
    this.rearm();
  }

  /** Who answered, with type and code; for errors the destination that they are about. */
  get answers(): string[] {
    return this.icmp.map(({ message, packet }) => {
      const subject = errorSubject(message);
      const about = subject ? ` about ${ipv4Text(subject.destination)}` : '';
      return `${ipv4Text(packet.source)} ${message.type}/${message.code}${about}`;
    });
  }
}

export { MILLISECOND, SECOND };
