import type { Connection } from '../../kernel/network-view';
import { civilTime, wallSeconds, type CivilTime } from '../../kernel/wall-clock';
import { computerName, type ShellContext } from '../context';
import { startPing, startRenew } from '../jobs';
import { pingVoice } from '../ping-voice';

/** `Label . . . . . : value`: dots in the even columns up to 34, as ipconfig lays them. */
function dotted(label: string, value: string, margin: string): string {
  let text = label;
  for (let column = label.length; column < 34; column++) text += column % 2 === 0 ? '.' : ' ';
  return `${margin}${text}: ${value}`.trimEnd();
}

function longTime(time: CivilTime): string {
  const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const months = [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ];
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour = time.hour % 12 === 0 ? 12 : time.hour % 12;
  const clock = `${hour}:${two(time.minute)}:${two(time.second)} ${time.hour < 12 ? 'AM' : 'PM'}`;
  return `${days[time.weekday] ?? ''}, ${months[time.month - 1] ?? ''} ${time.day}, ${time.year} ${clock}`;
}

function adapterLines(connection: Connection, isAll: boolean, context: ShellContext): string[] {
  const isOld = context.profile.family === 'nt5';
  const margin = isOld ? '        ' : '   ';
  const row = (label: string, value: string): string => dotted(label, value, margin);
  const isLinkLocal = connection.address?.startsWith('169.254.') ?? false;
  const physical = isAll
    ? [
        row('Description', connection.device),
        row('Physical Address', connection.macAddress),
        row('DHCP Enabled', connection.dhcp === 'static' ? 'No' : 'Yes'),
        ...(isOld ? [] : [row('Autoconfiguration Enabled', 'Yes')]),
      ]
    : [];
  if (!connection.linkUp) return [row('Media State', 'Media disconnected'), ...(isAll ? physical : [])];
  const addressLabel = isLinkLocal
    ? isOld
      ? 'Autoconfiguration IP Address'
      : 'Autoconfiguration IPv4 Address'
    : isOld
      ? 'IP Address'
      : 'IPv4 Address';
  return [
    row('Connection-specific DNS Suffix ', connection.domain),
    ...physical,
    row(addressLabel, connection.address ?? '0.0.0.0'),
    row('Subnet Mask', connection.mask ?? '0.0.0.0'),
    row('Default Gateway', connection.gateway ?? ''),
    ...(isAll ? leaseLines(connection, context, row) : []),
  ];
}

function leaseLines(
  connection: Connection,
  context: ShellContext,
  row: (label: string, value: string) => string,
): string[] {
  const at = (time: number): string => longTime(civilTime(wallSeconds(context.kernel.state.wall, time)));
  return [
    ...(connection.dhcpServer === null ? [] : [row('DHCP Server', connection.dhcpServer)]),
    ...connection.dnsServers.map((server, i) => row(i === 0 ? 'DNS Servers' : '', server)),
    ...(connection.lease
      ? [row('Lease Obtained', at(connection.lease.obtained)), row('Lease Expires', at(connection.lease.expires))]
      : []),
  ];
}

function configuration(context: ShellContext, isAll: boolean): void {
  const { terminal, network, profile } = context;
  const margin = profile.family === 'nt5' ? '        ' : '   ';
  terminal.line('');
  terminal.line('Windows IP Configuration');
  terminal.line('');
  if (isAll) {
    terminal.line(dotted('Host Name', computerName(context).toLowerCase(), margin));
    terminal.line(dotted('Node Type', 'Hybrid', margin));
    terminal.line(dotted('IP Routing Enabled', 'No', margin));
    terminal.line('');
  }
  for (const connection of network.connections()) {
    terminal.line(`Ethernet adapter ${connection.name}:`);
    terminal.line('');
    for (const line of adapterLines(connection, isAll, context)) terminal.line(line);
    terminal.line('');
  }
}

export function ipconfig(args: readonly string[], context: ShellContext): void {
  const option = (args[0] ?? '').toLowerCase().replace(/^-/, '/');
  if (option === '' || option === '/all') return configuration(context, option === '/all');
  if (option === '/release') {
    context.network.release();
    return configuration(context, false);
  }
  if (option === '/renew') return startRenew(context);
  context.terminal.line(`Error: unrecognized or incomplete command line.`);
}

/** The number behind an option, `fallback` without the option; NaN for anything else. */
function numberOf(args: readonly string[], option: string, fallback: number): number {
  const at = args.findIndex((arg) => arg.toLowerCase().replace(/^\//, '-') === option);
  return at < 0 ? fallback : Number(args[at + 1]);
}

export function ping(args: readonly string[], context: ShellContext): void {
  const { terminal } = context;
  const { bytes: usual, mostBytes } = pingVoice(context.profile);
  const count = numberOf(args, '-n', 4);
  const bytes = numberOf(args, '-l', usual);
  const isValue = (i: number): boolean => /^[-/][nl]$/i.test(args[i - 1] ?? '');
  const host = args.filter((arg, i) => !/^[-/]/.test(arg) && !isValue(i))[0];
  if (host === undefined || !Number.isInteger(count) || count < 1)
    return terminal.line('\nUsage: ping [-t] [-n count] [-l size] target_name\n');
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > mostBytes)
    return terminal.line(`Bad value for option -l, valid range is from 0 to ${mostBytes}.`);
  startPing(context, host, args.includes('-t') ? Number.MAX_SAFE_INTEGER : Math.min(count, 10_000), bytes);
}
