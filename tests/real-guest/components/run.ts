import type { Checks } from '../checks';
import { GuestConsole } from '../console';
import { writeCpio } from '../guest/cpio';
import { daemonFiles, type GuestProgram } from '../guest/daemons';
import type { GuestFiles } from '../guest/fetch';
import { APPLETS, baseEntries, orderFor, script } from '../guest/initramfs';
import { Lab } from '../lab';
import { switchedOff } from '../road';
import { COMPONENT_APPLETS, componentsScript, POWER_OFF_SCRIPT } from './init';
import { Providers } from './providers';
import { checkComponents, handle } from './steps';

const LIMIT = 240_000; // milliseconds

/** A machine whose guest drives the integration components and dynamic memory, and what a host does with it. */
export async function runComponents(
  host: string,
  files: GuestFiles,
  checks: Checks,
  say: (line: string) => void,
  onLine: (line: string) => void,
): Promise<readonly string[]> {
  const daemon = await daemonFiles(say);
  const console = new GuestConsole(onLine);
  const made: Providers[] = [];
  const machine = await Lab.create('synthetic', host, files, (byte) => console.receive(byte), {
    initramfs: rootOf(files, daemon ?? []),
    attach: (vmbus, clock, memory) => void made.push(new Providers(vmbus, clock, host, memory)),
  });
  const [providers] = made;
  if (!providers) throw new Error('the machine has no components');
  const begin = performance.now();
  machine.lab.start(machine);
  const [seen, ending] = await Promise.all([
    handle(providers, console, machine.lab.processor.pace, daemon !== null),
    console.end(LIMIT),
  ]);
  if (ending === 'finished') await switchedOff(machine);
  await machine.package.stop();
  const seconds = (performance.now() - begin) / 1000;
  checks.expect(
    'the guest comes to its end when it is told to',
    ending === 'finished',
    `${ending}, ${seconds.toFixed(1)} s`,
  );
  checkComponents(seen, providers, console, machine.lab.ends, checks);
  return console.lines;
}

function rootOf(files: GuestFiles, daemon: readonly GuestProgram[]): Buffer {
  const order = orderFor(files, ['hv_vmbus', 'hv_utils', 'hv_balloon']);
  return writeCpio([
    ...baseEntries(files, order, [...APPLETS, ...COMPONENT_APPLETS, 'tr']),
    { kind: 'directory', path: 'lib' },
    { kind: 'directory', path: 'sbin' },
    ...daemon.map(({ path, bytes }) => ({ kind: 'file', path, bytes, executable: true }) as const),
    script('sbin/poweroff', POWER_OFF_SCRIPT),
    script('init', componentsScript(order)),
  ]);
}
