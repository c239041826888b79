import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { HostId } from '@shared/model/host-profile';
import { openLab, type Lab } from '../../electron/app/lab';
import { DEFAULT_SWITCHES } from '../../electron/app/switches';
import { applySettings } from '../../electron/management/change-vm';
import { createVm, finishDisks } from '../../electron/management/create-vm';
import { newAdapter } from '../../electron/management/inventory/new-machine';
import { commandVm, saveVm, startVm } from '../../electron/management/run-vm';

const folders: string[] = [];
const labs: Lab[] = [];

function open(folder: string, hostId: HostId = 'ws2022'): Lab {
  const lab = openLab(folder, hostId, { ...DEFAULT_SWITCHES, speed: 'instant' });
  labs.push(lab);
  while (lab.provision());
  return lab;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const lab of labs.splice(0)) lab.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Lets engine time pass, as the pace does. */
function run(lab: Lab, seconds: number): void {
  lab.host.clock.advanceBy(seconds * SECOND);
  lab.machines.afterSlice();
}

function devices(lab: Lab, id: string): string[] {
  const screen = lab.machines.screen(id);
  return screen.kind === 'desktop' ? screen.devices.map(({ name }) => name) : [`screen ${screen.kind}`];
}

describe('the lab behind the windows', () => {
  it('has training media and ready-made disks on its simulated drive', () => {
    const lab = open(newFolder());
    const names = lab.vmms.files.list('C:\\ISO').map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['winxp-sp2.iso', 'ws2003-sp2.iso', 'ws2008r2.iso', 'debian4.iso', 'debian12.iso']),
    );
    expect(lab.vmms.disks.inspect('C:\\labs\\disks\\WINXP-SP2.vhd')).toMatchObject({ format: 'vhd', type: 'dynamic' });
    expect(lab.provision()).toBe(false);
  });

  it('dates its files by the simulated clock, whatever the real one says', () => {
    const lab = open(newFolder());
    const { vmms } = lab;
    const dates = (path: string): string[] => vmms.files.list(path).map(({ modified }) => modified);
    expect(new Set([...dates('C:\\'), ...dates('C:\\Labs'), ...dates('C:\\ISO')])).toEqual(
      new Set(['2008-01-01T00:00:00', '2022-10-03T09:00:00']),
    );
    run(lab, 90);
    const request = newVmDefaults(vmms.inventory.host, 'New');
    createVm(vmms, { ...request, disk: { kind: 'create', name: 'New.vhdx', location: 'C:\\VHD', sizeGB: 1 } });
    finishDisks(vmms);
    expect(dates('C:\\VHD')).toEqual(['2022-10-03T09:01:30']);
    run(lab, 600);
    expect(dates('C:\\VHD')).toEqual(['2022-10-03T09:01:30']);
  });

  it('installs Windows XP from its disc onto a new disk, and boots it from there', () => {
    const lab = open(newFolder());
    const { vmms } = lab;
    const request = newVmDefaults(vmms.inventory.host, 'XP');
    const id = createVm(vmms, {
      ...request,
      switchId: vmms.inventory.switches[0]?.id ?? null,
      install: { kind: 'image', path: 'C:\\ISO\\winxp-sp2.iso' },
    });
    startVm(vmms, id);
    run(lab, 900);
    expect(devices(lab, id)).toContain('Virtual HD');
    expect(devices(lab, id).join()).not.toMatch(/21140|Network/);

    commandVm(vmms, id, 'turnOff');
    const { settings } = vmms.inventory.vm(id);
    applySettings(
      vmms,
      id,
      { ...settings, adapters: [newAdapter('legacy', vmms.inventory.switches[0]?.id ?? null, vmms.newId)] },
      settings,
    );
    startVm(vmms, id);
    run(lab, 120);
    expect(devices(lab, id)).toContain('Intel 21140-Based PCI Fast Ethernet Adapter (Generic)');
  });

  it('keeps machines, their disks and a saved state over a restart of the application', () => {
    const folder = newFolder();
    const lab = open(folder);
    const { vmms } = lab;
    const id = createVm(vmms, {
      ...newVmDefaults(vmms.inventory.host, 'Lab XP'),
      disk: { kind: 'existing', path: 'C:\\Labs\\Disks\\winxp-sp2.vhd' },
    });
    startVm(vmms, id);
    run(lab, 90);
    const before = devices(lab, id);
    expect(before).toContain('Virtual HD');
    saveVm(vmms, id);
    lab.close();

    const again = open(folder);
    expect(again.vmms.inventory.vm(id).restState).toBe('saved');
    startVm(again.vmms, id);
    expect(devices(again, id)).toEqual(before);
    expect(again.machines.runtime(id)?.uptimeSeconds).toBe(90);
    expect(again.vmms.inventory.vm(id).restState).toBe('off');
  });
});
