import { z } from 'zod';
import { hostIdSchema } from '@shared/model/host-profile';
import { idSchema } from '@shared/model/vm-settings';
import { call, event } from './define';

/** The application itself: start-up data of a window, language, messages that must not be shown again. */
export const appContract = {
  /** What a window needs before its first picture. `role` says which window this is. */
  bootstrap: call(
    z.void(),
    z.object({
      role: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('manager') }),
        z.object({ kind: z.literal('settings'), vmId: idSchema }),
        z.object({ kind: z.literal('console'), vmId: idSchema }),
        z.object({ kind: z.literal('newVm') }),
      ]),
      language: z.enum(['en', 'es']),
      hostId: hostIdSchema,
      version: z.string(),
      electron: z.string(),
      /** Ids of questions that the user does not want to see again. */
      silenced: z.array(z.string()),
    }),
  ),
  /** Opens (or brings to front) the Settings window of a machine. */
  openSettings: call(z.object({ vmId: idSchema }), z.void(), ['notFound']),
  /** Opens (or brings to front) the connection window of a machine. */
  openConsole: call(z.object({ vmId: idSchema }), z.void(), ['notFound']),
  openNewVm: call(z.void(), z.void()),
  /** Closes the window that asks. */
  closeWindow: call(z.void(), z.void()),
  /** Sets the title of the window that asks: titles are in the language of the page. */
  setTitle: call(z.object({ title: z.string().max(300) }), z.void()),
  /** Makes the content area of the window that asks as large as a guest's screen needs. */
  resizeContent: call(
    z.object({ width: z.number().int().min(200).max(4000), height: z.number().int().min(150).max(3000) }),
    z.void(),
  ),
  /** Lets the window that asks fill the screen, or gives it its frame back. */
  fullScreen: call(z.object({ on: z.boolean() }), z.void()),
  /** Text on the clipboard of the real computer, at most what can be typed at once: for Clipboard > Type clipboard text. */
  clipboardText: call(z.void(), z.object({ text: z.string().max(10_000) })),
  /** Puts a picture of a part of the window that asks on the clipboard: for Clipboard > Capture screen. */
  copyPicture: call(
    z.object({
      x: z.number().int().min(0),
      y: z.number().int().min(0),
      width: z.number().int().min(1),
      height: z.number().int().min(1),
    }),
    z.void(),
  ),
  silence: call(z.object({ question: z.string().max(100) }), z.void()),
  resetSilenced: call(z.void(), z.void()),
  languageChanged: event(z.object({ language: z.enum(['en', 'es']) })),
} as const;
