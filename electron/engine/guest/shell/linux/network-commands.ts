import { parseIpv4, prefixOf } from '../../../base/net/address';
import type { Connection } from '../../kernel/network-view';
import type { ShellContext } from '../context';
import { startPing } from '../jobs';
import { pingVoice } from '../ping-voice';
import { changeLinks } from './link-commands';

const mac = (connection: Connection): string => connection.macAddress.replaceAll('-', ':').toLowerCase();

function prefix(connection: Connection): number {
  return prefixOf(parseIpv4(connection.mask ?? '0.0.0.0') ?? 0) ?? 0;
}

function broadcast(connection: Connection): string {
  const address = parseIpv4(connection.address ?? '') ?? 0;
  const mask = parseIpv4(connection.mask ?? '') ?? 0;
  const value = (address | ~mask) >>> 0;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

function flagsOf({ linkUp, vlan }: Connection): string {
  if (vlan && !vlan.isUp) return 'BROADCAST,MULTICAST';
  return linkUp ? 'BROADCAST,MULTICAST,UP,LOWER_UP' : 'NO-CARRIER,BROADCAST,MULTICAST,UP';
}

function addresses({ network, terminal }: ShellContext): void {
  terminal.line('1: lo: <LOOPBACK,UP> mtu 16436 qdisc noqueue');
  terminal.line('    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00');
  terminal.line('    inet 127.0.0.1/8 scope host lo');
  network.connections().forEach((connection, i) => {
    const { interfaceName, vlan } = connection;
    const label = vlan ? `${interfaceName}@${vlan.parent}` : interfaceName;
    const queueing = vlan ? (vlan.isUp ? 'noqueue' : 'noop') : 'pfifo_fast';
    terminal.line(`${i + 2}: ${label}: <${flagsOf(connection)}> mtu 1500 qdisc ${queueing} qlen 1000`);
    terminal.line(`    link/ether ${mac(connection)} brd ff:ff:ff:ff:ff:ff`);
    if (connection.address === null) return;
    terminal.line(
      `    inet ${connection.address}/${prefix(connection)} brd ${broadcast(connection)} scope global ${connection.interfaceName}`,
    );
  });
}

function routes({ network, terminal }: ShellContext): void {
  for (const { address, mask, gateway, interfaceName, vlan } of network.connections()) {
    if (address === null || mask === null || vlan?.isUp === false) continue;
    const net = ((parseIpv4(address) ?? 0) & (parseIpv4(mask) ?? 0)) >>> 0;
    const dotted = [24, 16, 8, 0].map((shift) => (net >>> shift) & 0xff).join('.');
    if (gateway !== null) terminal.line(`default via ${gateway} dev ${interfaceName}`);
    terminal.line(
      `${dotted}/${prefixOf(parseIpv4(mask) ?? 0) ?? 0} dev ${interfaceName}  proto kernel  scope link  src ${address}`,
    );
  }
}

export function ip(args: readonly string[], context: ShellContext): void {
  const [object = '', verb = 'show', ...rest] = args.filter((arg) => !arg.startsWith('-'));
  if (changeLinks(object, verb, rest, context)) return;
  if (object !== '' && ('address'.startsWith(object) || 'link'.startsWith(object))) addresses(context);
  else if (object !== '' && 'route'.startsWith(object)) routes(context);
  else context.terminal.line('Usage: ip { address | link | route }');
}

export function ifconfig(_args: readonly string[], { network, terminal }: ShellContext): void {
  for (const connection of network.connections().filter(({ vlan }) => vlan?.isUp !== false)) {
    terminal.line(
      `${connection.interfaceName.padEnd(9)} Link encap:Ethernet  HWaddr ${connection.macAddress.replaceAll('-', ':')}`,
    );
    if (connection.address !== null) {
      terminal.line(
        `          inet addr:${connection.address}  Bcast:${broadcast(connection)}  Mask:${connection.mask ?? ''}`,
      );
    }
    terminal.line(`          UP BROADCAST ${connection.linkUp ? 'RUNNING ' : ''}MULTICAST  MTU:1500  Metric:1`);
    terminal.line(`          RX packets:${connection.received} TX packets:${connection.sent}`);
    terminal.line('');
  }
}

/** The number behind an option, `fallback` without the option; NaN for anything else. */
function numberOf(args: readonly string[], option: string, fallback: number): number {
  const at = args.indexOf(option);
  return at < 0 ? fallback : Number(args[at + 1]);
}

export function ping(args: readonly string[], context: ShellContext): void {
  const { bytes: usual, mostBytes } = pingVoice(context.profile);
  const count = numberOf(args, '-c', Number.MAX_SAFE_INTEGER);
  const bytes = numberOf(args, '-s', usual);
  const host = args.filter((arg, i) => !arg.startsWith('-') && !/^-[cs]$/.test(args[i - 1] ?? ''))[0];
  if (host === undefined || !Number.isInteger(count) || count < 1)
    return context.terminal.line('Usage: ping [-c count] [-s packetsize] destination');
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > mostBytes)
    return context.terminal.line(`ping: packet size ${bytes} is too large. Maximum is ${mostBytes}`);
  startPing(context, host, count, bytes);
}
