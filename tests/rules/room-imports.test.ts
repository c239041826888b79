import { describe, expect, it } from 'vitest';
import { rooms } from '../../scripts/lint/rooms.mjs';
import { brokenRules } from './lint';

const RULE = 'lab/room-imports';

async function isForbidden(file: string, specifier: string): Promise<boolean> {
  const broken = await brokenRules(file, `import { thing } from '${specifier}';\nexport const copy = thing;\n`);
  expect(broken.filter((rule) => rule !== RULE)).toEqual([]);
  return broken.includes(RULE);
}

const FORBIDDEN: readonly [file: string, specifier: string, why: string][] = [
  ['electron/engine/base/probe.ts', '../clock/clock', 'base is the first room'],
  ['electron/engine/memory/probe.ts', '../hypervisor/partition', 'memory lies above the hypervisor'],
  ['electron/engine/devices/probe.ts', '../hypervisor/partition', 'a device does not know its partition'],
  ['electron/engine/devices/dec21140/probe.ts', '../../guest/kernel/device', 'a device does not know its guest'],
  [
    'electron/engine/guest/drivers/probe.ts',
    '../../devices/dec21140/dec21140',
    'a guest sees only what hardware shows',
  ],
  ['electron/engine/guest/vsc/probe.ts', '@engine/parent/vsp/netvsp', 'a guest knows no provider'],
  ['electron/engine/guest/vsc/probe.ts', '@engine/vswitch/ethernet-switch', 'a guest knows no switch'],
  ['electron/engine/vmbus/probe.ts', '../machine/machine', 'only rooms above'],
  ['electron/engine/clock/probe.ts', 'node:fs', 'the engine knows no Node'],
  ['electron/engine/clock/probe.ts', 'electron', 'the engine knows no Electron'],
  ['electron/engine/clock/probe.ts', 'zod', 'no package unless named'],
  ['electron/engine/machine/probe.ts', '../../worker/machines', 'the engine knows nothing above itself'],
  ['electron/engine/base/probe.ts', '@shared/contract/app', 'the engine knows the model, not the contract'],
  ['electron/engine/new-room/probe.ts', '../base/bytes', 'a folder that no room names'],
  ['electron/probe.ts', './app/switches', 'a file that lies in no room'],
  ['electron/management/probe.ts', 'electron', 'management runs without windows'],
  ['electron/management/probe.ts', '../ipc/serve', 'management does not know who calls it'],
  ['electron/management/probe.ts', '@engine/machine/machine', 'management knows what guests are, not how they run'],
  ['electron/main.ts', './management/vmms', 'the first module holds the start order only'],
  ['electron/storage/probe.ts', '../management/vmms', 'storage does not know what it keeps'],
  ['electron/worker/probe.ts', '../management/vmms', 'the worker is told, it does not ask'],
  ['electron/preload.ts', './app/switches', 'the preload is made of the contract alone'],
  ['electron/preload.ts', 'node:fs', 'the preload runs in a sandbox'],
  ['renderer/views/probe.ts', '@engine/base/bytes', 'windows show snapshots'],
  ['renderer/views/probe.ts', '../../electron/app/switches', 'windows show snapshots'],
  ['renderer/stores/probe.ts', 'electron', 'windows reach the main process through the contract'],
  ['renderer/stores/probe.ts', 'lodash', 'no package unless named'],
  ['shared/model/probe.ts', '@shared/contract/app', 'the model lies under the contract'],
  ['shared/model/probe.ts', '../contract/app', 'the model lies under the contract'],
  ['shared/model/probe.ts', 'vue', 'the model is plain'],
  ['shared/contract/probe.ts', '@engine/base/bytes', 'the contract knows only the model'],
  ['tests/engine/probe.test.ts', '../../../elsewhere/thing', 'nothing outside the project'],
  ['tests/engine/probe.test.ts', '/opt/elsewhere/thing', 'nothing outside the project'],
];

const ALLOWED: readonly [file: string, specifier: string][] = [
  ['electron/engine/base/probe.ts', './bytes'],
  ['electron/engine/devices/dec21140/probe.ts', '../../bus/config-space'],
  ['electron/engine/devices/dec21140/probe.ts', '@engine/base/bytes'],
  ['electron/engine/vmbus/server/probe.ts', '../../hypervisor/partition'],
  ['electron/engine/guest/os/probe.ts', '@shared/model/guest-view'],
  ['electron/engine/guest/firmware/probe.ts', '../../devices/bios-helper'],
  ['electron/engine/machine/probe.ts', '../devices/dec21140/dec21140'],
  ['electron/worker/probe.ts', '@engine/machine/machine'],
  ['electron/storage/probe.ts', 'node:fs'],
  ['electron/management/probe.ts', '../storage/documents/document-files'],
  ['electron/ipc/handlers/probe.ts', 'electron'],
  ['electron/preload.ts', '@shared/contract'],
  ['renderer/views/probe.ts', 'vue'],
  ['renderer/views/probe.ts', '@shared/model/vm-settings'],
  ['renderer/theme/probe.ts', '@fluentui/svg-icons/icons/add_16_regular.svg?raw'],
  ['shared/contract/probe.ts', '../model/vm-settings'],
  ['tests/engine/probe.test.ts', '@engine/base/bytes'],
];

describe('imports between rooms', () => {
  it.each(FORBIDDEN)('%s may not import %s: %s', async (file, specifier) => {
    expect(await isForbidden(file, specifier)).toBe(true);
  });

  it.each(ALLOWED)('%s may import %s', async (file, specifier) => {
    expect(await isForbidden(file, specifier)).toBe(false);
  });

  it.each([
    ["import type { Thing } from '../machine/machine';\nexport type Copy = Thing;", 'a type'],
    ["export { thing } from '../machine/machine';", 'an export from elsewhere'],
    ["export * from '../machine/machine';", 'an export of everything'],
    ["export type Thing = import('../machine/machine').Thing;", 'a type import in place'],
    ["import '../machine/machine';", 'an import for its effect'],
  ])('sees through %s', async (text) => {
    expect(await brokenRules('electron/engine/bus/probe.ts', text)).toContain(RULE);
  });

  it('sees imports at run time, and refuses those it cannot read', async () => {
    const file = 'electron/storage/probe.ts';
    expect(await brokenRules(file, "export const later = () => import('../management/vmms');")).toEqual([RULE]);
    expect(await brokenRules(file, 'export const later = (name: string) => import(name);')).toEqual([RULE]);
  });

  it('looks into Vue files', async () => {
    const script =
      '<script setup lang="ts">\nimport { app } from \'electron\';\n</script>\n\n<template>\n  <p>{{ app }}</p>\n</template>\n';
    expect(await brokenRules('renderer/views/Probe.vue', script)).toContain(RULE);
  });

  it('lets an engine room import only rooms above it', () => {
    const allowed = new Map<string, readonly string[]>(Object.entries(rooms));
    const order = [...allowed.keys()].filter(
      (room) => room.startsWith('electron/engine/') && !room.endsWith('/machine'),
    );
    for (const [index, room] of order.entries()) {
      const inside = (allowed.get(room) ?? []).filter((entry) => entry.startsWith('electron/engine/'));
      const above = order.slice(0, index);
      expect(inside.filter((entry) => !above.some((name) => entry === name || entry.startsWith(`${name}/`)))).toEqual(
        [],
      );
    }
  });
});
