import { z } from 'zod';
import { hostIdSchema } from '@shared/model/host-profile';
import { vmRecordSchema, virtualSwitchSchema } from '@shared/model/inventory';
import { idSchema, macTextSchema } from '@shared/model/vm-settings';

/** The host's own document: which host it is, and what it hands out. */
export const hostDocumentSchema = z.object({
  hostId: hostIdSchema,
  language: z.enum(['en', 'es']),
  /** Questions that the user does not want to see again. */
  silenced: z.array(z.string()),
  /** Last byte of the next dynamic MAC address to try, 0-255. */
  nextMac: z.number().int().min(0).max(255),
  /** Machines that run, or ran when the service stopped: for their Automatic Start Action. */
  running: z.array(idSchema).default([]),
});
export type HostDocument = z.infer<typeof hostDocumentSchema>;

export const switchesDocumentSchema = z.object({ switches: z.array(virtualSwitchSchema) });
export type SwitchesDocument = z.infer<typeof switchesDocumentSchema>;

/** Name of the document of a machine. */
export function vmDocument(id: string): string {
  return `vm-${id}`;
}

/** The schema that a document of this name must fit, or null for a name that is none of ours. */
export function schemaFor(name: string): z.ZodType | null {
  if (name === 'host') return hostDocumentSchema;
  if (name === 'switches') return switchesDocumentSchema;
  return name.startsWith('vm-') ? vmRecordSchema : null;
}

/** Dynamic addresses a host may give: three fixed bytes, two of its IPv4 address, and 256 last bytes. */
export function dynamicMac(ipv4: string, last: number): string {
  const hex = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase();
  const octets = ipv4.split('.').map(Number);
  return macTextSchema.parse(['00', '15', '5D', hex(octets[2] ?? 0), hex(octets[3] ?? 0), hex(last)].join('-'));
}
