import { z } from 'zod';
import { hostProfileSchema } from './host-profile';
import { hostPathSchema, idSchema, vmSettingsSchema } from './vm-settings';
import { vmStateSchema } from './vm-state';

/** A virtual switch (virtual network before 2012). */
export const virtualSwitchSchema = z.object({
  id: idSchema,
  name: z.string().min(1).max(100),
  kind: z.enum(['external', 'internal', 'private']),
  notes: z.string(),
});
export type VirtualSwitch = z.infer<typeof virtualSwitchSchema>;

/** A virtual machine as documents hold it. Times are ISO 8601 of the simulated host's wall clock, without zone. */
export const vmRecordSchema = z.object({
  id: idSchema,
  settings: vmSettingsSchema,
  createdAt: z.string(),
  configurationVersion: z.string().nullable(),
  /** Folder of the configuration on the simulated host. */
  location: hostPathSchema,
  /** `off`, or `saved` with the saved state in its file; a machine that ran when the process died comes back off. */
  restState: z.enum(['off', 'saved']),
});
export type VmRecord = z.infer<typeof vmRecordSchema>;

export const heartbeatSchema = z.enum([
  'ok',
  'okNoApplicationData',
  'okApplicationsHealthy',
  'noContact',
  'lostCommunication',
  'paused',
  'error',
]);

/** What the manager shows of a machine that moves while it runs. All of it comes from the worker and its channels. */
export const vmRuntimeSchema = z.object({
  state: vmStateSchema,
  /** Percent of the host's processor time over the last second; null when off. */
  cpuPercent: z.number().nullable(),
  assignedMemoryMB: z.number().nullable(),
  /** What the guest needs by its own account; null when off, with static memory, and while no guest says it. */
  memoryDemandMB: z.number().nullable(),
  /** How much of demand and buffer the machine has; null with the demand. */
  memoryStatus: z.enum(['ok', 'low', 'warning']).nullable(),
  /** Whole seconds of partition time since start; null when off. */
  uptimeSeconds: z.number().nullable(),
  /** Running operation, for the Status column. */
  operation: z
    .object({
      kind: z.enum(['starting', 'restoring', 'saving', 'creatingDisk', 'waitingToStart']),
      percent: z.number().nullable(),
    })
    .nullable(),
  /** Null when the machine is off or the service is not offered. */
  heartbeat: heartbeatSchema.nullable(),
  adapters: z.array(
    z.object({
      adapterId: idSchema,
      macAddress: z.string().nullable(),
      ipAddresses: z.array(z.string()),
      connected: z.boolean(),
    }),
  ),
});
export type VmRuntime = z.infer<typeof vmRuntimeSchema>;

export const vmSummarySchema = vmRecordSchema.extend({ runtime: vmRuntimeSchema });
export type VmSummary = z.infer<typeof vmSummarySchema>;

/** Something a person should know and nobody asked for: a document was damaged or is too new, a machine did not start by itself. */
export const noticeSchema = z.object({
  id: z.string(),
  code: z.enum(['documentDamaged', 'documentNewer', 'diskMissing', 'autoStartFailed', 'ejectNotSaved']),
  params: z.record(z.string(), z.string()),
});
export type Notice = z.infer<typeof noticeSchema>;

/** The whole inventory as windows see it: one snapshot, replaced as a whole. `revision` grows with each change. */
export const inventorySnapshotSchema = z.object({
  revision: z.number().int(),
  host: hostProfileSchema,
  vms: z.array(vmSummarySchema),
  switches: z.array(virtualSwitchSchema),
  /** Host-wide paths in use for new machines and disks. */
  notices: z.array(noticeSchema),
  canUndo: z.string().nullable(),
  canRedo: z.string().nullable(),
});
export type InventorySnapshot = z.infer<typeof inventorySnapshotSchema>;
