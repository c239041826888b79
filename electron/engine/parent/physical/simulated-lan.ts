import { makeBootProgram } from '../../base/boot-program';
import type { MacAddress } from '../../base/mac';
import { isSameSubnet, maskOf, parseIpv4, type Ipv4Address } from '../../base/net/address';
import { encodeIcmp, icmpError, IcmpType } from '../../base/net/icmp';
import { IPERF_PORT } from '../../base/net/iperf';
import { IpProtocol, type Ipv4Packet } from '../../base/net/ipv4';
import type { IpConfig } from '../../base/net/stack/ip-types';
import { clonePlain, type InspectNode, type Unit } from '../../base/unit';
import type { Clock } from '../../clock/clock';
import type { Trace } from '../../trace/trace';
import { EthernetSwitch, type EthernetSwitchState } from '../../vswitch/ethernet-switch';
import { GIGABIT } from '../../vswitch/port-settings';
import type { SwitchPort } from '../../vswitch/switch-port';
import { DhcpServer, type DhcpServerState } from './dhcp-server';
import { LanHost, type LanHostState } from './lan-host';
import { HttpServer, type UploadedFile } from './programs/http-server';
import { IperfServer, type IperfSession, type Measurement } from './programs/iperf-server';
import { DISCARD, ECHO } from './programs/plain-programs';
import { TftpServer, type TftpServerState } from './tftp-server';
import { serveDhcp, serveDns, type DnsZone } from './lan-services';
import { INTERNET_HOSTS, SimulatedInternet, type SimulatedInternetState } from './simulated-internet';

const at = (text: string): Ipv4Address => parseIpv4(text) ?? 0;

/** The plan of the simulated network: a small office behind one router. */
export const LAN = {
  mask: maskOf(24),
  gateway: at('192.168.1.1'),
  server: at('192.168.1.10'),
  poolFirst: at('192.168.1.100'),
  poolLast: at('192.168.1.199'),
  domain: 'lab.example',
  /** Eight days: what a Windows DHCP server gives when nobody changes it. */
  leaseSeconds: 691_200,
  bootFile: 'startup.0',
} as const;

/** How many stations the network has room for: the DHCP server's addresses and the mask around them. */
export type LanSize = Readonly<Record<'mask' | 'poolFirst' | 'poolLast', Ipv4Address>>;

/** Names that the gateway's name server knows. */
export const LAN_ZONE: DnsZone = {
  [`gateway.${LAN.domain}`]: LAN.gateway,
  [`server1.${LAN.domain}`]: LAN.server,
  ...INTERNET_HOSTS,
};

/** What the boot program of `server1` prints. */
const BOOT_TEXT = 'server1.lab.example has no system to install. Going on to the next boot device.\r\n';

/** Ports of RFC 862 and RFC 863. */
const ECHO_PORT = 7;
const DISCARD_PORT = 9;
const HTTP_PORT = 80;
/** Results of clients that `inspect` shows, of each kind. */
const RESULTS_KEPT = 256;

/** Adds a result, and forgets the oldest when there are many. */
function keep<T extends object>(results: T[], result: T): void {
  results.push({ ...result });
  if (results.length > RESULTS_KEPT) results.shift();
}

export interface SimulatedLanState {
  wire: EthernetSwitchState;
  gateway: LanHostState;
  server: LanHostState;
  dhcp: DhcpServerState;
  internet: SimulatedInternetState;
  tftp: TftpServerState;
  /** Files that clients have sent, and what they have measured. */
  uploads: UploadedFile[];
  measurements: Measurement[];
}

/**
 * The physical network of the lab, all of it simulated: an office switch, a gateway that is also DHCP and name server and
 * leads to a small internet, and `server1` with echo and discard services, a web server, an iperf server and a boot server.
 */
export class SimulatedLan implements Unit<SimulatedLanState> {
  readonly gateway: LanHost;
  readonly server: LanHost;
  readonly dhcp: DhcpServer;
  /** The office switch. Ports of hosts are untagged; where a host is plugged in it is a trunk of all VLANs. */
  readonly wire: EthernetSwitch;
  readonly internet: SimulatedInternet;
  readonly tftp: TftpServer;
  private uploads: UploadedFile[] = [];
  private measurements: Measurement[] = [];

  /**
   * @param id unique in the engine: prefix of its alarms and actors
   * @param size room for a hundred stations, unless more are needed
   */
  constructor(
    private readonly clock: Clock,
    private readonly trace: Trace,
    private readonly id = 'lan',
    private readonly size: LanSize = LAN,
  ) {
    this.wire = new EthernetSwitch(clock, trace, { id: `${id}/switch` });
    this.internet = new SimulatedInternet(clock, trace, `${id}/internet`, (packet) => this.fromInternet(packet));
    this.gateway = this.host('gateway', 1, LAN.gateway, (packet) => this.forward(packet));
    this.server = this.host('server1', 10, LAN.server);
    this.dhcp = new DhcpServer({
      server: LAN.gateway,
      first: size.poolFirst,
      last: size.poolLast,
      mask: size.mask,
      router: LAN.gateway,
      dns: [LAN.gateway],
      domain: LAN.domain,
      leaseSeconds: LAN.leaseSeconds,
      boot: { server: LAN.server, file: LAN.bootFile },
    });
    serveDhcp(this.gateway, this.dhcp, clock);
    serveDns(this.gateway, LAN_ZONE);
    this.equipServer();
    this.tftp = new TftpServer(this.server, { [LAN.bootFile]: makeBootProgram(BOOT_TEXT) });
  }

  private host(name: string, station: number, address: Ipv4Address, forward?: (packet: Ipv4Packet) => void): LanHost {
    const mac = Uint8Array.of(0x02, 0x4c, 0x41, 0x4e, 0, station); // locally administered
    const port = this.wire.connect({ name, kind: 'external', mac, trunk: { native: 0, allowed: [] } });
    const gateway = address === LAN.gateway ? null : LAN.gateway;
    const config: IpConfig = { address, mask: this.size.mask, gateway };
    return new LanHost(this.clock, this.trace, { id: `${this.id}/${name}`, mac, config, forward }, port);
  }

  private equipServer(): void {
    const { server } = this;
    server.serveTcp(ECHO_PORT, ECHO);
    server.serveTcp(DISCARD_PORT, DISCARD);
    server.serveTcp(HTTP_PORT, new HttpServer({ uploaded: (file) => keep(this.uploads, file) }));
    const call = (remote: Ipv4Address, port: number, session: IperfSession): void =>
      server.call(IPERF_PORT, remote, port, session);
    server.serveTcp(
      IPERF_PORT,
      new IperfServer({ now: () => this.clock.now(), call, measured: (result) => keep(this.measurements, result) }),
    );
    server.serveUdp(ECHO_PORT, ({ sourcePort, payload }, { source }) => {
      const isLoop = sourcePort === ECHO_PORT || source === 0; // two echo services would talk for ever
      if (!isLoop) server.ip.sendUdp({ sourcePort: ECHO_PORT, destinationPort: sourcePort, payload }, source);
    });
    server.serveUdp(DISCARD_PORT, () => undefined);
  }

  /**
   * A socket in the wall: what a physical NIC takes as its wire.
   * @param lineRate bits a second towards the NIC
   */
  plug(name: string, mac: MacAddress, lineRate = GIGABIT): SwitchPort {
    return this.wire.connect({ name, kind: 'external', mac, lineRate });
  }

  /** What a router does with a packet for somebody else: towards the internet, or back to the LAN it came from. */
  private forward(packet: Ipv4Packet): void {
    const ttl = packet.ttl - 1;
    if (ttl <= 0) this.expire(packet);
    else if (isSameSubnet(packet.destination, LAN.gateway, this.size.mask)) this.gateway.route({ ...packet, ttl });
    else this.internet.receive({ ...packet, ttl });
  }

  private expire(packet: Ipv4Packet): void {
    if (packet.protocol === IpProtocol.Icmp && packet.payload[0] !== IcmpType.EchoRequest) return; // never about errors
    const payload = encodeIcmp(icmpError(IcmpType.TimeExceeded, 0, packet));
    this.gateway.ip.send({ destination: packet.source, protocol: IpProtocol.Icmp, payload });
  }

  private fromInternet(packet: Ipv4Packet): void {
    this.gateway.route({ ...packet, ttl: packet.ttl - 1 });
  }

  reset(): void {
    for (const unit of [this.wire, this.gateway, this.server, this.dhcp, this.internet, this.tftp]) unit.reset();
    this.uploads = [];
    this.measurements = [];
  }

  save(): SimulatedLanState {
    const { wire, gateway, server, dhcp, internet, tftp } = this;
    return {
      tftp: tftp.save(),
      uploads: clonePlain(this.uploads),
      measurements: clonePlain(this.measurements),
      wire: wire.save(),
      gateway: gateway.save(),
      server: server.save(),
      dhcp: dhcp.save(),
      internet: internet.save(),
    };
  }

  restore(saved: SimulatedLanState): void {
    this.wire.restore(saved.wire);
    this.gateway.restore(saved.gateway);
    this.server.restore(saved.server);
    this.dhcp.restore(saved.dhcp);
    this.internet.restore(saved.internet);
    this.tftp.restore(saved.tftp);
    this.uploads = clonePlain(saved.uploads);
    this.measurements = clonePlain(saved.measurements);
  }

  inspect(): InspectNode {
    const { wire, gateway, server, dhcp, internet, tftp } = this;
    return {
      tftp: tftp.inspect(),
      uploads: this.uploads.map((file) => ({ ...file })),
      measurements: this.measurements.map((result) => ({ ...result })),
      wire: wire.inspect(),
      gateway: gateway.inspect(),
      server1: server.inspect(),
      dhcp: dhcp.inspect(),
      internet: internet.inspect(),
    };
  }
}
