import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../support';
import { Random } from '@engine/base/random';
import { JournaledStore } from '../../../electron/storage/documents/journaled-store';
import { encodeFrame, scanFrames } from '../../../electron/storage/documents/frames';
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
const folder = temporaryFolder;
const open = (path: string): JournaledStore => new JournaledStore(path, format);
const vm = (name: string): { name: string; notes: string } => ({ name, notes: '' });

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
      expect(readFileSync(join(copy, 'journal.log'))).toHaveLength(whole);
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
    expect(notices).toEqual([
      { code: 'documentDamaged', document: 'vm-1', file: `${file}.damaged-1`, reason: 'it is not JSON' },
    ]);
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
    expect(notices).toMatchObject([{ code: 'documentDamaged', document: 'journal', file: `${journal}.damaged-1` }]);
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
    expect(loaded.notices).toMatchObject([
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

  it('takes only what it could read back, and changes nothing when one document of a change is refused', () => {
    const path = folder();
    const store = open(path);
    store.load();
    const good = { document: 'vm-1', after: vm('one') };
    const bad: readonly (readonly [string, unknown])[] = [
      ['vm-2', { name: 5, notes: '' }],
      ['vm-2', { name: Number.NaN, notes: '' }],
      ['vm-2', undefined],
      ['host', { next: Infinity }],
      ['unknown', {}],
      ['vm-../../outside', vm('x')],
      ['', vm('x')],
    ];
    for (const [document, after] of bad) {
      const refused = (): number => store.commit({ command: 'a', patches: [good, { document, after }] });
      expect(refused).toThrow(expect.objectContaining({ code: 'invalid' }));
    }
    expect(open(path).load().documents.size).toBe(0);
  });

  it('refuses to write a newer document, or beside a newer journal', () => {
    const path = folder();
    open(path).load();
    const documents = join(path, 'documents');
    writeFileSync(join(documents, 'vm-new.json'), JSON.stringify({ version: 3, sequence: 0, data: { unheardOf: 1 } }));
    const store = open(path);
    expect(store.load().documents.has('vm-new')).toBe(false);
    const change = { command: 'a', patches: [{ document: 'vm-new', after: vm('x') }] };
    expect(() => store.commit(change)).toThrow(expect.objectContaining({ code: 'read-only' }));
    store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm('one') }] }); // version 2, in the journal only
    const journal = readFileSync(join(path, 'journal.log'));

    const older = new JournaledStore(path, { ...format, version: 1, migrations: [] });
    const loaded = older.load();
    expect(loaded.notices.map(({ code, document }) => `${code} ${document}`)).toContain('documentNewer journal');
    expect(() => older.commit({ command: 'b', patches: [] })).toThrow(expect.objectContaining({ code: 'read-only' }));
    older.close();
    expect(readFileSync(join(path, 'journal.log'))).toEqual(journal);
  });

  it('does not put what an old journal says over a document that is newer', () => {
    const path = folder();
    const store = open(path);
    store.load();
    store.commit({ command: 'a', patches: [{ document: 'vm-1', after: vm('old') }] });
    const newer = JSON.stringify({ version: 3, sequence: 9, data: { name: 'new', notes: '' } });
    writeFileSync(join(path, 'documents', 'vm-1.json'), newer);
    const again = open(path);
    expect(again.load().documents.get('vm-1')).toEqual({ name: 'new', notes: '' });
    again.close();
    expect(readFileSync(join(path, 'documents', 'vm-1.json'), 'utf8')).toBe(newer);
  });

  it('migrates what an older program left in its journal', () => {
    const path = folder();
    const schemaFor = (name: string): z.ZodType | null => (name === 'vm-1' ? z.object({ name: z.string() }) : null);
    const older = new JournaledStore(path, { version: 1, migrations: [], schemaFor });
    older.load();
    older.commit({ command: 'a', patches: [{ document: 'vm-1', after: { name: 'old' } }] });
    expect(open(path).load().documents.get('vm-1')).toEqual({ name: 'old', notes: 'from version 1' });
  });

  it('does not fall over a migration that throws', () => {
    const path = folder();
    open(path).load();
    writeFileSync(join(path, 'documents', 'vm-1.json'), JSON.stringify({ version: 1, sequence: 0, data: 'no object' }));
    const { documents, notices } = open(path).load();
    expect(documents.size).toBe(0);
    expect(notices[0]?.reason).toContain('its migration failed');
  });

  it('remembers the last changes with what was before, over checkpoints and reopening', () => {
    const path = folder();
    const store = new JournaledStore(path, format, { checkpointRecords: 3, historyLimit: 5 });
    store.load();
    for (let i = 1; i <= 10; i++) {
      const before = i === 1 ? null : { next: i - 1 };
      store.commit({ command: `c${i}`, patches: [{ document: 'host', before, after: { next: i } }] });
    }
    const { history, sequence } = new JournaledStore(path, format, { historyLimit: 5 }).load();
    expect(sequence).toBe(10);
    expect(history.map(({ command }) => command)).toEqual(['c6', 'c7', 'c8', 'c9', 'c10']);
    expect(history[0]).toEqual({
      sequence: 6,
      command: 'c6',
      patches: [{ document: 'host', before: { next: 5 }, after: { next: 6 } }],
    });
  });

  it('keeps a whole file that is no journal of ours', () => {
    const path = folder();
    for (const [index, text] of ['{"something":"else"}', 'no JSON'].entries()) {
      writeFileSync(join(path, 'journal.log'), encodeFrame(new TextEncoder().encode(text)));
      const { notices } = open(path).load();
      expect(notices).toMatchObject([{ code: 'documentDamaged', document: 'journal' }]);
      expect(existsSync(join(path, `journal.log.damaged-${index + 1}`))).toBe(true);
    }
  });

  it('removes what an interrupted write left, and ignores files that are no documents', () => {
    const path = folder();
    open(path).load();
    const documents = join(path, 'documents');
    writeFileSync(join(documents, 'vm-1.json.tmp'), '{"half');
    writeFileSync(join(documents, 'notes.txt'), 'mine');
    expect(open(path).load()).toMatchObject({ notices: [] });
    expect(readdirSync(documents)).toEqual(['notes.txt']);
  });

  it('ends once, and takes nothing afterwards', () => {
    const store = open(folder());
    expect(() => store.commit({ command: 'a', patches: [] })).toThrow(expect.objectContaining({ code: 'closed' }));
    store.load();
    store.close();
    store.close();
    expect(() => store.commit({ command: 'a', patches: [] })).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it('says when the folder is of no use', () => {
    const path = folder();
    writeFileSync(join(path, 'file'), '');
    expect(() => open(join(path, 'file')).load()).toThrow(expect.objectContaining({ name: 'StoreError', code: 'io' }));
  });
});

describe('frames', () => {
  const payloads = [0, 1, 50, 5000].map((length, i) => new Uint8Array(length).fill(i + 1));
  const whole = Buffer.concat(payloads.map((payload) => encodeFrame(payload)));

  it('come back as they were', () => {
    const scan = scanFrames(whole);
    expect(scan).toMatchObject({ goodBytes: whole.length, hasLaterFrames: false });
    expect(scan.payloads.map((payload) => Buffer.from(payload))).toEqual(
      payloads.map((payload) => Buffer.from(payload)),
    );
  });

  it('tell damage in the middle from a torn end, wherever the damage is: length, checksum, payload or mark', () => {
    const second = 12; // the first payload is empty
    for (let at = second; at < second + 13; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x80;
      expect(scanFrames(bytes)).toMatchObject({ goodBytes: second, hasLaterFrames: true });
    }
    expect(scanFrames(whole.subarray(0, whole.length - 1))).toMatchObject({ hasLaterFrames: false });
    expect(scanFrames(whole.subarray(0, whole.length - 1)).payloads).toHaveLength(3);
  });
});
