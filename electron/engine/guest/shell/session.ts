/** What a person's session on the guest remembers: the command prompt. Plain. */
export interface SessionState {
  lines: string[];
  input: string;
  /** Commands that were entered, newest last, and which one the arrow keys show. */
  history: string[];
  historyAt: number;
  busy: boolean;
}

export function newSession(): SessionState {
  return { lines: [], input: '', history: [], historyAt: 0, busy: false };
}
