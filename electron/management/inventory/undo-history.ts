import { LabError } from '@shared/model/errors';
import { invert, type Change } from './change';

const LIMIT = 100;

/**
 * The commands that can be taken back, and those that were. It is nothing but the order of the changes so far: adding the
 * changes of the journal again gives the same history after a restart.
 */
export class UndoHistory {
  private done: Change[] = [];
  private undone: Change[] = [];

  /** @param changes those of earlier, oldest first */
  constructor(changes: readonly Change[]) {
    for (const change of changes) this.add(change);
  }

  /** A change has become durable. A new command forgets what was undone before it. */
  add(change: Change): void {
    if (change.role === 'record') return;
    if (change.role === 'undo') this.move(this.done, this.undone, change);
    else if (change.role === 'redo') this.move(this.undone, this.done, change);
    else {
      this.done = [...this.done, change].slice(-LIMIT);
      this.undone = [];
    }
  }

  /** The changes that Undo and Redo would carry out, or null. */
  get next(): { readonly undo: Change | null; readonly redo: Change | null } {
    return { undo: this.inverse(this.done, 'undo'), redo: this.inverse(this.undone, 'redo') };
  }

  /** The change that Undo or Redo carries out; throws `nothingToUndo`. */
  take(role: 'undo' | 'redo'): Change {
    const change = this.next[role];
    if (!change) throw new LabError('nothingToUndo');
    return change;
  }

  private inverse(from: readonly Change[], role: 'undo' | 'redo'): Change | null {
    const last = from.at(-1);
    return last ? { ...invert(last), role } : null;
  }

  /** The command itself may be older than what the journal remembers; its inverse is known all the same. */
  private move(from: Change[], to: Change[], change: Change): void {
    from.pop();
    to.push(change);
  }
}
