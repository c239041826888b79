import type { Page } from '@playwright/test';
import type { InventorySnapshot } from '@shared/model/inventory';
import { expect, test, type StartedLab } from '../fixtures';
import { ManagerPage, ready } from '../pages/lab-pages';
import { WORDS } from '../pages/words';

/** Milliseconds of commands before each sudden end; uneven, so that it comes at another step each time. */
const MOMENTS = [230, 61, 517, 349, 128];

/** What the window was told to be done: the machine's last name. */
interface Acknowledged {
  name: string;
}

async function snapshot(page: Page): Promise<InventorySnapshot> {
  const answer = await page.evaluate(() => window.lab.inventory.snapshot());
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.value;
}

async function createVm(page: Page): Promise<void> {
  const answer = await page.evaluate(() =>
    window.lab.inventory.createVm({
      name: 'Victim',
      location: null,
      generation: 1,
      memoryMB: 512,
      dynamicMemory: false,
      switchId: null,
      disk: { kind: 'later' },
      install: { kind: 'later' },
      startAfterCreation: false,
    }),
  );
  expect(answer.ok).toBe(true);
}

/** Renames, makes a switch, connects the machine to it, removes the switch before: without end, telling each answer. */
async function commandWithoutEnd(page: Page, told: Acknowledged, round: number): Promise<void> {
  await page.exposeFunction('acknowledgeName', (name: string) => void (told.name = name));
  await page.evaluate((prefix) => {
    const told = window as unknown as { acknowledgeName(name: string): Promise<void> };
    const run = async (): Promise<void> => {
      for (let i = 0; ; i++) {
        const before = await window.lab.inventory.snapshot();
        const vm = before.ok ? before.value.vms[0] : undefined;
        if (!before.ok || !vm) return;
        const name = `${prefix}-${i}`;
        if ((await window.lab.inventory.renameVm({ vmId: vm.id, name })).ok) await told.acknowledgeName(name);
        const made = await window.lab.inventory.createSwitch({ name, kind: 'private', notes: '' });
        if (!made.ok) return;
        const { switchId } = made.value;
        const settings = { ...vm.settings, name };
        const adapters = settings.adapters.map((adapter) => ({ ...adapter, switchId }));
        await window.lab.inventory.applySettings({
          vmId: vm.id,
          settings: { ...settings, adapters },
          previous: settings,
        });
        for (const old of before.value.switches)
          if (old.kind === 'private') await window.lab.inventory.deleteSwitch({ switchId: old.id });
      }
    };
    void run();
  }, `round-${round}`);
}

/** Number in `round-2-17` when it is of this round; otherwise none of its commands has been acknowledged. */
const step = (name: string, round: number): number =>
  name.startsWith(`round-${round}-`) ? Number(name.split('-')[2]) : -1;

test.describe('a sudden end of the process that owns the inventory', () => {
  test.setTimeout(120_000);

  test('with windows open and commands under way loses nothing that was acknowledged', async ({
    launch,
    freshFolder,
  }) => {
    const dataDir = freshFolder();
    const told: Acknowledged = { name: 'Victim' };
    const open = async (): Promise<StartedLab> => {
      const lab = await launch({ dataDir });
      await ready(lab.window);
      return lab;
    };
    const first = await open();
    await createVm(first.window);
    await first.close();
    let commands = 0;
    for (const [round, moment] of MOMENTS.entries()) {
      const lab = await open();
      const manager = new ManagerPage(lab.app, lab.window, WORDS.en, false);
      await manager.select(told.name);
      await manager.connect();
      await commandWithoutEnd(lab.window, told, round);
      await lab.window.waitForTimeout(moment);
      await lab.kill();
      const again = await open();
      const { vms, switches, notices } = await snapshot(again.window);
      const name = vms[0]?.settings.name ?? '';
      expect([told.name, `round-${round}-${step(told.name, round) + 1}`]).toContain(name);
      for (const id of vms[0]?.settings.adapters.map(({ switchId }) => switchId) ?? []) {
        if (id !== null) expect(switches.map((known) => known.id)).toContain(id);
      }
      expect(notices).toEqual([]);
      expect(vms).toHaveLength(1);
      await expect(again.window.getByRole('grid').getByText(name, { exact: true })).toBeVisible();
      commands += step(told.name, round) + 1;
      told.name = name;
      await again.close();
    }
    console.log(`${MOMENTS.length} sudden ends during ${commands} rounds of commands`);
    expect(commands).toBeGreaterThan(MOMENTS.length);
  });
});
