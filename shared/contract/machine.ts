import { z } from 'zod';
import { desktopActionSchema, guestScreenSchema } from '@shared/model/guest-view';
import { hostPathSchema, idSchema } from '@shared/model/vm-settings';
import { call, event } from './define';

const onVm = z.object({ vmId: idSchema });
/** Pixels since the last event. */
const movement = z.number().int().min(-4096).max(4096);

/** The life of a machine and its console. Each state call answers when the new state is reached or the change has failed. */
export const machineContract = {
  start: call(onVm, z.void(), [
    'notFound',
    'wrongState',
    'notEnoughMemory',
    'attachmentMissing',
    'attachmentInUse',
    'macPoolExhausted',
    'macDuplicate',
    'savedStateUnusable',
    'diskDamaged',
    'diskParentMissing',
    'diskUnsupported',
  ]),
  turnOff: call(onVm, z.void(), ['notFound', 'wrongState']),
  shutDown: call(onVm, z.void(), ['notFound', 'wrongState', 'shutdownNotAvailable']),
  save: call(onVm, z.void(), ['notFound', 'wrongState', 'diskFull']),
  pause: call(onVm, z.void(), ['notFound', 'wrongState']),
  resume: call(onVm, z.void(), ['notFound', 'wrongState']),
  reset: call(onVm, z.void(), ['notFound', 'wrongState']),
  deleteSavedState: call(onVm, z.void(), ['notFound', 'wrongState']),

  /** Inserts an image into a DVD drive, or ejects it (null). Allowed while running. */
  setDvdMedia: call(onVm.extend({ driveId: idSchema, path: hostPathSchema.nullable() }), z.void(), [
    'notFound',
    'fileNotFound',
    'fileInUse',
    'diskUnsupported',
  ]),

  /** Puts a diskette into the drive of a Generation 1 machine, or ejects it (null). Allowed while running. */
  setDisketteMedia: call(onVm.extend({ path: hostPathSchema.nullable() }), z.void(), [
    'notFound',
    'notOnThisGeneration',
    'fileNotFound',
    'fileInUse',
    'diskUnsupported',
  ]),

  /** Screen as it is now; `screenChanged` follows for as long as the window that asked is open. */
  watchScreen: call(onVm, guestScreenSchema, ['notFound']),
  screenChanged: event(onVm.extend({ screen: guestScreenSchema })),
  /** A key of the console's keyboard: IBM set 1 make code, `extended` for the E0 prefix. */
  sendKey: call(
    onVm.extend({ code: z.number().int().min(1).max(0x7f), down: z.boolean(), extended: z.boolean() }),
    z.void(),
    ['notFound', 'wrongState'],
  ),
  /** What the person does to the windows of the guest's desktop. Nothing while the guest has none. */
  useDesktop: call(onVm.extend({ action: desktopActionSchema }), z.void(), ['notFound', 'wrongState']),
  /**
   * The pointer over the console's picture: where it is (0 to 32767 from the left and upper edge), how far it moved in pixels, wheel
   * notches towards the person, buttons (bit 0 left, bit 1 right, bit 2 middle, bits 3 and 4 the extra ones).
   */
  sendPointer: call(
    onVm.extend({
      x: z.number().int().min(0).max(0x7fff),
      y: z.number().int().min(0).max(0x7fff),
      dx: movement,
      dy: movement,
      wheel: z.number().int().min(-15).max(15),
      buttons: z.number().int().min(0).max(0x1f),
    }),
    z.void(),
    ['notFound', 'wrongState'],
  ),
  sendCtrlAltDelete: call(onVm, z.void(), ['notFound', 'wrongState']),
  /** Types text as keystrokes (US layout), as Clipboard > Type clipboard text does. */
  typeText: call(onVm.extend({ text: z.string().max(10_000) }), z.void(), ['notFound', 'wrongState']),
  /** Counters of the machine's trace and its inspect tree, for the Inspect view and for tests. */
  inspect: call(onVm, z.object({ counters: z.record(z.string(), z.number()), tree: z.unknown() }), ['notFound']),
} as const;
