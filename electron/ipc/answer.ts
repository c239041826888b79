import type { z } from 'zod';
import type { Answer } from '@shared/contract';
import type { CallSpec } from '@shared/contract/define';
import { LabError, type ErrorCode, type LabErrorData } from '@shared/model/errors';

/** A call that is carried out: input checked, errors turned into data, output checked. Never rejects. */
export async function answer(
  spec: CallSpec,
  input: unknown,
  run: (input: unknown) => unknown,
  report: (error: unknown) => void,
): Promise<Answer<unknown>> {
  const parsed = spec.input.safeParse(input);
  if (!parsed.success) return failure('badRequest', { where: describe(parsed.error) });
  try {
    const value = await run(parsed.data);
    const checked = spec.output.safeParse(value);
    if (checked.success) return { ok: true, value: checked.data };
    throw new Error(`answer does not fit the contract: ${describe(checked.error)}`);
  } catch (error) {
    if (error instanceof LabError && allowed(spec, error.code)) return { ok: false, error: error.toData() };
    report(error);
    return failure('internal', { message: error instanceof Error ? error.message : String(error) });
  }
}

/** An envelope for an error that has no LabError behind it. */
export function failure(code: ErrorCode, params: LabErrorData['params']): Answer<never> {
  return { ok: false, error: { code, params, details: [] } };
}

function allowed(spec: CallSpec, code: ErrorCode): boolean {
  return code === 'notAllowed' || code === 'badRequest' || spec.errors.includes(code);
}

function describe(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ');
}
