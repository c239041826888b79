import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import type { HostId } from '@shared/model/host-profile';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { VmSettings } from '@shared/model/vm-settings';
import { openLab, type Lab } from '../../electron/app/lab';
import { DEFAULT_SWITCHES } from '../../electron/app/switches';
import { applySettings } from '../../electron/management/change-vm';
import { createVm, finishDisks } from '../../electron/management/create-vm';
import { setDvdMedia } from '../../electron/management/media';
import { startVm } from '../../electron/management/run-vm';

let folder = '';
let lab: Lab | null = null;

afterEach(() => {
  lab?.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(hostId: HostId = 'ws2022'): Lab {
  folder = mkdtempSync(join(tmpdir(), 'lab-'));
  const made = openLab(folder, hostId, { ...DEFAULT_SWITCHES, speed: 'instant' });
  lab = made;
  while (made.provision());
  return made;
}

function run({ host, machines }: Lab, seconds: number): void {
  host.clock.advanceBy(seconds * SECOND);
  machines.afterSlice();
}

function disks({ machines }: Lab, id: string): string[] {
  const screen = machines.screen(id);
  if (screen.kind !== 'desktop') return [`screen ${screen.kind}`];
  return screen.devices.flatMap(({ category, name }) => (category === 'Disk drives' ? [name] : []));
}

/** A new Generation 2 machine with an empty VHDX and the medium of Windows Server 2022. */
function generation2({ vmms }: Lab): string {
  const request = newVmDefaults(vmms.inventory.host, 'G2');
  const id = createVm(vmms, {
    ...request,
    generation: 2,
    disk: { kind: 'create', name: 'G2.vhdx', location: 'C:\\VHD', sizeGB: 1 },
    install: { kind: 'image', path: 'C:\\ISO\\ws2022.iso' },
  });
  finishDisks(vmms);
  return id;
}

/** The settings with one more disk at the last place of the SCSI controller. */
function withDisk(settings: VmSettings, id: string, path: string): VmSettings {
  const drive = { location: 63, drive: { id, kind: 'hardDisk' as const, path } };
  const controllers = settings.controllers.map((one) =>
    one.kind === 'scsi' ? { ...one, drives: [...one.drives, drive] } : one,
  );
  return { ...settings, controllers };
}

describe('storage of a Generation 2 machine', () => {
  it('is installed from a disc onto a VHDX, gets a disk while it runs, and gives it up', () => {
    const made = open();
    const { vmms } = made;
    const id = generation2(made);
    startVm(vmms, id);
    run(made, 600);
    expect(disks(made, id)).toEqual(['Microsoft Virtual Disk']);
    const { settings } = vmms.inventory.vm(id);
    const more = withDisk(settings, vmms.newId(), 'C:\\Labs\\Disks\\winxp-sp2.vhd');
    expect(() => applySettings(vmms, id, more, settings)).toThrow(); // VHD files are not for Generation 2
    const data = {
      ...newVmDefaults(vmms.inventory.host, 'Data'),
      disk: { kind: 'create' as const, name: 'Data.vhdx', location: 'C:\\VHD', sizeGB: 1 },
    };
    createVm(vmms, data);
    finishDisks(vmms);
    applySettings(vmms, id, withDisk(settings, vmms.newId(), 'C:\\VHD\\Data.vhdx'), settings);
    run(made, 5);
    expect(disks(made, id)).toHaveLength(2);
    applySettings(
      vmms,
      id,
      { ...vmms.inventory.vm(id).settings, controllers: settings.controllers },
      vmms.inventory.vm(id).settings,
    );
    run(made, 5);
    expect(disks(made, id)).toHaveLength(1);
  });

  it('has another disc put in while it runs', () => {
    const made = open();
    const { vmms } = made;
    const id = generation2(made);
    startVm(vmms, id);
    run(made, 600);
    const dvd = vmms.inventory
      .vm(id)
      .settings.controllers.flatMap(({ drives }) => drives)
      .find(({ drive }) => drive.kind === 'dvd');
    setDvdMedia(vmms, id, dvd?.drive.id ?? '', 'C:\\ISO\\debian12.iso');
    expect(JSON.stringify(made.machines.inspect(id))).toContain('"attention":{"key":6,"asc":40,"ascq":0}');
  });
});

it('keeps the disks of a running machine where the host is too old for more', () => {
  const made = open('ws2008');
  const { vmms } = made;
  const id = createVm(vmms, {
    ...newVmDefaults(vmms.inventory.host, 'Old'),
    disk: { kind: 'existing', path: 'C:\\Labs\\Disks\\winxp-sp2.vhd' },
  });
  startVm(vmms, id);
  const { settings } = vmms.inventory.vm(id);
  const more = withDisk(settings, vmms.newId(), 'C:\\Labs\\Disks\\ws2003-sp2.vhd');
  expect(() => applySettings(vmms, id, more, settings)).toThrow(expect.objectContaining({ code: 'changeNeedsOff' }));
});
