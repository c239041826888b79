/**
 * Commands for trying a store: money moves between accounts, some accounts are closed, and none is ever made of nothing. Command
 * number k of a seed is always the same, so whoever knows how many were carried out knows what the documents must be.
 */
import { z } from 'zod';
import { Random } from '@engine/base/random';
import type { DocumentFormat } from '../../../electron/storage/documents/document-format';
import type { CommittedChange } from '../../../electron/storage/documents/journaled-store';

const ACCOUNTS = 12;
const START = 1_000_000;
const ledgerSchema = z.object({ last: z.number(), pot: z.number() });
const accountSchema = z.object({ last: z.number(), balance: z.number(), memo: z.string() });

export const ledgerFormat: DocumentFormat = {
  version: 1,
  migrations: [],
  schemaFor: (name) => (name === 'ledger' ? ledgerSchema : name.startsWith('account-') ? accountSchema : null),
};

export type Documents = ReadonlyMap<string, unknown>;

/** Command number `k`, carried out on `documents`: a transfer over two to five documents. */
export function commandOf(seed: number, k: number, documents: Documents): CommittedChange {
  const random = new Random(seed * 1_000_003 + k);
  const ledger = ledgerSchema.parse(documents.get('ledger') ?? { last: 0, pot: START });
  const names = new Set(Array.from({ length: 1 + random.below(4) }, () => `account-${random.below(ACCOUNTS)}`));
  let pot = ledger.pot;
  const patches = [...names].map((document) => {
    const before = documents.get(document) ?? null;
    const balance = before === null ? 0 : accountSchema.parse(before).balance;
    if (before !== null && random.below(5) === 0) {
      pot += balance;
      return { document, before, after: null };
    }
    const amount = random.below(Math.floor(pot / 10) + 1);
    pot -= amount;
    const memo = 'x'.repeat(random.below(10) === 0 ? random.below(60_000) : random.below(200));
    return { document, before, after: { last: k, balance: balance + amount, memo } };
  });
  const before = documents.get('ledger') ?? null;
  return { command: `transfer-${k}`, patches: [{ document: 'ledger', before, after: { last: k, pot } }, ...patches] };
}

/** What the documents become by a command. */
export function applied(documents: Documents, change: CommittedChange): Documents {
  const next = new Map(documents);
  for (const { document, after } of change.patches) {
    if (after === null) next.delete(document);
    else next.set(document, after);
  }
  return next;
}

/** All money there is: always the same. */
export function totalOf(documents: Documents): number {
  const accounts = [...documents].filter(([name]) => name !== 'ledger');
  const sum = accounts.reduce((total, [, account]) => total + accountSchema.parse(account).balance, 0);
  return sum + ledgerSchema.parse(documents.get('ledger') ?? { last: 0, pot: START }).pot;
}

export const TOTAL = START;
