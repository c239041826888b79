import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Patch } from '../../electron/management/inventory/change';
import { createVm } from '../../electron/management/create-vm';
import { Inventory } from '../../electron/management/inventory/inventory';
import { JournalChangeStore } from '../../electron/management/inventory/journal-store';
import { fakeVmms } from './fakes';

describe('the undo history after a restart', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'undo-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const fake = fakeVmms();
  const id = createVm(fake, fake.request());

  /** The inventory in the folder; of the fake's documents when there is none yet. */
  function open(): { inventory: Inventory; close: () => void; named: (name: string) => Patch[] } {
    const store = new JournalChangeStore(folder);
    const inventory = new Inventory(store, fake.store.documents);
    const named = (name: string): Patch[] => {
      const vm = inventory.vm(id);
      return [inventory.patchVm(vm, { ...vm, settings: { ...vm.settings, name } })];
    };
    return { inventory, close: () => store.close(), named };
  }

  it('has the commands, in order, and neither records nor the first documents', () => {
    const { inventory, close, named } = open();
    inventory.apply('renameVm', named('Two'));
    inventory.record('macAddress', named('Two'));
    inventory.apply('changeSettings', named('Three'));
    close();
    const again = open();
    expect(again.inventory.canUndo).toBe('changeSettings');
    again.inventory.undo(() => undefined);
    again.inventory.undo(() => undefined);
    expect(again.inventory.vm(id).settings.name).toBe('XP');
    expect(again.inventory.canUndo).toBeNull();
    again.close();
  });

  it('knows what was undone and what was repeated', () => {
    const { inventory, named } = open(); // never closed: as if the process had been killed
    inventory.apply('renameVm', named('Two'));
    inventory.apply('changeSettings', named('Three'));
    inventory.undo(() => undefined);
    inventory.undo(() => undefined);
    inventory.redo(() => undefined);
    const again = open();
    expect([again.inventory.canUndo, again.inventory.canRedo]).toEqual(['renameVm', 'changeSettings']);
    again.inventory.redo(() => undefined);
    expect(again.inventory.vm(id).settings.name).toBe('Three');
    again.close();
  });
});
