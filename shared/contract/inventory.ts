import { z } from 'zod';
import { inventorySnapshotSchema, virtualSwitchSchema } from '@shared/model/inventory';
import { newVmRequestSchema } from '@shared/model/new-vm';
import { idSchema, vmNameSchema, vmSettingsSchema } from '@shared/model/vm-settings';
import { call, event } from './define';

const onVm = z.object({ vmId: idSchema });

/** The inventory: snapshots, and the intentions that change it. */
export const inventoryContract = {
  snapshot: call(z.void(), inventorySnapshotSchema),
  /** Sent after every change, at most some times a second; carries the whole snapshot. */
  changed: event(inventorySnapshotSchema),

  createVm: call(newVmRequestSchema, onVm, [
    'nameInvalid',
    'pathInvalid',
    'fileExists',
    'fileNotFound',
    'folderNotFound',
    'diskFull',
    'diskTooLarge',
    'diskUnsupported',
    'memoryOutOfRange',
    'networkInstallNeedsSwitch',
    'vhdOnGeneration2',
    'notOnThisHost',
    'readOnlyDocument',
    'notEnoughMemory',
    'attachmentMissing',
  ]),
  renameVm: call(onVm.extend({ name: vmNameSchema }), z.void(), [
    'notFound',
    'nameInvalid',
    'wrongState',
    'readOnlyDocument',
  ]),
  deleteVm: call(onVm, z.void(), ['notFound', 'wrongState', 'readOnlyDocument']),
  /**
   * Applies a changed settings document. `base` is the revision the dialog was opened with or last applied: when somebody
   * changed the same machine since, `settingsChanged` refuses and nothing is lost on either side.
   */
  applySettings: call(onVm.extend({ settings: vmSettingsSchema, previous: vmSettingsSchema }), z.void(), [
    'notFound',
    'wrongState',
    'settingsChanged',
    'nameInvalid',
    'memoryOutOfRange',
    'processorsOutOfRange',
    'tooManyAdapters',
    'tooManyLegacyAdapters',
    'tooManyControllers',
    'locationInUse',
    'changeNeedsOff',
    'notOnThisGeneration',
    'notOnThisHost',
    'macInvalid',
    'macDuplicate',
    'vlanInvalid',
    'fileNotFound',
    'fileInUse',
    'diskUnsupported',
    'diskDamaged',
    'vhdOnGeneration2',
    'readOnlyDocument',
  ]),
  createSwitch: call(virtualSwitchSchema.omit({ id: true }), z.object({ switchId: idSchema }), [
    'nameTaken',
    'nameInvalid',
    'notAllowed',
  ]),
  deleteSwitch: call(z.object({ switchId: idSchema }), z.void(), ['notFound']),
  undo: call(z.void(), z.void(), ['nothingToUndo', 'wrongState', 'fileInUse', 'fileExists']),
  redo: call(z.void(), z.void(), ['nothingToUndo', 'wrongState', 'fileInUse', 'fileExists']),
  dismissNotice: call(z.object({ id: z.string() }), z.void()),
} as const;
