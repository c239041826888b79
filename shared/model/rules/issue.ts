import type { ErrorCode } from '../errors';

/** One thing that is wrong with what a person entered, where, and in the words of an error code. */
export interface RuleIssue {
  /** Path of the field in the document: `memory.startupMB`, `adapters.0.vlan`. */
  readonly field: string;
  readonly code: ErrorCode;
  readonly params: Readonly<Record<string, string>>;
}

export function issue(field: string, code: ErrorCode, params: Readonly<Record<string, string>> = {}): RuleIssue {
  return { field, code, params };
}
