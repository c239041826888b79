import { z } from 'zod';

/**
 * Codes of every refusal and failure, closed. The windows turn a code and its parameters into a sentence; main never
 * sends sentences. A refusal is the one that the real tool gives in the same case.
 */
export const ERROR_CODES = [
  'badRequest',
  'notAllowed',
  'notFound',
  'internal',
  // state
  'wrongState',
  'readOnlyDocument',
  // names and files
  'nameInvalid',
  'nameTaken',
  'pathInvalid',
  'fileNotFound',
  'fileExists',
  'folderNotFound',
  'fileInUse',
  'diskFull',
  'diskDamaged',
  'diskUnsupported',
  'diskTooLarge',
  'diskParentMissing',
  'vhdOnGeneration2',
  // start
  'notEnoughMemory',
  'attachmentMissing',
  'attachmentInUse',
  'macPoolExhausted',
  'macDuplicate',
  'savedStateUnusable',
  // settings
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
  'vlanInvalid',
  'settingsChanged',
  // commands
  'shutdownNotAvailable',
  'nothingToUndo',
  'networkInstallNeedsSwitch',
  'cancelled',
] as const;
export const errorCodeSchema = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

/** An error as data. `params` fill the sentence; `details` are lines for "See details" (device, path, code). */
export const labErrorSchema = z.object({
  code: errorCodeSchema,
  params: z.record(z.string(), z.string()),
  details: z.array(z.object({ code: errorCodeSchema, params: z.record(z.string(), z.string()) })),
});
export type LabErrorData = z.infer<typeof labErrorSchema>;

/** Thrown inside main, carried to windows as data. */
export class LabError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly params: Readonly<Record<string, string>> = {},
    readonly details: LabErrorData['details'] = [],
  ) {
    super(`${code} ${JSON.stringify(params)}`);
  }

  toData(): LabErrorData {
    return { code: this.code, params: { ...this.params }, details: [...this.details] };
  }
}
