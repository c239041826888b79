import type { FrameReceiver } from '../../base/backends';
import { decodeDhcp, DHCP_CLIENT_PORT } from '../../base/net/dhcp';
import { DhcpOption } from '../../base/net/dhcp-options';
import { decodeEthernet, EtherType } from '../../base/net/ethernet';
import { decodeIpv4, IpProtocol } from '../../base/net/ipv4';
import { decodeUdp, type UdpDatagram } from '../../base/net/udp';
import type { Ipv4Address } from '../../base/net/address';
import { asciiOf } from '../../base/bytes';
import { SECOND } from '../../clock/clock';
import type { StackAdapter } from '../kernel/net/guest-interface';
import { newNetworkState, type NetworkState } from '../kernel/net/net-state';
import { NetworkStack } from '../kernel/net/network-stack';
import { networkPolicy, type NetworkPolicy } from '../kernel/net/policy';
import type { InterfaceSnapshot } from '../kernel/net/snapshot';
import { newTftpDownload, TftpDownload, type TftpDownloadState, type TftpOutcome } from './tftp-download';

/** An attempt to boot from a network. Plain. */
export interface NetBootState {
  network: NetworkState;
  /** Name of the boot program that a server offered; empty while none did. */
  bootFile: string;
  /** The server that has it. */
  bootServer: Ipv4Address;
  /** The boot program while it is fetched. */
  download: TftpDownloadState | null;
}

export function newNetBoot(): NetBootState {
  return { network: newNetworkState(), bootFile: '', bootServer: 0, download: null };
}

/** How the attempt stands. */
export type NetBootOutcome =
  | { readonly kind: 'searching' | 'noLink' | 'noOffer' }
  | { readonly kind: 'bound'; readonly address: InterfaceSnapshot; readonly bootFile: string };

const WAITS = [4, 8, 16, 32].map((seconds) => seconds * SECOND); // PXE 2.1, 2.2.2: discover timeouts
const NAME = 'boot';

function pxePolicy(vendorClass: string): NetworkPolicy {
  const base = networkPolicy('linux');
  const parameters = [...base.dhcp.parameters, DhcpOption.BootFile];
  return { ...base, dhcp: { ...base.dhcp, waits: WAITS, vendorClass, wantsBroadcast: true, parameters } };
}

/** The network part of a boot ROM: an address by DHCP, and whether the server names a boot program. PXE 2.1, chapter 2. */
export class NetBoot {
  private readonly stack: NetworkStack;

  /** @param vendorClass option 60: `PXEClient:Arch:00000:UNDI:002001` for a BIOS */
  constructor(
    private readonly adapter: StackAdapter,
    private readonly state: NetBootState,
    vendorClass: string,
    private readonly now: () => number,
  ) {
    const udp = (datagram: UdpDatagram, source: Ipv4Address): boolean =>
      this.download()?.receive(datagram, source) ?? false;
    this.stack = new NetworkStack(state.network, { policy: pxePolicy(vendorClass), hostName: () => '', now, udp });
  }

  /** Goes on: frames, time, link. */
  poll(): NetBootOutcome {
    this.stack.sync([{ name: NAME, adapter: this.watched() }]);
    this.stack.runDue();
    const [found] = this.stack.snapshot();
    if (!found || !this.adapter.linkUp) return { kind: 'noLink' };
    if (found.dhcp === 'bound') return { kind: 'bound', address: found, bootFile: this.state.bootFile };
    return { kind: found.dhcp === 'failed' ? 'noOffer' : 'searching' };
  }

  /** Goes on fetching the boot program that was named; to be called once an address is bound, again and again. */
  fetch(): TftpOutcome {
    const { state } = this;
    state.download ??= newTftpDownload(state.bootServer, state.bootFile);
    return this.download()?.poll() ?? 'fetching';
  }

  /** What has been fetched so far. */
  get fetched(): Uint8Array {
    return this.state.download?.bytes ?? new Uint8Array(0);
  }

  private download(): TftpDownload | null {
    const { download } = this.state;
    const send = (datagram: UdpDatagram, server: Ipv4Address): void => void this.stack.sendUdp(datagram, server);
    return download && new TftpDownload(download, this.now, send);
  }

  /** When to poll at the latest, or null. */
  nextDue(): number | null {
    return this.stack.nextDue();
  }

  end(): void {
    this.stack.release();
    this.stack.sync([]);
  }

  private watcher: StackAdapter | null = null; // wiring: one object, so that the stack sees the same adapter each time

  /** The adapter, with an eye on the answers of DHCP servers. */
  private watched(): StackAdapter {
    const { adapter } = this;
    return (this.watcher ??= {
      get mac() {
        return adapter.mac;
      },
      get linkUp() {
        return adapter.linkUp;
      },
      send: (frame) => adapter.send(frame),
      setReceiver: (receiver) => adapter.setReceiver(receiver && this.watching(receiver)),
    });
  }

  private watching(receiver: FrameReceiver): FrameReceiver {
    return {
      receive: (frame) => {
        const named = bootFileOf(frame);
        if (named) Object.assign(this.state, named);
        receiver.receive(frame);
      },
      linkChanged: (up) => receiver.linkChanged(up),
    };
  }
}

/** The boot program that a DHCP answer names, in its field or in option 67, and who has it; null for all other frames. */
function bootFileOf(frame: Uint8Array): Pick<NetBootState, 'bootFile' | 'bootServer'> | null {
  const outer = decodeEthernet(frame);
  const packet = outer?.type === EtherType.Ipv4 ? decodeIpv4(outer.payload) : null;
  const datagram =
    packet?.protocol === IpProtocol.Udp ? decodeUdp(packet.payload, packet.source, packet.destination) : null;
  const message = datagram?.destinationPort === DHCP_CLIENT_PORT ? decodeDhcp(datagram.payload) : null;
  if (!message) return null;
  const option = message.options[DhcpOption.BootFile];
  const bootFile = option ? asciiOf(option) : message.bootFile;
  return bootFile === '' ? null : { bootFile, bootServer: message.nextServer };
}
