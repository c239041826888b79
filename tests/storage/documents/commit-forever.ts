/**
 * A process that commits commands until it is killed, and says each number on its standard output once `commit` has returned.
 * Arguments: folder, seed, records between checkpoints. When a commit is refused it says "refused <code>" and ends.
 */
import { writeSync } from 'node:fs';
import { JournaledStore } from '../../../electron/storage/documents/journaled-store';
import { StoreError } from '../../../electron/storage/documents/store-error';
import { applied, commandOf, ledgerFormat } from './ledger';

const [folder = '', seed = '0', checkpointRecords = '8'] = process.argv.slice(2);
const store = new JournaledStore(folder, ledgerFormat, {
  checkpointRecords: Number(checkpointRecords),
  historyLimit: 10,
});
const loaded = store.load();
let documents: ReadonlyMap<string, unknown> = loaded.documents;
let sequence = loaded.sequence;
for (;;) {
  const change = commandOf(Number(seed), sequence + 1, documents);
  try {
    sequence = store.commit(change);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    writeSync(1, `refused ${error.code}\n`);
    break;
  }
  documents = applied(documents, change);
  writeSync(1, `${sequence}\n`);
}
