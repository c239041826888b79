import type { z } from 'zod';
import type { ErrorCode } from '@shared/model/errors';

/** One call from a window to main: its schemas and the codes it may fail with beside `badRequest`, `notAllowed`, `internal`. */
export interface CallSpec<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'call';
  readonly input: I;
  readonly output: O;
  readonly errors: readonly ErrorCode[];
}

/** One event from main to windows. */
export interface EventSpec<P extends z.ZodType = z.ZodType> {
  readonly kind: 'event';
  readonly payload: P;
}

/** Declares a call. */
export function call<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
  errors: readonly ErrorCode[] = [],
): CallSpec<I, O> {
  return { kind: 'call', input, output, errors };
}

/** Declares an event. */
export function event<P extends z.ZodType>(payload: P): EventSpec<P> {
  return { kind: 'event', payload };
}
