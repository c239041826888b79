import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { channelOf, contract } from '@shared/contract';
import { call, type CallSpec, type EventSpec } from '@shared/contract/define';
import { ERROR_CODES, LabError } from '@shared/model/errors';
import { answer } from '../../electron/ipc/answer';

const entries = Object.entries(contract).flatMap(([domain, table]) =>
  Object.entries<CallSpec | EventSpec>(table).map(([name, spec]) => ({ domain, name, spec })),
);
const calls = entries.flatMap(({ domain, name, spec }) => (spec.kind === 'call' ? [{ domain, name, spec }] : []));

// What a hostile or broken page may send to any call. Calls without input take nothing but undefined.
const HOSTILE: readonly unknown[] = [
  null,
  0,
  '',
  'x',
  [],
  NaN,
  { vmId: '../../x' },
  { vmId: 'x'.repeat(1e5) },
  { path: 'C:\\..\\..\\x'.repeat(200) },
  { __proto__: null },
];

describe('contract', () => {
  it('gives every entry a channel of its own', () => {
    const channels = entries.map(({ domain, name }) => channelOf(domain, name));
    expect(new Set(channels).size).toBe(channels.length);
    expect(entries.length).toBeGreaterThan(30);
  });

  it.each(calls)('$domain.$name refuses what does not fit its schema, before its handler runs', async ({ spec }) => {
    for (const input of HOSTILE) {
      let ran = false;
      const result = await answer(
        spec,
        input,
        () => (ran = true),
        () => undefined,
      );
      expect(ran).toBe(false);
      expect(result).toMatchObject({ ok: false, error: { code: 'badRequest' } });
    }
  });

  it.each(calls)('$domain.$name declares only codes that exist, each once', ({ spec }) => {
    expect(new Set(spec.errors).size).toBe(spec.errors.length);
    for (const code of spec.errors) expect(ERROR_CODES).toContain(code);
  });
});

describe('answer', () => {
  const spec = call(z.object({ n: z.number() }), z.object({ twice: z.number() }), ['notFound']);
  const reported: unknown[] = [];
  const run = (body: (n: number) => unknown): ReturnType<typeof answer> =>
    answer(
      spec,
      { n: 4, extra: true },
      (input) => body(z.object({ n: z.number() }).parse(input).n),
      (error) => reported.push(error),
    );

  it('carries a value, sync or async', async () => {
    expect(await run((n) => ({ twice: n * 2 }))).toEqual({ ok: true, value: { twice: 8 } });
    expect(await run(async (n) => Promise.resolve({ twice: n }))).toEqual({ ok: true, value: { twice: 4 } });
  });

  it('carries a declared error as data', async () => {
    const result = await run(() => {
      throw new LabError('notFound', { id: 'x' }, [{ code: 'fileNotFound', params: { path: 'p' } }]);
    });
    expect(result).toEqual({
      ok: false,
      error: { code: 'notFound', params: { id: 'x' }, details: [{ code: 'fileNotFound', params: { path: 'p' } }] },
    });
    expect(reported).toHaveLength(0);
  });

  it('reports an undeclared error, an exception and a wrong answer, and tells the page only `internal`', async () => {
    const bodies = [
      () => {
        throw new LabError('diskFull');
      },
      () => {
        throw new TypeError('oops');
      },
      () => ({ twice: 'no' }),
    ];
    for (const body of bodies) expect(await run(body)).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(reported).toHaveLength(3);
  });
});
