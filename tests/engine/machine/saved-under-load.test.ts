import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { Random } from '@engine/base/random';
import { MILLISECOND, SECOND } from '@engine/clock/clock';
import type { MachineDescription } from '@engine/machine/description';
import type { Connection } from '@engine/machine/simulated-host';
import { keystrokes } from '../../../electron/worker/keystrokes';
import { newHost, screenText } from './host';
import { adapter, describe1, installedDisk } from './lab';

const SWITCH = '33333333-2222-4333-8444-555555555555';
const CONTROLLER = 'cccccccc-2222-4333-8444-555555555500';
const SERVER = '192.168.1.10';
const COPIED = 12 * 2 ** 20; // bytes of the disc
const SENT = 4 * 2 ** 20; // bytes each way over the network

/** A Debian with a disk and a disc on a SCSI controller, and a network adapter: everything synthetic that carries bulk. */
class Lab {
  readonly disc = new MemoryBlockStore({ sectorCount: COPIED / 2048, sectorSize: 2048 });
  readonly disk = new MemoryBlockStore({ sectorCount: COPIED / 512 + 2048 });
  private readonly description: MachineDescription;
  private readonly connections: ReadonlyMap<string, Connection>;
  readonly host = newHost();

  constructor() {
    this.disc.write(0, new Random(3).bytes(COPIED));
    const nic = adapter('synthetic');
    const drives = [
      { id: 'data', kind: 'hardDisk', place: 0, store: this.disk },
      { id: 'disc', kind: 'dvd', place: 1, store: this.disc },
    ] as const;
    this.description = describe1({
      ide: [{ id: 'system', kind: 'hardDisk', place: 0, store: installedDisk('debian12') }],
      scsi: [{ id: CONTROLLER, drives }],
      adapters: [nic],
    });
    const settings = { vlan: null, allowMacSpoofing: false, dhcpGuard: false, routerGuard: false };
    this.connections = new Map([[nic.id, { switchId: SWITCH, kind: 'synthetic', mac: nic.mac, ...settings }]]);
    this.host.setSwitches([{ id: SWITCH, name: 'LAN', kind: 'external' }]);
    this.host.powerOn(this.description, this.connections, null);
    this.host.clock.advanceBy(60 * SECOND);
  }

  get machine() {
    const machine = this.host.machine(this.description.id);
    if (!machine) throw new Error('the machine is off');
    return machine;
  }

  /** Types a line; no time has passed since Enter. */
  type(line: string): void {
    for (const key of keystrokes(line)) {
      this.machine.press(key);
      this.host.clock.advanceBy(10 * MILLISECOND);
    }
    for (const key of keystrokes('\n')) this.machine.press(key);
  }

  text(): string {
    return screenText(this.machine.screen());
  }

  /** Saves, takes the machine off the host and goes on in one that is made anew. True when that one would save the same. */
  move(): boolean {
    this.machine.pause();
    const saved = structuredClone(this.machine.save());
    this.host.powerOff(this.description.id);
    const next = this.host.powerOn(this.description, this.connections, structuredClone(saved));
    next.pause();
    const isSame = isDeepStrictEqual(next.save(), saved);
    next.resume();
    return isSame;
  }
}

it('a whole machine saved in the middle of its transfers, on the network both ways and from disc to disk, finishes them', () => {
  const lab = new Lab();
  lab.type(`dd if=/dev/sr0 of=/dev/sdb bs=64k count=${COPIED / 65_536} & iperf -c ${SERVER} -d -n ${SENT / 1024}K`);
  const saves: boolean[] = [];
  const busy = { copying: 0, sending: 0 };
  for (let turn = 0; turn < 400 && !/\[ {2}4\] +0\.0.*[^]*Done/.test(lab.text()); turn++) {
    lab.host.clock.advanceBy((turn < 4 ? 1 : 5) * MILLISECOND);
    if (saves.length === 6) continue;
    const guest = JSON.stringify(lab.machine.inspect()['guest']);
    if (/"phase":"established"/.test(guest)) busy.sending++;
    if (!lab.text().includes('Done')) busy.copying++;
    saves.push(lab.move());
  }
  expect(saves).toEqual([true, true, true, true, true, true]);
  expect(Math.min(busy.copying, busy.sending)).toBeGreaterThan(1);
  lab.host.clock.advanceBy(5 * SECOND);
  expect(lab.text()).toContain(`${COPIED} bytes`);
  expect(lab.text()).toMatch(/\[ {2}4\] +0\.0- *\d+\.\d sec +4\.00 MBytes/);
  expect(lab.text()).not.toContain('WARNING');
  expect(lab.host.lan.save().measurements).toMatchObject([{ bytes: SENT, wrong: 0 }]);
  expect(Buffer.compare(lab.disk.read(0, COPIED / 512), lab.disc.read(0, COPIED / 2048))).toBe(0);
}, 120_000);
