import { describe, expect, it } from 'vitest';
import NewVmView from '@renderer/dialogs/new-vm/NewVmView.vue';
import { LabError } from '@shared/model/errors';
import { makeSnapshot } from './support/fixtures';
import { openWindow, type TestWindow } from './support/mount';
import { click, get, press, queryAll, type } from './support/screen';

const ISO = 'C:\\ISO\\nothere.iso';

/** The wizard on its Installation Options with an image that the server has not. */
async function wizard(): Promise<TestWindow> {
  const createVm = (): never => {
    throw new LabError('fileNotFound', { path: ISO });
  };
  const handlers = { inventory: { createVm }, app: { closeWindow: () => undefined } };
  const window = await openWindow(NewVmView, {}, { snapshot: makeSnapshot([]), handlers });
  await click(get('button', 'Installation Options'));
  await click(get('radio', 'Install an operating system from a bootable CD/DVD-ROM'));
  return window;
}

describe('the New Virtual Machine Wizard', () => {
  it('can neither go on nor finish without the image that it is to install from', async () => {
    await wizard();
    const blocked = (): boolean[] => ['Next >', 'Finish'].map((name) => get('button', name).matches(':disabled'));
    expect(blocked()).toEqual([true, true]);
    await type(get('textbox', 'Image file (.iso):'), 'C:\\ISO\\');
    expect(blocked()).toEqual([true, true]);
    await type(get('textbox', 'Image file (.iso):'), ISO);
    expect(blocked()).toEqual([false, false]);
  });

  it('says why no machine was made, no longer that it is making one, and keeps what was entered', async () => {
    const { fake } = await wizard();
    await type(get('textbox', 'Image file (.iso):'), ISO);
    await click(get('button', 'Finish'));
    expect(get('dialog', 'New Virtual Machine Wizard').textContent).toContain(`${ISO} does not exist`);
    expect(queryAll('status', /Creating/)).toEqual([]);
    await press('Escape', {}, get('button', 'Close'));
    expect(queryAll('dialog', /./)).toEqual([]);
    expect(fake.inputsOf('app.closeWindow')).toEqual([]);
    expect(get('textbox', 'Image file (.iso):')).toHaveProperty('value', ISO);
    expect(get('button', 'Finish').matches(':disabled')).toBe(false);
  });
});
