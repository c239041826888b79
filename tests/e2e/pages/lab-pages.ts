import type { ElectronApplication, Page } from '@playwright/test';
import { expect } from '../fixtures';
import { plain, type Words } from './words';

/** Waits until a window shows its first complete picture. */
export async function ready(page: Page): Promise<Page> {
  await page.waitForSelector('html[data-ready]');
  return page;
}

/** The window that `action` opens. */
export async function opened(app: ElectronApplication, action: () => Promise<unknown>): Promise<Page> {
  const [page] = await Promise.all([app.waitForEvent('window'), action()]);
  return ready(page);
}

/** Hyper-V Manager's main window. */
export class ManagerPage {
  constructor(
    readonly app: ElectronApplication,
    readonly page: Page,
    readonly words: Words,
    private readonly classic: boolean,
  ) {}

  private command(name: 'connect' | 'settings' | 'start' | 'turnOff' | 'shutDown'): string {
    return (this.classic ? this.words.manager.commandsClassic : this.words.manager.commands)[name];
  }

  private action(name: string) {
    return this.page
      .getByRole('complementary', { name: this.words.manager.actions })
      .getByRole('button', { name, exact: true });
  }

  async newVm(): Promise<Page> {
    await this.action(this.words.manager.server.new).click();
    return opened(this.app, () => this.page.getByRole('menuitem', { name: this.words.manager.server.newVm }).click());
  }

  async select(name: string): Promise<void> {
    await this.page.getByRole('grid').getByText(name, { exact: true }).click();
  }

  connect(): Promise<Page> {
    return opened(this.app, () => this.action(this.command('connect')).click());
  }

  settings(): Promise<Page> {
    return opened(this.app, () => this.action(this.command('settings')).click());
  }

  async start(): Promise<void> {
    await this.action(this.command('start')).click();
    await expect(this.action(this.command('turnOff'))).toBeVisible();
  }

  async turnOff(): Promise<void> {
    await this.action(this.command('turnOff')).click();
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: this.words.manager.confirm.turnOff.yes, exact: true })
      .click();
    await expect(this.action(this.command('start'))).toBeVisible();
  }
}

/** The New Virtual Machine Wizard. */
export class WizardPage {
  constructor(
    readonly page: Page,
    private readonly words: Words,
  ) {}

  async next(): Promise<void> {
    await this.page.getByRole('button', { name: plain(this.words.common.wizard.next) }).click();
  }

  async goTo(name: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('button', { name, exact: true }).click();
  }

  async name(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: plain(this.words.wizard.name.label) }).fill(text);
  }

  /** Takes the first switch of the list. */
  async connectTo(name: string): Promise<void> {
    await this.page.getByRole('combobox', { name: plain(this.words.wizard.network.label) }).click({ force: true }); // the text of the choice lies over the box
    await this.page.getByRole('option', { name }).click();
  }

  async installFrom(path: string): Promise<void> {
    await this.page.getByText(plain(this.words.wizard.installation.cd)).click();
    await this.page.getByRole('textbox', { name: plain(this.words.wizard.installation.iso) }).fill(path);
  }

  async finish(): Promise<void> {
    const closed = this.page.waitForEvent('close');
    await this.page.getByRole('button', { name: plain(this.words.common.wizard.finish) }).click();
    await closed;
  }
}

/** The Settings dialog. */
export class SettingsPage {
  constructor(
    readonly page: Page,
    private readonly words: Words,
  ) {}

  async open(node: string): Promise<void> {
    await this.page.getByRole('treeitem', { name: node, exact: true }).first().click();
  }

  get remove() {
    return this.page.getByRole('button', { name: plain(this.words.settings.remove), exact: true });
  }

  async add(device: string): Promise<void> {
    await this.open(this.words.settings.addHardware.node);
    await this.page.getByRole('option', { name: device, exact: true }).click();
    await this.page.getByRole('button', { name: plain(this.words.settings.add), exact: true }).click();
  }

  async connectTo(label: string, name: string): Promise<void> {
    await this.page.getByRole('combobox', { name: plain(label) }).click({ force: true });
    await this.page.getByRole('option', { name }).click();
  }

  async ok(): Promise<void> {
    const closed = this.page.waitForEvent('close');
    await this.page.getByRole('button', { name: plain(this.words.common.ok), exact: true }).click();
    await closed;
  }
}

/** Virtual Machine Connection with a Windows guest. */
export class ConsolePage {
  constructor(readonly page: Page) {}

  /** Opens a program of the guest's desktop; installation and boot may take their time before. */
  async program(name: string): Promise<void> {
    const icon = this.page.getByRole('button', { name, exact: true }).first();
    await expect(icon).toBeVisible({ timeout: 60_000 });
    await icon.dblclick();
    await expect(this.window(name)).toBeVisible();
  }

  window(name: string) {
    return this.page.getByRole('dialog', { name, exact: true });
  }

  async closeProgram(name: string): Promise<void> {
    await this.window(name).getByRole('button', { name: 'Close', exact: true }).click();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text, { delay: 15 });
  }
}
