import { SECOND } from '../../../clock/clock';
import { civilTime, clockText, dateText, wallSeconds } from '../../kernel/wall-clock';
import { computerName, type ShellContext } from '../context';
import type { Command, ShellKind } from '../shell';
import { iperf } from '../programs/iperf';
import { ipconfig, ping } from './network-commands';

const HELP: readonly (readonly [string, string])[] = [
  ['CLS', 'Clears the screen.'],
  ['DATE', 'Displays the date.'],
  ['DRIVERQUERY', 'Displays the device drivers that are loaded.'],
  ['ECHO', 'Displays messages.'],
  ['HELP', 'Provides this list.'],
  ['HOSTNAME', 'Displays the name of the computer.'],
  ['IPCONFIG', 'Displays the addresses of the network adapters. /ALL /RELEASE /RENEW'],
  ['IPERF', 'Measures how much a connection carries. -c host [-d] [-t seconds]'],
  ['PING', 'Sends echo requests to another computer.'],
  ['SHUTDOWN', 'Shuts the computer down (/S) or restarts it (/R).'],
  ['SYSTEMINFO', 'Displays properties of the computer.'],
  ['TIME', 'Displays the time.'],
  ['VER', 'Displays the Windows version.'],
];

function wall(context: ShellContext): ReturnType<typeof civilTime> {
  return civilTime(wallSeconds(context.kernel.state.wall, context.now()));
}

const driverquery: Command = (_args, { kernel, terminal }) => {
  terminal.line('');
  terminal.line('Module Name  Display Name                                  Driver Type');
  terminal.line('============ ============================================= =============');
  const loaded = kernel.state.devices.filter((device) => device.service !== null && device.status === 'started');
  const services = [...new Map(loaded.map((device) => [device.service ?? '', device.name]))].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  for (const [service, name] of services)
    terminal.line(`${service.slice(0, 12).padEnd(12)} ${name.slice(0, 45).padEnd(45)} Kernel`);
};

const systeminfo: Command = (_args, context) => {
  const { kernel, profile, terminal, network } = context;
  const row = (label: string, value: string): void => terminal.line(`${`${label}:`.padEnd(27)}${value}`);
  const { identity } = kernel.state.boot;
  const cards = network.connections();
  terminal.line('');
  row('Host Name', computerName(context));
  row('OS Name', profile.product);
  row('OS Version', profile.buildText);
  row('Registered Owner', identity.Owner ?? '');
  row('Original Install Date', identity.Installed ?? '');
  row('System Type', profile.architecture === 'x64' ? 'x64-based PC' : 'X86-based PC');
  const megabytes = (pages: number): string => `${Math.floor(pages / 256).toLocaleString('en-US')} MB`;
  row('Total Physical Memory', megabytes(kernel.memory.totalPages));
  row('Available Physical Memory', megabytes(kernel.memory.available));
  row('Network Card(s)', cards.length === 0 ? 'N/A' : `${cards.length} NIC(s) Installed.`);
  cards.forEach((card, i) => row('', `[${String(i + 1).padStart(2, '0')}]: ${card.device}`));
};

const shutdown: Command = (args, context) => {
  const options = args.map((arg) => arg.toLowerCase().replace(/^-/, '/'));
  const at = options.indexOf('/t');
  const seconds = at < 0 ? 0 : Number(options[at + 1]);
  const ending = options.includes('/r') ? 'restart' : options.includes('/s') ? 'powerOff' : null;
  if (!ending || !Number.isInteger(seconds) || seconds < 0)
    return context.terminal.line('Usage: shutdown [/s | /r] [/t seconds]');
  context.session.job = { kind: 'end', ending, due: context.now() + seconds * SECOND };
};

const commands: Readonly<Record<string, Command>> = {
  cls: (_args, { terminal }) => terminal.clear(),
  date: (_args, context) => context.terminal.line(`The current date is: ${dateText(wall(context))}`),
  driverquery,
  echo: (args, { terminal }) => terminal.line(args.length === 0 ? 'ECHO is on.' : args.join(' ')),
  help: (_args, { terminal }) => {
    for (const [name, text] of HELP) terminal.line(`${name.padEnd(15)}${text}`);
  },
  hostname: (_args, context) => context.terminal.line(computerName(context).toLowerCase()),
  ipconfig,
  iperf,
  ping,
  shutdown,
  systeminfo,
  time: (_args, context) => context.terminal.line(`The current time is: ${clockText(wall(context))}`),
  ver: (_args, { profile, terminal }) => {
    terminal.line('');
    terminal.line(profile.versionText);
  },
};

/** cmd.exe */
export const WINDOWS_SHELL: ShellKind = {
  commands,
  spaced: true,
  hasBackground: false,
  ignoresCase: true,
  prompt: ({ profile }) =>
    profile.family === 'nt5' ? `C:\\Documents and Settings\\${profile.userName}>` : `C:\\Users\\${profile.userName}>`,
  banner: ({ profile }) => [
    profile.versionText,
    profile.family === 'nt5'
      ? '(C) Copyright 1985-2001 Microsoft Corp.'
      : 'Copyright (c) Microsoft Corporation. All rights reserved.',
    '',
  ],
  unknown: (name) => `'${name}' is not recognized as an internal or external command,\noperable program or batch file.`,
};
