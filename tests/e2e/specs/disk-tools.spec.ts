import disk from '../../../renderer/locales/en/disk.json' with { type: 'json' };
import { expect, test } from '../fixtures';
import { ManagerPage, ready, SettingsPage, WizardPage } from '../pages/lab-pages';
import { plain, WORDS } from '../pages/words';

const words = WORDS.en;

test('a disk made on the Hard Drive page is a file that can be inspected and attached', async ({ started }) => {
  const manager = new ManagerPage(started.app, await ready(started.window), words, false);
  const wizard = new WizardPage(await manager.newVm(), words);
  await wizard.next();
  await wizard.name('Data');
  await wizard.finish();
  await manager.select('Data');
  const settings = new SettingsPage(await manager.settings(), words);
  const { page } = settings;
  await settings.open(words.settings.controller.hardDisk);
  const press = (label: string): Promise<void> => page.getByRole('button', { name: plain(label), exact: true }).click();

  await press(words.settings.drive.new);
  const making = page.getByRole('dialog', { name: disk.title });
  await making.getByRole('button', { name: disk.pages.name, exact: true }).click();
  await making.getByRole('textbox', { name: plain(disk.name.label), exact: true }).fill('Second.vhdx');
  await page.keyboard.press('Enter'); // the default button of the wizard
  await making.getByRole('textbox', { name: plain(disk.configure.size), exact: true }).fill('40');
  await press(words.common.wizard.finish);
  await expect(making).toBeHidden();
  const path = page.getByRole('textbox', { name: plain(words.settings.drive.file), exact: true });
  await expect(path).toHaveValue(/\\Second\.vhdx$/);

  await press(words.settings.drive.inspect);
  const properties = page.getByRole('dialog', { name: disk.properties.title });
  await expect(properties).toContainText(disk.properties.types.dynamic);
  await expect(properties).toContainText('40 GB');
  await page.keyboard.press('Escape');
  await expect(properties).toBeHidden();
  await settings.ok();

  const again = new SettingsPage(await manager.settings(), words);
  await expect(again.page.getByRole('treeitem', { name: words.settings.controller.hardDisk }).first()).toContainText(
    'Second.vhdx',
  );
});
