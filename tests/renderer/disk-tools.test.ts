import { describe, expect, it } from 'vitest';
import '@renderer/dialogs/disk/DiskProperties.vue';
import '@renderer/dialogs/disk/NewDiskWizard.vue';
import SettingsView from '@renderer/dialogs/settings/SettingsView.vue';
import ManagerView from '@renderer/views/manager/ManagerView.vue';
import { LabError } from '@shared/model/errors';
import type { HostId } from '@shared/model/host-profile';
import type { DiskProperties } from '@shared/model/new-disk';
import { seriousViolations } from './support/axe';
import type { Handlers } from './support/fake-lab';
import { idSequence, makeSnapshot, makeVm, type VmSketch } from './support/fixtures';
import { openWindow, settle, type TestWindow } from './support/mount';
import { click, get, press, queryAll, type } from './support/screen';

const id = idSequence(1)();
const dynamic: DiskProperties = {
  format: 'vhdx',
  type: 'dynamic',
  fileBytes: 5_916_000_256,
  maximumBytes: 127 * 1024 ** 3,
  parent: null,
};

/** The Settings window of one machine at one of its pages. */
async function settings(page: string, change: VmSketch, handlers: Handlers = {}) {
  const host: HostId = change.host ?? 'ws2022';
  const snapshot = makeSnapshot([makeVm({ id, ...change })], host);
  const inventory = { applySettings: () => undefined };
  const window = await openWindow(SettingsView, { vmId: id }, { snapshot, handlers: { inventory, ...handlers } });
  await click(get('treeitem', page));
  return window;
}

async function manager(handlers: Handlers, host: HostId = 'ws2022'): Promise<TestWindow> {
  const window = await openWindow(ManagerView, {}, { snapshot: makeSnapshot([], host), handlers });
  await click(get('button', 'New'));
  await click(get('menuitem', 'Hard Disk...'));
  return window;
}

const next = (): Promise<void> => click(get('button', 'Next >'));
const boxOf = (name: string): HTMLInputElement => get('textbox', name) as HTMLInputElement; // its role says so

describe('the hard drive page', () => {
  it('shows what the file is, in the sizes of the language', async () => {
    await settings('Hard Drive', {}, { files: { inspectDisk: () => dynamic } });
    await click(get('button', 'Inspect'));
    const text = get('dialog', 'Virtual Hard Disk Properties').textContent;
    expect(text).toContain('Dynamically expanding virtual hard disk');
    expect(text).toContain('5.51 GB');
    expect(text).toContain('127 GB');
    expect(await seriousViolations()).toEqual([]);
    await click(get('button', 'Close'));
    expect(queryAll('dialog', /./)).toEqual([]);
  });

  it('says why a file cannot be inspected, and shows no empty properties', async () => {
    const inspectDisk = (): never => {
      throw new LabError('diskDamaged', { path: 'C:\\x.vhdx' });
    };
    await settings('Hard Drive', {}, { files: { inspectDisk } });
    await click(get('button', 'Inspect'));
    expect(document.body.textContent).toContain('could not be inspected');
    expect(document.querySelector('.disk-facts')).toBeNull();
  });

  it('takes the path of a disk that the wizard has just made', async () => {
    const path = 'C:\\Disks\\New Virtual Hard Disk.vhdx';
    await settings('Hard Drive', {}, { files: { createDisk: () => ({ path }) } });
    await click(get('button', 'New'));
    await click(get('button', 'Finish'));
    expect(boxOf('Virtual hard disk:').value).toBe(path);
    expect(get('button', 'Apply').matches(':disabled')).toBe(false);
  });

  it('leaves the path alone when the wizard is cancelled, and does not close Settings', async () => {
    const { fake } = await settings('Hard Drive', {});
    const before = boxOf('Virtual hard disk:').value;
    await click(get('button', 'New'));
    await press('Escape', {}, get('textbox', 'Virtual hard disk:').ownerDocument.querySelector('.wizard'));
    expect([queryAll('dialog', /./).length, boxOf('Virtual hard disk:').value]).toEqual([0, before]);
    expect(fake.inputsOf('app.closeWindow')).toEqual([]);
  });

  it('greys the physical disk, and while an IDE machine runs everything but Inspect', async () => {
    await settings('Hard Drive', { state: 'running' });
    const usable = (role: string, name: string): boolean => !get(role, name).matches(':disabled');
    expect(usable('radio', 'Physical hard disk:')).toBe(false);
    expect(['New', 'Browse...', 'Remove'].map((name) => usable('button', name))).toEqual([false, false, false]);
    expect(usable('button', 'Inspect')).toBe(true);
  });
});

describe('the New Virtual Hard Disk Wizard', () => {
  it('leads through its pages and asks for what was chosen', async () => {
    const { fake } = await manager({ files: { createDisk: ({ name }) => ({ path: `C:\\${name}` }) } });
    await next();
    await click(get('radio', 'VHD'));
    await next();
    expect((get('radio', 'Fixed size') as HTMLInputElement).checked).toBe(true); // its role says so
    await click(get('radio', 'Dynamically expanding'));
    await next();
    expect(boxOf('Name:').value).toBe('New Virtual Hard Disk.vhd');
    await type(boxOf('Name:'), 'Data.vhd');
    await next();
    expect(document.body.textContent).toContain('Maximum: 2040 GB');
    await type(boxOf('Size:'), '40');
    await next();
    expect(get('dialog', 'New Virtual Hard Disk Wizard').textContent).toContain('Completing');
    expect(await seriousViolations()).toEqual([]);
    await click(get('button', 'Finish'));
    expect(fake.inputsOf('files.createDisk')).toMatchObject([
      { format: 'vhd', type: 'dynamic', name: 'Data.vhd', sizeGB: 40, parentPath: null },
    ]);
    expect(queryAll('dialog', /./)).toEqual([]);
  });

  it('does not go on with a wrong name, a wrong size or a parent of the other format', async () => {
    await manager({});
    const blocked = (): boolean[] => ['Next >', 'Finish'].map((name) => get('button', name).matches(':disabled'));
    await next();
    await next();
    await click(get('radio', 'Differencing'));
    await next();
    for (const name of ['', 'a:b.vhdx', 'data.iso', '.vhdx']) {
      await type(boxOf('Name:'), name);
      expect(blocked(), name).toEqual([true, true]);
    }
    await type(boxOf('Name:'), 'Child.vhdx');
    await next();
    expect(blocked()).toEqual([true, true]);
    await type(boxOf('Location:'), 'C:\\Labs\\Disks\\base.vhd');
    expect(blocked()).toEqual([true, true]);
    await type(boxOf('Location:'), 'C:\\Labs\\Disks\\base.vhdx');
    expect(blocked()).toEqual([false, false]);
    await click(get('button', 'Choose Disk Type'));
    await click(get('radio', 'Dynamically expanding'));
    await click(get('button', 'Configure Disk'));
    await type(boxOf('Size:'), '70000');
    expect(blocked()).toEqual([true, true]);
  });

  it('asks for no format on a host that knows one only', async () => {
    const { fake } = await manager({ files: { createDisk: () => ({ path: 'C:\\a.vhd' }) } }, 'ws2008-beta');
    expect(queryAll('button', 'Choose Disk Format')).toEqual([]);
    await click(get('button', 'Finish'));
    expect(fake.inputsOf('files.createDisk')).toMatchObject([{ format: 'vhd', type: 'dynamic', sizeGB: 127 }]);
  });

  it('stays open with the reason when the disk cannot be made', async () => {
    const createDisk = (): never => {
      throw new LabError('diskFull', { path: 'C:\\a.vhdx' });
    };
    await manager({ files: { createDisk } });
    await click(get('button', 'Finish'));
    expect(document.body.textContent).toContain('not enough space');
    expect(queryAll('status', /Creating/)).toEqual([]);
    await click(get('button', 'Close'));
    expect(queryAll('dialog', 'New Virtual Hard Disk Wizard')).toHaveLength(1);
  });

  it('shows how far a large disk is, and gives it up at Cancel', async () => {
    let stop: (() => void) | undefined;
    const cancelled = new LabError('cancelled', {});
    const { fake } = await manager({
      files: {
        createDisk: () => new Promise((_resolve, reject: (error: Error) => void) => (stop = () => reject(cancelled))),
        diskProgress: () => ({ share: 0.42 }),
        cancelDisk: () => stop?.(),
      },
    });
    await click(get('button', 'Finish'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await settle();
    expect(get('status', /Creating the virtual hard disk/).textContent).toContain('42 %');
    await click(get('button', 'Cancel'));
    expect(fake.inputsOf('files.cancelDisk')).toHaveLength(1);
    expect(queryAll('status', /Creating the virtual hard disk/)).toEqual([]);
    expect(get('button', 'Finish').matches(':disabled')).toBe(false);
  });
});

describe('the firmware page', () => {
  it('lists type and value, tells the device path, and moves an entry', async () => {
    const { fake } = await settings('Firmware', { request: { generation: 2 } });
    const lines = (): (string | null)[] => queryAll('row', /Drive|Adapter/).map(({ textContent }) => textContent);
    expect(queryAll('columnheader', /./).map(({ textContent }) => textContent)).toEqual(['Type', 'Value']);
    const before = lines();
    expect(before.length).toBeGreaterThan(1);
    await click(get('row', /Network Adapter/));
    const details = get('region', 'Details for selected boot entry:').textContent ?? '';
    expect(details).toMatch(
      /VenHw\(9B17E5A2-0891-42DD-B653-80B5C22809BA,635161F83EDFC546913FF2D2F965ED0E[0-9A-F]{32}\)/,
    );
    const at = lines().findIndex((line) => line?.includes('Network Adapter'));
    await click(get('button', at === 0 ? 'Move Down' : 'Move Up'));
    expect(lines().findIndex((line) => line?.includes('Network Adapter'))).toBe(at === 0 ? 1 : at - 1);
    expect(await seriousViolations()).toEqual([]);
    await click(get('button', 'Apply'));
    expect(fake.inputsOf('inventory.applySettings')).toHaveLength(1);
  });

  it('can be read with the keyboard while the machine runs, but not changed', async () => {
    await settings('Firmware', { state: 'running', request: { generation: 2 } });
    const rows = queryAll('row', /Drive|Adapter/);
    rows[0]?.focus();
    await press('End');
    expect(rows.at(-1)?.getAttribute('aria-selected')).toBe('true');
    expect(['Move Up', 'Move Down'].every((name) => get('button', name).matches(':disabled'))).toBe(true);
  });
});
