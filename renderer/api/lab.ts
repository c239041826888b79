import type { Answer, Lab } from '@shared/contract';
import type { ErrorCode, LabErrorData } from '@shared/model/errors';

/** The door to the main process. A function, so that a test can put another one in its place. */
export function lab(): Lab {
  return window.lab;
}

/** The value that a call answers: `ValueOf<Lab['files']['list']>`. */
export type ValueOf<F> = F extends (...args: never[]) => Promise<Answer<infer T>> ? T : never;

/** A refusal or failure that the main process answered, thrown in the window. */
export class LabFailure extends Error {
  constructor(readonly data: LabErrorData) {
    super(data.code);
  }

  get code(): ErrorCode {
    return this.data.code;
  }
}

/**
 * Unwraps the envelope of a call: `await ask(lab().machine.start({ vmId }))` is the value, or throws a {@link LabFailure} that
 * carries the error's code and parameters. `useErrors` turns it into a dialog.
 */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const answer = await call;
  if (!answer.ok) throw new LabFailure(answer.error);
  return answer.value;
}

/** What a `catch` got, as error data. A bug of ours has no code: it is `internal`, with its message for the details. */
export function errorData(error: unknown): LabErrorData {
  if (error instanceof LabFailure) return error.data;
  return { code: 'internal', params: { message: error instanceof Error ? error.message : String(error) }, details: [] };
}
