import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { parseMac } from '@engine/base/mac';
import { EngineClock } from '@engine/clock/clock';
import { installOnto } from '@engine/guest/disk/installer';
import { osProfile } from '@engine/guest/os';
import type { MachineDescription } from '@engine/machine/description';
import { Machine } from '@engine/machine/machine';
import { Trace } from '@engine/trace/trace';
import type { DesktopScreen } from '@shared/model/guest-view';
import { screenText } from './host';

/** A disk with an installed system, made by the very steps that its setup runs. */
export function installedDisk(os: string): MemoryBlockStore {
  const profile = osProfile(os);
  if (!profile) throw new Error(`no system ${os}`);
  const store = new MemoryBlockStore({ sectorCount: 400_000 });
  const reason = installOnto(store, profile, { installed: '2022-10-03 09:00' });
  if (reason !== null) throw new Error(reason);
  return store;
}

/** Every box of the Integration Services page ticked. */
export const ALL_SERVICES: MachineDescription['services'] = {
  shutdown: true,
  timeSync: true,
  dataExchange: true,
  heartbeat: true,
  backup: true,
  guestServices: true,
};

/** A Generation 1 machine on a host of 2022, with nothing in it but `changes`. */
export function describe1(changes: Partial<MachineDescription> = {}): MachineDescription {
  return {
    id: '11111111-2222-4333-8444-555555555555',
    generation: 1,
    memoryMB: 512,
    processors: 1,
    hostId: 'ws2022',
    vmbusVersion: '5.3',
    numLock: false,
    bootOrder: ['cd', 'ide', 'legacyNetwork', 'floppy'],
    firmwareOrder: [],
    ide: [],
    scsi: [],
    diskette: null,
    adapters: [],
    services: { ...ALL_SERVICES, guestServices: false },
    epoch: 0,
    ...changes,
  };
}

export const adapter = (kind: 'legacy' | 'synthetic', last = 0): MachineDescription['adapters'][number] => ({
  id: `aaaaaaaa-2222-4333-8444-5555555555${last.toString(16).padStart(2, '0')}`,
  kind,
  mac: parseMac(`00155D0114${last.toString(16).padStart(2, '0')}`) ?? new Uint8Array(6),
});

/** One machine alone on an engine. */
export class Bench {
  readonly clock = new EngineClock();
  readonly trace = new Trace(this.clock);
  readonly machine: Machine;
  off = 0;

  constructor(description: MachineDescription) {
    this.machine = new Machine('vm-1', description, {
      clock: this.clock,
      trace: this.trace,
      wallClock: () => Date.UTC(2022, 9, 3, 9) + Math.floor(this.clock.now() / 1e6),
      poweredOff: () => this.off++,
      faulted: (error) => {
        throw error;
      },
    });
  }

  desktop(): DesktopScreen {
    const screen = this.machine.screen();
    if (screen.kind !== 'desktop') throw new Error(`the screen is ${screen.kind}`);
    return screen;
  }

  /** Lines of the screen. */
  text(): string {
    return screenText(this.machine.screen());
  }
}
