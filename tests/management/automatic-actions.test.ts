import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { VmSettings } from '@shared/model/vm-settings';
import { openLab, type Lab } from '../../electron/app/lab';
import { DEFAULT_SWITCHES } from '../../electron/app/switches';
import { applySettings } from '../../electron/management/change-vm';
import { createVm } from '../../electron/management/create-vm';
import { commandVm, startVm } from '../../electron/management/run-vm';
import { snapshot } from '../../electron/management/snapshot';

const folders: string[] = [];
const labs: Lab[] = [];

function open(folder: string): Lab {
  const lab = openLab(folder, 'ws2022', { ...DEFAULT_SWITCHES, speed: 'instant' });
  labs.push(lab);
  return lab;
}

/** A host with one machine that has the disk of an installed system, and the actions that its settings say. */
function machine(
  disk: string,
  actions: Partial<Pick<VmSettings, 'autoStart' | 'autoStop'>>,
): { folder: string; lab: Lab; id: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  folders.push(folder);
  const lab = open(folder);
  while (lab.provision());
  const { vmms } = lab;
  const id = createVm(vmms, {
    ...newVmDefaults(vmms.inventory.host, 'One'),
    generation: 1,
    disk: { kind: 'existing', path: `C:\\Labs\\Disks\\${disk}.vhd` },
  });
  const { settings } = vmms.inventory.vm(id);
  applySettings(vmms, id, { ...settings, ...actions }, settings);
  return { folder, lab, id };
}

function run(lab: Lab, seconds: number): void {
  lab.host.clock.advanceBy(seconds * SECOND);
  lab.machines.afterSlice();
}

const stateOf = (lab: Lab, id: string): string | undefined =>
  snapshot(lab.vmms).vms.find((vm) => vm.id === id)?.runtime.state;

afterEach(() => {
  for (const lab of labs.splice(0)) lab.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe('Automatic Stop Action', () => {
  it('saves, and a machine that ran comes back where it was when the application starts again', () => {
    const { folder, lab, id } = machine('winxp-sp2', {});
    startVm(lab.vmms, id);
    run(lab, 90);
    lab.close();
    const again = open(folder);
    expect(stateOf(again, id)).toBe('running');
    expect(again.machines.runtime(id)?.uptimeSeconds).toBe(90);
  });

  it('turns off, and what did not run stays off', () => {
    const { folder, lab, id } = machine('winxp-sp2', { autoStop: 'turnOff' });
    startVm(lab.vmms, id);
    run(lab, 5);
    commandVm(lab.vmms, id, 'turnOff');
    lab.close();
    const again = open(folder);
    expect(stateOf(again, id)).toBe('off');
    startVm(again.vmms, id);
    again.close();
    const third = open(folder);
    expect(third.machines.runtime(id)?.uptimeSeconds).toBe(0);
    expect(stateOf(third, id)).toBe('running');
  });

  it('shuts the guest down: its disk is clean, its machine off before the documents are closed', () => {
    const { folder, lab, id } = machine('ws2022', {
      autoStop: 'shutDown',
      autoStart: { action: 'nothing', delaySeconds: 0 },
    });
    startVm(lab.vmms, id);
    run(lab, 120);
    expect(lab.machines.runtime(id)?.heartbeat).toBe('okApplicationsHealthy');
    const before = lab.host.clock.now();
    lab.close();
    const took = (lab.host.clock.now() - before) / SECOND;
    expect(took).toBeGreaterThan(1); // the guest has ended by itself
    expect(took).toBeLessThan(60);
    expect(stateOf(open(folder), id)).toBe('off');
  });

  it('turns off a guest that cannot be asked to shut down', () => {
    const { folder, lab, id } = machine('winxp-sp2', {
      autoStop: 'shutDown',
      autoStart: { action: 'nothing', delaySeconds: 0 },
    });
    startVm(lab.vmms, id);
    run(lab, 60);
    const before = lab.host.clock.now();
    lab.close();
    expect(lab.host.clock.now()).toBe(before);
    expect(stateOf(open(folder), id)).toBe('off');
  });
});

describe('Automatic Start Action', () => {
  it('starts after its delay, and the Status column says that it waits', () => {
    const { folder, lab, id } = machine('winxp-sp2', { autoStart: { action: 'always', delaySeconds: 30 } });
    lab.close();
    const again = open(folder);
    const vm = (): ReturnType<typeof snapshot>['vms'][number] | undefined =>
      snapshot(again.vmms).vms.find((each) => each.id === id);
    expect(vm()?.runtime).toMatchObject({ state: 'off', operation: { kind: 'waitingToStart' } });
    run(again, 29);
    expect(vm()?.runtime.state).toBe('off');
    run(again, 2);
    expect(vm()?.runtime).toMatchObject({ state: 'running', operation: null });
  });

  it('says so when it cannot be done, and starts the others', () => {
    const { folder, lab, id } = machine('winxp-sp2', { autoStart: { action: 'always', delaySeconds: 0 } });
    const other = createVm(lab.vmms, { ...newVmDefaults(lab.vmms.inventory.host, 'Two'), disk: { kind: 'later' } });
    const { settings } = lab.vmms.inventory.vm(other);
    applySettings(lab.vmms, other, { ...settings, autoStart: { action: 'always', delaySeconds: 0 } }, settings);
    lab.vmms.files.rename('C:\\Labs\\Disks\\winxp-sp2.vhd', 'C:\\Labs\\Disks\\elsewhere.vhd');
    lab.close();
    const again = open(folder);
    expect(stateOf(again, id)).toBe('off');
    expect(stateOf(again, other)).toBe('running');
    expect(snapshot(again.vmms).notices).toMatchObject([{ code: 'autoStartFailed', params: { name: 'One' } }]);
  });
});
