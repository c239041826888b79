import { beforeAll, describe, expect, it, vi } from 'vitest';
import { channelOf, contract } from '@shared/contract';

type Listener = (event: unknown, payload: unknown) => void;

const electron = vi.hoisted(() => ({
  exposed: new Map<string, Record<string, Record<string, (...args: unknown[]) => unknown>>>(),
  invoked: [] as unknown[][],
  listeners: new Map<string, Set<(event: unknown, payload: unknown) => void>>(),
}));

vi.mock('electron', () => ({
  contextBridge: { exposeInMainWorld: (name: string, api: never) => electron.exposed.set(name, api) },
  ipcRenderer: {
    invoke: (...args: unknown[]) => electron.invoked.push(args),
    on: (channel: string, listener: Listener) =>
      electron.listeners.set(channel, (electron.listeners.get(channel) ?? new Set<Listener>()).add(listener)),
    removeListener: (channel: string, listener: Listener) => electron.listeners.get(channel)?.delete(listener),
  },
}));

beforeAll(async () => {
  await import('../../electron/preload');
});

describe('preload', () => {
  it('exposes `lab` and nothing else, with exactly the calls of the contract and one `on` a domain', () => {
    expect([...electron.exposed.keys()]).toEqual(['lab']);
    const lab = electron.exposed.get('lab') ?? {};
    expect(Object.keys(lab).sort()).toEqual(Object.keys(contract).sort());
    for (const [domain, entries] of Object.entries(contract)) {
      const calls = Object.entries(entries).flatMap(([name, { kind }]) => (kind === 'call' ? [name] : []));
      expect(Object.keys(lab[domain] ?? {}).sort()).toEqual([...calls, 'on'].sort());
    }
  });

  it('invokes the channel of the call with its one argument', () => {
    electron.exposed.get('lab')?.['machine']?.['start']?.({ vmId: 'a' }, 'ignored');
    expect(electron.invoked).toEqual([[channelOf('machine', 'start'), { vmId: 'a' }]]);
  });

  it('hands over payloads without the event object, until unsubscribed, and knows its events', () => {
    const inventory = electron.exposed.get('lab')?.['inventory'];
    const seen: unknown[][] = [];
    const end = inventory?.['on']?.('changed', (...args: unknown[]) => seen.push(args));
    const emit = (): void =>
      electron.listeners
        .get(channelOf('inventory', 'changed'))
        ?.forEach((listener) => listener({ sender: 'secret' }, 5));
    emit();
    if (typeof end === 'function') end();
    emit();
    expect(seen).toEqual([[5]]);
    expect(() => inventory?.['on']?.('createVm', () => undefined)).toThrow(/no event/);
    expect(() => inventory?.['on']?.('nonsense', () => undefined)).toThrow(/no event/);
  });
});
