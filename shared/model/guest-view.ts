import { z } from 'zod';

/**
 * What the console of a virtual machine shows. It is a picture of what firmware and guest put there: characters of VGA
 * text memory, or the guest's own desktop, which lists what its kernel found on buses. Nothing of it comes from the settings.
 */

/** Text mode: characters and attributes of VGA text memory, row by row, two bytes a cell, base64. */
export const textScreenSchema = z.object({
  kind: z.literal('text'),
  columns: z.number().int(),
  rows: z.number().int(),
  cells: z.string(),
  cursor: z.object({ column: z.number().int(), row: z.number().int(), visible: z.boolean() }),
});
export type TextScreen = z.infer<typeof textScreenSchema>;

/** One node of the guest's Device Manager. Names are the guest's own, in the guest's language (English). */
export const deviceNodeSchema = z.object({
  /** Hardware id that the driver matched or that nobody matched, `PCI\VEN_1011&DEV_0009&REV_20`. */
  hardwareId: z.string(),
  instance: z.string(),
  name: z.string(),
  /** Category, `Network adapters`. */
  category: z.string(),
  driver: z.string().nullable(),
  /** Device Manager problem code: 0 works, 28 no driver … */
  code: z.number().int(),
  location: z.string(),
  resources: z.array(z.string()),
});
export type DeviceNode = z.infer<typeof deviceNodeSchema>;

/** One connection of the guest's network folder. */
export const guestConnectionSchema = z.object({
  name: z.string(),
  device: z.string(),
  macAddress: z.string(),
  linkUp: z.boolean(),
  speedMbps: z.number(),
  dhcp: z.enum(['searching', 'bound', 'failed', 'static', 'off']),
  address: z.string().nullable(),
  mask: z.string().nullable(),
  gateway: z.string().nullable(),
  dnsServers: z.array(z.string()),
  dhcpServer: z.string().nullable(),
  sent: z.number(),
  received: z.number(),
});
export type GuestConnection = z.infer<typeof guestConnectionSchema>;

/** Programs of the guest that can be opened from its desktop, and the sheets that they open. */
export const guestProgramSchema = z.enum(['devices', 'network', 'prompt', 'device', 'connection']);
export type GuestProgram = z.infer<typeof guestProgramSchema>;

/** A window on the guest's desktop. Place in pixels of the guest's screen. */
export const guestWindowSchema = z.object({
  /** `program:subject`: a program has one window, or one for each subject. */
  id: z.string(),
  program: guestProgramSchema,
  /** Instance of the device or name of the connection that a sheet is about; empty for programs. */
  subject: z.string(),
  x: z.number().int(),
  y: z.number().int(),
  minimized: z.boolean(),
});
export type GuestWindow = z.infer<typeof guestWindowSchema>;

const onWindow = z.object({ id: z.string().max(300) });

/** What a person does to the windows of the guest's desktop with pointer or keys. */
export const desktopActionSchema = z.discriminatedUnion('act', [
  z.object({ act: z.literal('open'), program: guestProgramSchema, subject: z.string().max(260) }),
  onWindow.extend({ act: z.literal('activate') }),
  onWindow.extend({ act: z.literal('minimize') }),
  onWindow.extend({ act: z.literal('close') }),
  onWindow.extend({
    act: z.literal('move'),
    x: z.number().int().min(-4096).max(4096),
    y: z.number().int().min(0).max(4096),
  }),
]);
export type DesktopAction = z.infer<typeof desktopActionSchema>;

/** A graphical guest: which windows lie on its desktop and what they list. */
export const desktopScreenSchema = z.object({
  kind: z.literal('desktop'),
  /** Look of the desktop: one of the themes that the renderer draws. */
  theme: z.enum(['xp', 'classic', 'aero', 'metro', 'fluent']),
  width: z.number().int(),
  height: z.number().int(),
  osName: z.string(),
  computerName: z.string(),
  /** Wall clock of the guest, `HH:MM`. */
  clock: z.string(),
  devices: z.array(deviceNodeSchema),
  connections: z.array(guestConnectionSchema),
  /** In the order in which they lie on each other; the last that is not minimized is the active one. */
  windows: z.array(guestWindowSchema),
  /** Command Prompt: lines so far and the line being typed. */
  shell: z.object({ lines: z.array(z.string()), input: z.string(), busy: z.boolean() }),
  /** True when the pointer is taken by a relative PS/2 mouse and must be released by keys. */
  pointer: z.enum(['captured', 'integrated']),
});
export type DesktopScreen = z.infer<typeof desktopScreenSchema>;

/** A graphical stage without windows: boot logo with its caption and progress. */
export const splashScreenSchema = z.object({
  kind: z.literal('splash'),
  theme: z.enum(['xp', 'classic', 'aero', 'metro', 'fluent', 'setup']),
  title: z.string(),
  caption: z.string(),
  /** 0-100, or null for an endless bar. */
  percent: z.number().nullable(),
});
export type SplashScreen = z.infer<typeof splashScreenSchema>;

export const guestScreenSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('off') }),
  textScreenSchema,
  splashScreenSchema,
  desktopScreenSchema,
]);
export type GuestScreen = z.infer<typeof guestScreenSchema>;
