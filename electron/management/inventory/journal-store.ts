import { LabError } from '@shared/model/errors';
import { JournaledStore, type HistoryEntry } from '../../storage/documents/journaled-store';
import { StoreError } from '../../storage/documents/store-error';
import type { Change, ChangeStore, StoreNotice } from './change';
import { schemaFor } from './documents';

/** Version of the inventory's documents. A change of their form raises it and adds a migration below. */
const FORMAT = { version: 1, migrations: [], schemaFor };

/** The inventory's documents in a folder of the data directory. */
export class JournalChangeStore implements ChangeStore {
  private readonly store: JournaledStore;

  constructor(folder: string) {
    this.store = new JournaledStore(folder, FORMAT);
  }

  load(): { documents: Map<string, unknown>; notices: StoreNotice[]; history: Change[] } {
    const { documents, notices, history } = this.store.load();
    return {
      documents,
      notices: notices.map(({ code, document, file }) => ({ code, document, file })),
      history: history.map(toChange),
    };
  }

  commit({ command, role, patches }: Change): void {
    try {
      this.store.commit({
        command,
        role,
        patches: patches.map(({ document, before, after }) => ({ document, before, after })),
      });
    } catch (error) {
      if (error instanceof StoreError)
        throw new LabError(error.code === 'read-only' ? 'readOnlyDocument' : 'diskFull', { document: error.message });
      throw error;
    }
  }

  close(): void {
    this.store.close();
  }
}

function toChange({ command, role, patches }: HistoryEntry): Change {
  return {
    command,
    role: role ?? 'record',
    patches: patches.map(({ document, before, after }) => ({ document, before: before ?? null, after })),
  };
}
