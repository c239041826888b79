import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Random } from '@engine/base/random';
import { JournaledStore } from '../../../electron/storage/documents/journaled-store';
import type { DocumentFormat } from '../../../electron/storage/documents/document-files';

const format: DocumentFormat = {
  version: 2,
  migrations: [
    {
      from: 1,
      documents: /^vm-/,
      migrate: (data) => ({ ...z.object({ name: z.string() }).parse(data), notes: 'from version 1' }),
    },
  ],
  schemaFor: (name) =>
    name.startsWith('vm-')
      ? z.object({ name: z.string(), notes: z.string() })
      : name === 'host'
        ? z.object({ next: z.number() })
        : null,
};
const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'journal-'));
  folders.push(made);
  return made;
};
const open = (path: string): JournaledStore => new JournaledStore(path, format);
const vm = (name: string): { name: string; notes: string } => ({ name, notes: '' });
afterEach(() => folders.splice(0));

describe('journaled store', () => {
  it('has every committed change after reopening, without a clean end', () => {
    const path = folder();
    const store = open(path);
    store.load();
    for (let i = 0; i < 150; i++) {
      store.commit({
        command: 'x',
        patches: [
          { document: `vm-${i % 7}`, after: i % 11 === 10 ? null : vm(`n${i}`) },
          { document: 'host', after: { next: i } },
        ],
      });
    }
    const { documents, notices } = open(path).load();
    expect(notices).toEqual([]);
    expect(documents.get('host')).toEqual({ next: 149 });
    for (let slot = 0; slot < 7; slot++) {
      const last = Math.max(...Array.from({ length: 150 }, (_, i) => (i % 7 === slot ? i : -1)));
      expect(documents.get(`vm-${slot}`)).toEqual(last % 11 === 10 ? undefined : vm(`n${last}`));
    }
  });

  it('cuts a torn tail at every possible length: the change before it is whole, the torn one is not there', () => {
    const path = folder();
    const store = open(path);
    store.load();
    store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm('one') }] });
    const journal = join(path, 'journal.log');
    const whole = readFileSync(journal).length;
    store.commit({
      command: 'b',
      patches: [
        { document: 'vm-1', after: vm('two') },
        { document: 'vm-2', after: vm('two') },
      ],
    });
    const both = readFileSync(journal);
    for (let length = whole; length < both.length; length += 3) {
      const copy = folder();
      writeFileSync(join(copy, 'journal.log'), both.subarray(0, length));
      const { documents, notices } = open(copy).load();
      expect([...documents]).toEqual([['vm-1', vm('one')]]);
      expect(notices).toEqual([]);
    }
  });

  it('sets a damaged document aside by name and loads the rest', () => {
    const path = folder();
    const store = open(path);
    store.load();
    store.commit({
      command: 'a',
      patches: [
        { document: 'vm-1', after: vm('one') },
        { document: 'vm-2', after: vm('two') },
      ],
    });
    store.close();
    const file = join(path, 'documents', 'vm-1.json');
    writeFileSync(file, '{"version": 2, "sequence": 1, "data": {"na');
    const { documents, notices } = open(path).load();
    expect([...documents.keys()]).toEqual(['vm-2']);
    expect(notices).toEqual([{ code: 'documentDamaged', document: 'vm-1', file: `${file}.damaged-1` }]);
    expect(readFileSync(`${file}.damaged-1`, 'utf8')).toContain('{"na');
    writeFileSync(file, 'again');
    expect(open(path).load().notices[0]?.file).toBe(`${file}.damaged-2`); // never overwritten
  });

  it('keeps a copy of a journal that is damaged in the middle, and says so', () => {
    const path = folder();
    const store = open(path);
    store.load();
    for (const name of ['one', 'two', 'three'])
      store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm(name) }] });
    const journal = join(path, 'journal.log');
    const bytes = readFileSync(journal);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0xff;
    writeFileSync(journal, bytes);
    const { documents, notices } = open(path).load();
    expect(documents.get('vm-1')).toEqual(vm('one'));
    expect(notices).toEqual([{ code: 'documentDamaged', document: 'journal', file: `${journal}.damaged-1` }]);
    expect(readFileSync(`${journal}.damaged-1`)).toEqual(bytes);
  });

  it('migrates forward, and leaves a newer document alone', () => {
    const path = folder();
    open(path).load();
    const documents = join(path, 'documents');
    writeFileSync(join(documents, 'vm-old.json'), JSON.stringify({ version: 1, sequence: 0, data: { name: 'old' } }));
    const newer = JSON.stringify({ version: 3, sequence: 0, data: { name: 'new', notes: 'x', more: 1 } });
    writeFileSync(join(documents, 'vm-new.json'), newer);
    const store = open(path);
    const loaded = store.load();
    expect(loaded.documents.get('vm-old')).toEqual({ name: 'old', notes: 'from version 1' });
    expect(loaded.documents.get('vm-new')).toEqual({ name: 'new', notes: 'x' });
    expect(loaded.notices).toEqual([
      { code: 'documentNewer', document: 'vm-new', file: join(documents, 'vm-new.json') },
    ]);
    store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm('one') }] });
    store.close();
    expect(readFileSync(join(documents, 'vm-new.json'), 'utf8')).toBe(newer);
  });

  it('opens whatever rubbish lies in its files without throwing', () => {
    const random = new Random(5);
    for (let round = 0; round < 60; round++) {
      const path = folder();
      const store = open(path);
      store.load();
      for (let i = 0; i < 4; i++) store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm(`n${i}`) }] });
      if (round % 2 === 0) store.close();
      const victims = [join(path, 'journal.log'), join(path, 'documents', 'vm-1.json')].filter((file) =>
        existsSync(file),
      );
      const victim = victims[random.below(victims.length)] ?? '';
      const length = readFileSync(victim).length;
      if (random.below(2) === 0) truncateSync(victim, random.below(length + 1));
      else appendFileSync(victim, random.bytes(random.below(40)));
      const again = open(path);
      const { documents } = again.load();
      again.commit({ command: 'b', patches: [{ document: 'vm-1', after: vm('after') }] });
      expect(documents.size).toBeLessThanOrEqual(1);
      expect(open(path).load().documents.get('vm-1')).toEqual(vm('after'));
      expect(readdirSync(path)).toContain('journal.log');
    }
  });
});
