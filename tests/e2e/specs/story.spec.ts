import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { HOSTS } from '@shared/model/hosts';
import type { HostId } from '@shared/model/host-profile';
import { expect, test, type LabSwitches, type StartedLab } from '../fixtures';
import { ConsolePage, ManagerPage, ready, SettingsPage, WizardPage } from '../pages/lab-pages';
import { WORDS } from '../pages/words';

type Picture = (window: Page, name: string) => Promise<string>;

const NIC = 'Intel 21140-Based PCI Fast Ethernet Adapter (Generic)';

/** The media are made in the background when a data folder is new. */
async function mediaReady(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(async () => (await window.lab.files.exists({ path: 'C:\\ISO\\winxp-sp2.iso' })).ok), {
      timeout: 30_000,
    })
    .toBe(true);
  await page.waitForFunction(async () => {
    const answer = await window.lab.files.exists({ path: 'C:\\ISO\\winxp-sp2.iso' });
    return answer.ok && answer.value.kind === 'file';
  });
}

/** The article's story as a person lives it. Returns the pictures of its steps. */
async function story(
  lab: StartedLab,
  language: 'en' | 'es',
  hostId: HostId,
  picture: Picture,
  prefix: string,
): Promise<string[]> {
  const words = WORDS[language];
  const host = HOSTS[hostId];
  const lan = host.hardware.nicDescription;
  const classic = host.words.pointInTime === 'snapshot';
  const pictures: string[] = [];
  const shot = async (page: Page, name: string): Promise<void> =>
    void pictures.push(await picture(page, `${prefix}-${name}`));
  const manager = new ManagerPage(lab.app, await ready(lab.window), words, classic);
  await mediaReady(manager.page);
  await shot(manager.page, '01-manager');

  const wizard = new WizardPage(await manager.newVm(), words);
  await shot(wizard.page, '02-before');
  await wizard.next();
  await wizard.name('XP');
  await shot(wizard.page, '03-name');
  await wizard.goTo(words.wizard.pages.network);
  await wizard.connectTo(lan);
  await wizard.goTo(words.wizard.pages.installation);
  await wizard.installFrom('C:\\ISO\\winxp-sp2.iso');
  await shot(wizard.page, '04-installation');
  await wizard.next();
  await shot(wizard.page, '05-summary');
  await wizard.finish();

  await manager.select('XP');
  const connection = new ConsolePage(await manager.connect());
  await shot(connection.page, '06-off');
  await manager.start();
  await connection.program('Device Manager');
  const devices = connection.window('Device Manager');
  await expect(devices.getByRole('treeitem', { name: 'Disk drives', exact: true })).toBeVisible();
  await expect(devices.getByRole('treeitem', { name: 'Network adapters' })).toHaveCount(0);
  await expect(devices.getByRole('treeitem', { name: 'Unknown device' }).first()).toBeVisible();
  await shot(connection.page, '07-no-network-adapter');

  const running = new SettingsPage(await manager.settings(), words);
  await running.open(words.settings.network.synthetic);
  await expect(running.remove).toBeDisabled();
  await expect(running.page.getByText(words.settings.locked.running)).toBeVisible();
  await shot(running.page, '08-settings-running');
  await running.page.close();

  await manager.turnOff();
  const settings = new SettingsPage(await manager.settings(), words);
  await settings.open(words.settings.network.synthetic);
  await settings.remove.click();
  await settings.add(words.settings.addHardware.legacy);
  await settings.connectTo(
    host.words.network === 'network' ? words.settings.network.networkClassic : words.settings.network.switch,
    lan,
  );
  await shot(settings.page, '09-legacy-adapter');
  await settings.ok();

  await manager.start();
  await connection.program('Device Manager');
  const category = connection.window('Device Manager').getByRole('treeitem', { name: 'Network adapters' });
  await category.dblclick();
  await expect(connection.window('Device Manager').getByRole('treeitem', { name: NIC })).toBeVisible();
  await shot(connection.page, '10-network-adapter');
  await connection.closeProgram('Device Manager');

  await connection.program('Command Prompt');
  const prompt = connection.window('Command Prompt');
  await prompt.click();
  await connection.type('ipconfig\n');
  await expect(prompt).toContainText('192.168.1.100');
  await connection.type('ping 192.168.1.1\n');
  await expect(prompt).toContainText('Sent = 4, Received = 4, Lost = 0');
  await shot(connection.page, '11-ping');
  await shot(manager.page, '12-manager-running');
  return pictures;
}

const runs: readonly (LabSwitches & { lang: 'en' | 'es'; host: HostId })[] = [
  { lang: 'en', host: 'ws2022' },
  { lang: 'es', host: 'ws2008-beta' },
];

for (const { lang, host } of runs) {
  test(
    `the article's story on ${host} in ${lang}, twice with equal pictures`,
    { tag: '@screenshots' },
    async ({ launch, picture }) => {
      test.setTimeout(Number(process.env.STORY_TIMEOUT ?? 400_000));
      const first = await story(await launch({ lang, host }), lang, host, picture, `story-${host}-${lang}`);
      const again = await story(await launch({ lang, host }), lang, host, picture, `again-${host}-${lang}`);
      const different = first.filter((path, i) => !readFileSync(path).equals(readFileSync(again[i] ?? '')));
      expect(different).toEqual([]);
    },
  );
}
