import { appContract } from './app';
import { filesContract } from './files';
import { inventoryContract } from './inventory';
import { machineContract } from './machine';
import type { z } from 'zod';
import type { CallSpec, EventSpec } from './define';

/** Every call and event there is, by domain. Preload, main and windows are all built from this one object. */
export const contract = {
  app: appContract,
  inventory: inventoryContract,
  machine: machineContract,
  files: filesContract,
} as const;
export type Contract = typeof contract;

type CallsOf<D> = { [K in keyof D as D[K] extends CallSpec ? K : never]: D[K] };
type EventsOf<D> = { [K in keyof D as D[K] extends EventSpec ? K : never]: D[K] };

/** The type of a call as a window uses it: input in, an answer envelope out. */
export type CallFunction<S> =
  S extends CallSpec<infer I, infer O> ? (input: z.input<I>) => Promise<Answer<z.output<O>>> : never;
export type EventPayload<S> = S extends EventSpec<infer P> ? z.output<P> : never;

/** What comes back from a call: the value, or an error as data. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: import('@shared/model/errors').LabErrorData };

/** The page's `window.lab`. */
export type Lab = {
  readonly [D in keyof Contract]: {
    readonly [K in keyof CallsOf<Contract[D]>]: CallFunction<CallsOf<Contract[D]>[K]>;
  } & {
    /** Subscribes to an event of this domain; the function that comes back ends it. */
    readonly on: <K extends keyof EventsOf<Contract[D]>>(
      name: K,
      handler: (payload: EventPayload<EventsOf<Contract[D]>[K]>) => void,
    ) => () => void;
  };
};

/** Name of the IPC channel of an entry. */
export function channelOf(domain: string, entry: string): string {
  return `lab/${domain}/${entry}`;
}
