import { describe, expect, it } from 'vitest';
import { asciiBytes } from '@engine/base/bytes';
import { FLOPPY_BYTES } from '@engine/base/floppy-format';
import { MemoryBlockStore } from '@engine/base/memory-block-store';
import { SECOND } from '@engine/clock/clock';
import { setupDiskette } from '@engine/guest/disk/diskette';
import { osProfile } from '@engine/guest/os';
import type { MachineDescription } from '@engine/machine/description';
import { trainingDisc } from '../guest/iso';
import { Bench, describe1, installedDisk } from './lab';

const DVD = 'bbbbbbbb-2222-4333-8444-555555555555';

function diskette(content: Uint8Array): MemoryBlockStore {
  return new MemoryBlockStore({ sectorCount: FLOPPY_BYTES / 512, content });
}

function xpSetup(): MemoryBlockStore {
  const profile = osProfile('winxp-sp2');
  if (!profile) throw new Error('no such system');
  return diskette(setupDiskette(profile));
}

/** A diskette as DOS formats it: parameters, no system, and the text that its boot sector prints then. */
function dosFormatted(rootEntry = 'DATA       '): MemoryBlockStore {
  const content = xpSetup().read(0, 2880);
  content.set(asciiBytes('MSDOS5.0'), 3);
  content.set(asciiBytes('\r\nNon-System disk or disk error\r\nReplace and press any key when ready\r\n\0'), 0x180);
  content.set(asciiBytes(rootEntry), 19 * 512);
  return diskette(content);
}

function started(changes: Partial<MachineDescription>): Bench {
  const bench = new Bench(describe1({ bootOrder: ['floppy', 'cd', 'ide', 'legacyNetwork'], ...changes }));
  bench.machine.start();
  return bench;
}

/** Runs until the text screen shows `text`, at most a minute. */
function shows(bench: Bench, text: string): string {
  for (let second = 0; second < 60 && !bench.text().includes(text); second++)
    bench.clock.advanceTo(bench.clock.now() + SECOND);
  return bench.text();
}

const dvd = (store: MemoryBlockStore | null): MachineDescription['ide'][number] => ({
  id: DVD,
  kind: 'dvd',
  place: 2,
  store,
});
const disk = (store: MemoryBlockStore): MachineDescription['ide'][number] => ({
  id: `${DVD.slice(0, -1)}6`,
  kind: 'hardDisk',
  place: 0,
  store,
});

describe('the diskette drive of a Generation 1 machine', () => {
  it('is tried in its place of the startup order, and skipped while it is empty or holds a blank diskette', () => {
    for (const store of [null, diskette(new Uint8Array(FLOPPY_BYTES))]) {
      expect(shows(started({ diskette: store }), 'Boot failure')).toContain('Boot failure');
    }
  });

  it('says what the boot sector of a formatted diskette says, and tries again after a key', () => {
    const bench = started({ diskette: dosFormatted() });
    expect(shows(bench, 'Non-System')).toContain('Non-System disk or disk error\nReplace and press any key when ready');
    bench.machine.setDiskette(null);
    bench.machine.press({ code: 0x1c, down: true, extended: false });
    expect(shows(bench, 'Boot failure')).toContain('Boot failure');
  });

  it('does not pretend to run the system of a diskette that has one', () => {
    const bench = started({ diskette: dosFormatted('IO      SYS') });
    expect(shows(bench, 'machine code')).toContain('A model processor cannot run it.');
  });

  it('begins the setup of Windows XP and asks for its disc, also when another one is in the drive', () => {
    const bench = started({
      diskette: xpSetup(),
      ide: [dvd(trainingDisc('ws2003-sp2')), disk(new MemoryBlockStore({ sectorCount: 400_000 }))],
    });
    expect(shows(bench, 'Press any key when ready')).toContain('Please insert the setup disc');
    bench.machine.setDisc(DVD, trainingDisc('winxp-sp2'));
    bench.machine.press({ code: 0x1c, down: true, extended: false });
    expect(shows(bench, 'inspecting')).toContain("Setup is inspecting your computer's hardware configuration");
  });

  it('is known to the system: controller and drive in its device list, by their own registers', () => {
    const bench = started({
      bootOrder: ['ide', 'cd', 'legacyNetwork', 'floppy'],
      ide: [disk(installedDisk('winxp-sp2'))],
      diskette: null,
    });
    for (let second = 0; second < 120 && bench.machine.screen().kind !== 'desktop'; second += 5)
      bench.clock.advanceTo(bench.clock.now() + 5 * SECOND);
    const names = JSON.stringify(bench.desktop());
    for (const name of ['Standard floppy disk controller', 'Floppy disk drive', 'Direct memory access controller'])
      expect(names).toContain(name);
  });
});
