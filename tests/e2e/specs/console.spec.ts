import type { ElectronApplication, Page } from '@playwright/test';
import { expect, test } from '../fixtures';
import { ConsolePage, ManagerPage, ready } from '../pages/lab-pages';
import { WORDS } from '../pages/words';

const DISK = 'C:\\Labs\\Disks\\winxp-sp2.vhd';

/** A running machine with a ready-made disk, and its connection window. */
async function running(
  app: ElectronApplication,
  first: Page,
): Promise<{ manager: ManagerPage; connection: ConsolePage }> {
  const manager = new ManagerPage(app, await ready(first), WORDS.en, false);
  await manager.page.waitForFunction(
    async (path) => {
      const answer = await window.lab.files.exists({ path });
      return answer.ok && answer.value.kind === 'file';
    },
    DISK,
    { timeout: 60_000 },
  );
  const made = await manager.page.evaluate(
    (path) =>
      window.lab.inventory.createVm({
        name: 'XP',
        location: null,
        generation: 1,
        memoryMB: 512,
        dynamicMemory: false,
        switchId: null,
        disk: { kind: 'existing', path },
        install: { kind: 'later' },
        startAfterCreation: false,
      }),
    DISK,
  );
  expect(made.ok).toBe(true);
  await manager.select('XP');
  const connection = new ConsolePage(await manager.connect());
  await connection.page.keyboard.press('Control+s');
  await connection.program('Command Prompt');
  return { manager, connection };
}

async function choose(page: Page, menu: string, item: string | RegExp): Promise<void> {
  await page.getByRole('menubar').getByRole('menuitem', { name: menu, exact: true }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const isFullScreen = (app: ElectronApplication): Promise<boolean> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isFullScreen()));

test.describe('the connection window', () => {
  test('types the clipboard into the guest, and copies its picture to the clipboard', async ({ started }) => {
    const { connection } = await running(started.app, started.window);
    const { page } = connection;
    await started.app.evaluate(({ clipboard }) => clipboard.writeText('echo from-the-clipboard\n'));
    await choose(page, 'Clipboard', 'Type clipboard text');
    await expect(connection.window('Command Prompt')).toContainText(/echo from-the-clipboard\s*from-the-clipboard/);

    await choose(page, 'Clipboard', 'Capture screen');
    const size = (): Promise<{ width: number; height: number }> =>
      started.app.evaluate(({ clipboard }) => clipboard.readImage().getSize());
    await expect.poll(size).toEqual({ width: 800, height: 600 });
  });

  test('fills the screen and comes back', async ({ started }) => {
    const { connection } = await running(started.app, started.window);
    await choose(connection.page, 'View', 'Full Screen Mode');
    await expect.poll(() => isFullScreen(started.app)).toBe(true);
    await expect(connection.page.getByRole('menubar')).toBeHidden();
    await connection.page.getByRole('button', { name: 'Restore' }).click();
    await expect.poll(() => isFullScreen(started.app)).toBe(false);
    await expect(connection.page.getByRole('menubar')).toBeVisible();
  });

  test('says what state the machine is in while it is paused, saved and started again', async ({ started }) => {
    const { manager, connection } = await running(started.app, started.window);
    const { page } = connection;
    await connection.window('Command Prompt').click();
    await connection.type('ver\n');
    await expect(connection.window('Command Prompt')).toContainText('Version 5.1.2600');
    await choose(page, 'Action', 'Pause');
    await expect(page.getByText('Status: Paused')).toBeVisible();
    await choose(page, 'Action', 'Resume');
    await expect(page.getByText('Status: Running')).toBeVisible();
    await choose(page, 'Action', 'Save');
    await expect(manager.page.getByRole('grid').getByText('Saved', { exact: true })).toBeVisible();
    await choose(page, 'Action', 'Start');
    await expect(connection.window('Command Prompt')).toContainText('Version 5.1.2600');
    await page.close();
    const again = new ConsolePage(await manager.connect());
    await expect(again.window('Command Prompt')).toContainText('Version 5.1.2600');
  });
});
