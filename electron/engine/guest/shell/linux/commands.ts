import { civilTime, clockText, dateText, wallSeconds } from '../../kernel/wall-clock';
import { stamped } from '../../kernel/linux-log';
import { computerName, type ShellContext } from '../context';
import type { Command, ShellKind } from '../shell';
import { lsblk } from './block-commands';
import { interruptTable, lsmod, lspci, lsvmbus } from './hardware-commands';
import { free, meminfo } from './memory-commands';
import { dd } from '../programs/dd';
import { iperf } from '../programs/iperf';
import { vconfig } from './link-commands';
import { ifconfig, ip, ping } from './network-commands';

const FILES: Readonly<Record<string, (context: ShellContext) => void>> = {
  '/proc/interrupts': interruptTable,
  '/proc/meminfo': meminfo,
  '/proc/modules': (context) => lsmod([], context),
  '/proc/version': (context) =>
    context.terminal.line(`Linux version ${context.profile.versionText} ${context.profile.buildText}`),
  '/proc/uptime': (context) => context.terminal.line((context.kernel.uptime() / 1e9).toFixed(2)),
  '/etc/debian_version': (context) => context.terminal.line(context.profile.linux?.release ?? ''),
  '/etc/hostname': (context) => context.terminal.line(computerName(context)),
};

const cat: Command = (args, context) => {
  for (const path of args) {
    const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (file) file(context);
    else context.terminal.line(`cat: ${path}: No such file or directory`);
  }
};

const uname: Command = (args, context) => {
  const { profile } = context;
  const machine = profile.architecture === 'x64' ? 'x86_64' : 'i686';
  if (args.includes('-a')) {
    context.terminal.line(
      `Linux ${computerName(context)} ${profile.versionText} ${profile.buildText} ${machine} GNU/Linux`,
    );
  } else if (args.includes('-r')) context.terminal.line(profile.versionText);
  else context.terminal.line(args.includes('-m') ? machine : 'Linux');
};

const end =
  (ending: 'powerOff' | 'restart'): Command =>
  (_args, context) => {
    context.session.job = { kind: 'end', ending, due: context.now() };
  };

const shutdown: Command = (args, context) => end(args.includes('-r') ? 'restart' : 'powerOff')(args, context);

const commands: Readonly<Record<string, Command>> = {
  cat,
  clear: (_args, { terminal }) => terminal.clear(),
  date: (_args, context) => {
    const time = civilTime(wallSeconds(context.kernel.state.wall, context.now()));
    context.terminal.line(`${dateText(time)} ${clockText(time)}`);
  },
  dd,
  dmesg: (_args, { kernel, profile, terminal }) => {
    for (const { at, text } of kernel.state.log) terminal.line(stamped(text, at, profile));
  },
  echo: (args, { terminal }) => terminal.line(args.join(' ')),
  free,
  halt: end('powerOff'),
  help: (_args, { terminal }) =>
    terminal.line(
      Object.keys(commands)
        .filter((name) => !name.startsWith('<'))
        .join('  '),
    ),
  hostname: (_args, context) => context.terminal.line(computerName(context)),
  ifconfig,
  ip,
  iperf,
  lsblk,
  lsmod,
  lspci,
  lsvmbus,
  ping,
  poweroff: end('powerOff'),
  reboot: end('restart'),
  shutdown,
  uname,
  vconfig,
  '<secure-attention>': end('restart'), // init's ctrlaltdel action
};

/** bash on a virtual terminal, with an automatic login. */
export const LINUX_SHELL: ShellKind = {
  commands,
  spaced: false,
  hasBackground: true,
  ignoresCase: false,
  prompt: (context) => `${computerName(context)}:~# `,
  banner: (context) => [
    '',
    `${context.profile.product} ${computerName(context)} tty1`,
    '',
    `${computerName(context)} login: root (automatic login)`,
    '',
  ],
  unknown: (name) => `-bash: ${name}: command not found`,
};
