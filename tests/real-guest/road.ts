import { macText } from '@engine/base/mac';
import { ipv4Text } from '@engine/base/net/address';
import { LAN } from '@engine/parent/physical/simulated-lan';
import type { Checks } from './checks';
import { GuestConsole, type Ending } from './console';
import { figuresOf, type Figures } from './figures';
import type { GuestFiles } from './guest/fetch';
import type { Road } from './guest/initramfs';
import { ECHO_MEGABYTES, PING_SIZES } from './guest/network-work';
import { Lab, type Machine } from './lab';

const LIMIT = 600_000; // milliseconds: many times what a run takes where nothing else runs

const OFF_LIMIT = 20_000;
const LOOK = 50;

/** One run of the guest, over. */
export interface RoadRun {
  readonly road: Road;
  readonly ending: Ending;
  readonly seconds: number;
  readonly console: GuestConsole;
  readonly machine: Machine;
  readonly figures: Figures;
}

/** Boots the guest with the adapter of one road and waits for its end. */
export async function runRoad(
  road: Road,
  host: string,
  files: GuestFiles,
  onLine: (line: string) => void,
): Promise<RoadRun> {
  const console = new GuestConsole((line) => {
    onLine(line);
    machine.disks?.heard(line);
    machine.human?.heard(line);
    machine.diskettes.heard(line);
  });
  const machine = await Lab.create(road, host, files, (byte) => console.receive(byte));
  const begin = performance.now();
  machine.lab.start(machine);
  const ending = await console.end(LIMIT);
  const seconds = (performance.now() - begin) / 1000;
  if (ending === 'finished') await switchedOff(machine);
  await machine.package.stop();
  return { road, ending, seconds, console, machine, figures: figuresOf(machine) };
}

/** Waits until the guest has switched its machine off, as its last command asks it to. */
export async function switchedOff({ lab }: Machine): Promise<void> {
  for (let left = OFF_LIMIT; left > 0 && lab.ends.length === 0; left -= LOOK) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** Place, vendor, device and class of what every Generation 1 machine has on its PCI bus, as its guests list it. */
const BOARD = [
  '00:00.0 0x8086 0x7192 0x060000',
  '00:07.0 0x8086 0x7110 0x060100',
  '00:07.1 0x8086 0x7111 0x010180',
  '00:07.3 0x8086 0x7113 0x068000',
  '00:08.0 0x1414 0x5353 0x030000',
];

/** What holds on every road. */
export function checkRun(run: RoadRun, checks: Checks): void {
  const { console, figures, machine } = run;
  const { lab } = machine;
  checks.expect(
    'the guest comes to its end by itself',
    run.ending === 'finished',
    `${run.ending}, ${run.seconds.toFixed(1)} s`,
  );
  checks.expectLine('its kernel finds the hypervisor', console.find(/Hypervisor detected: Microsoft Hyper-V/));
  checks.expect('the kernel complains of nothing', console.trouble.length === 0, console.trouble[0] ?? 'no warning');
  checks.expect(
    'no command of the guest fails',
    console.reports('failed').length === 0,
    console.reports('failed').join(', '),
  );
  const cards = console.reports('pci').map((line) => line.replace(/^0000:/, ''));
  const missing = BOARD.filter((each) => !cards.includes(each));
  checks.expect(
    'it finds the board of a Generation 1 machine',
    missing.length === 0,
    missing.join(', ') || `${cards.length} functions`,
  );
  checks.expect('ACPI switches the machine off', lab.ends.join() === 'power off', lab.ends.join() || 'still on');
  checks.expect('no synthetic register faults', lab.processor.faults.length === 0, lab.processor.faults[0] ?? 'none');
  checks.expect('no transfer leaves RAM', machine.memory.strays === 0, machine.memory.strays);
  checks.expect('the hypervisor interrupts it', figures.interrupts > 0, `${figures.interrupts} requests`);
}

/** What holds for a guest with a network adapter, whichever. */
export function checkNetwork(run: RoadRun, checks: Checks): void {
  const { console, machine } = run;
  const { lab } = machine;
  const lease = console.reports('lease')[0];
  checks.expect('it has an address from a DHCP server', lease !== undefined, lease ?? 'no lease');
  const given = lab.lan.dhcp.leases.find(({ mac }) => mac === macText(lab.mac));
  const address = given ? ipv4Text(given.address) : 'none';
  checks.expect(
    'our server has given it this address',
    lease?.includes(`address=${address} `) === true,
    `${given?.state} ${address}`,
  );
  checks.expect(
    'its gateway is ours',
    lease?.includes(`router=${ipv4Text(LAN.gateway)} `) === true,
    ipv4Text(LAN.gateway),
  );
  const card = console.reports('card')[0] ?? '';
  checks.expect(
    'its adapter has the address that we gave it',
    card.includes(macText(lab.mac, ':').toLowerCase()),
    card,
  );
  for (const size of PING_SIZES) checkPing(console, size, checks);
  checkEcho(console, checks);
  checkFrames(run, checks);
  const again = console.reports('again')[0] ?? 'no report';
  checks.expect(
    'its driver can be unloaded and loaded again',
    /^2 packets transmitted, 2 packets received/.test(again),
    again,
  );
}

function checkPing(console: GuestConsole, size: number, checks: Checks): void {
  const report = console.reports(`ping${size}`)[0];
  const holds = /^4 packets transmitted, 4 packets received, 0% packet loss/.test(report ?? '');
  checks.expect(`our gateway answers pings of ${size} bytes`, holds, report ?? 'no report');
}

/** All that it sent to our second host came back as it was. */
function checkEcho(console: GuestConsole, checks: Checks): void {
  const [sent = 'nothing'] = (console.reports('sent')[0] ?? '').split(' ');
  const [echoed = 'nothing', ...times] = (console.reports('echoed')[0] ?? '').split(' ');
  const driver = /driver=(\w+)/.exec(console.reports('card')[0] ?? '')?.[1] ?? '';
  const what = `${ECHO_MEGABYTES[driver]} MB over TCP to our second host and back have the same checksum`;
  checks.expect(what, sent.length === 32 && echoed === sent, `${sent} ${echoed} ${times.slice(1).join(' ')}`);
}

/** What the guest's driver counted must have passed the switch's port; a few frames may follow the guest's reading. */
function checkFrames({ console, figures }: RoadRun, checks: Checks): void {
  const counters = new Map(
    (console.reports('counters')[0] ?? '').split(' ').map((item) => item.split('=') as [string, string]),
  );
  const guest = (name: string): number => Number(counters.get(name) ?? NaN);
  const { framesSent, framesReceived } = figures;
  const sent = guest('tx_packets');
  const received = guest('rx_packets');
  checks.expect(
    'what it sends enters our switch',
    sent > 0 && framesSent >= sent,
    `${sent} by the guest, ${framesSent} at the port`,
  );
  checks.expect(
    'what it receives left our switch',
    received > 0 && framesReceived >= received,
    `${received} by the guest, ${framesReceived} at the port`,
  );
  const errors = guest('rx_errors') + guest('tx_errors') + guest('tx_dropped');
  checks.expect('its driver counts no errors', errors === 0, errors);
}

/** Number of interrupts that the guest's kernel counted on lines of /proc/interrupts that match. */
export function guestInterrupts(console: GuestConsole, pattern: RegExp): number {
  const lines = console.reports('interrupts').filter((line) => pattern.test(line));
  return lines.reduce((sum, line) => sum + Number(/^\S+:\s+(\d+)/.exec(line)?.[1] ?? 0), 0);
}
