import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SECOND } from '@engine/clock/clock';
import { inventorySnapshotSchema, type VmRuntime } from '@shared/model/inventory';
import { newVmDefaults } from '@shared/model/rules/new-vm-rules';
import type { VmSettings } from '@shared/model/vm-settings';
import { openLab, type Lab } from '../../electron/app/lab';
import { DEFAULT_SWITCHES } from '../../electron/app/switches';
import { applySettings } from '../../electron/management/change-vm';
import { createVm } from '../../electron/management/create-vm';
import { commandVm, startVm } from '../../electron/management/run-vm';
import { snapshot } from '../../electron/management/snapshot';
import { codeOf } from './fakes';

const open: { lab: Lab; folder: string }[] = [];

afterEach(() => {
  for (const { lab, folder } of open.splice(0)) {
    lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A running Windows Server 2022 with Dynamic Memory, made by the wizard's request. */
function running(seconds: number): {
  lab: Lab;
  id: string;
  run: (seconds: number) => void;
  apply: (edit: (settings: VmSettings) => void) => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  const lab = openLab(folder, 'ws2022', { ...DEFAULT_SWITCHES, speed: 'instant' });
  open.push({ lab, folder });
  while (lab.provision());
  const { vmms } = lab;
  const disk = { kind: 'existing', path: 'C:\\Labs\\Disks\\ws2022.vhd' } as const;
  const switchId = vmms.inventory.switches[0]?.id ?? null;
  const id = createVm(vmms, {
    ...newVmDefaults(vmms.inventory.host, 'Server'),
    generation: 1,
    memoryMB: 2048,
    dynamicMemory: true,
    disk,
    switchId,
  });
  startVm(vmms, id);
  const run = (time: number): void => {
    lab.host.clock.advanceBy(time * SECOND);
    lab.machines.afterSlice();
  };
  run(seconds);
  const apply = (edit: (settings: VmSettings) => void): void => {
    const { settings } = vmms.inventory.vm(id);
    const next = structuredClone(settings);
    edit(next);
    applySettings(vmms, id, next, settings);
  };
  return { lab, id, run, apply };
}

/** What windows are told of the machine, as the contract has it. */
function runtimeOf(lab: Lab, id: string): VmRuntime {
  const vm = inventorySnapshotSchema.parse(snapshot(lab.vmms)).vms.find((each) => each.id === id);
  if (!vm) throw new Error('the machine is gone');
  return vm.runtime;
}

describe('what the manager shows of a guest', () => {
  it('comes from its channels: memory, heartbeat, addresses', () => {
    const { lab, id, apply, run } = running(400);
    const { assignedMemoryMB, memoryDemandMB, memoryStatus, heartbeat, adapters } = runtimeOf(lab, id);
    expect([heartbeat, memoryStatus, adapters[0]?.ipAddresses.length]).toEqual(['okApplicationsHealthy', 'ok', 1]);
    expect(memoryDemandMB).toBeGreaterThan(600);
    expect(assignedMemoryMB).toBeGreaterThanOrEqual(Math.ceil((memoryDemandMB ?? 0) * 1.2));
    expect(assignedMemoryMB).toBeLessThan(1000);
    apply(({ memory }) => (memory.bufferPercent = 100));
    run(60);
    expect(runtimeOf(lab, id).assignedMemoryMB).toBeGreaterThan(1200);
  });

  it('follows the addresses that the guest says it has', () => {
    const { lab, id, run } = running(120);
    const [card] = lab.vmms.inventory.vm(id).settings.adapters;
    const fixed = { dhcp: false, addresses: ['10.20.30.40'], masks: ['255.255.0.0'], gateways: [], dns: [] };
    expect(lab.host.machine(id)?.services.keyValuePairs.setAddress(card?.id ?? '', fixed)).toBe(true);
    run(5);
    expect(runtimeOf(lab, id).adapters[0]?.ipAddresses).toEqual(['10.20.30.40']);
  });

  it('goes and comes back with the boxes of the Integration Services page', () => {
    const { lab, id, apply, run } = running(120);
    apply(({ services }) => Object.assign(services, { shutdown: false, heartbeat: false, dataExchange: false }));
    run(5);
    const { heartbeat, adapters } = runtimeOf(lab, id);
    expect([heartbeat, adapters[0]?.ipAddresses]).toEqual([null, []]);
    expect(codeOf(() => commandVm(lab.vmms, id, 'shutDown'))).toBe('shutdownNotAvailable');
    apply(({ services }) => Object.assign(services, { shutdown: true, heartbeat: true, dataExchange: true }));
    run(30);
    expect(runtimeOf(lab, id).heartbeat).toBe('okApplicationsHealthy');
    commandVm(lab.vmms, id, 'shutDown');
    run(60);
    expect(runtimeOf(lab, id)).toMatchObject({
      state: 'off',
      assignedMemoryMB: null,
      memoryDemandMB: null,
      memoryStatus: null,
    });
  });
});
