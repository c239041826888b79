import type { z } from 'zod';
import type { Contract } from '@shared/contract';
import type { CallSpec } from '@shared/contract/define';
import type { WindowRole } from '../../app/windows';

/** Who calls: the window, by its number, and what it is for. */
export interface Caller {
  readonly windowId: number;
  readonly role: WindowRole;
}

type Handler<S> =
  S extends CallSpec<infer I, infer O>
    ? (input: z.output<I>, caller: Caller) => z.input<O> | Promise<z.input<O>>
    : never;

/** The functions that a domain must supply: exactly its calls. */
export type DomainHandlers<D extends keyof Contract> = {
  readonly [K in keyof Contract[D] as Contract[D][K] extends CallSpec ? K : never]: Handler<Contract[D][K]>;
};

/** All domains. A call that is declared and not supplied does not compile. */
export type Handlers = { readonly [D in keyof Contract]: DomainHandlers<D> };
