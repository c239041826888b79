import { contract, type Answer, type Contract, type EventPayload, type Lab } from '@shared/contract';
import { LabError } from '@shared/model/errors';
import type { CallSpec, EventSpec } from '@shared/contract/define';
import type { z } from 'zod';

type Calls<D> = {
  [K in keyof D]: D[K] extends CallSpec<infer I, infer O>
    ? (input: z.output<I>) => z.input<O> | Promise<z.input<O>>
    : never;
};
type CallKeys<D> = { [K in keyof D]: D[K] extends CallSpec ? K : never }[keyof D];

/** Answers of the other side, by domain and call. What is not there must not be called. */
export type Handlers = { [D in keyof Contract]?: Partial<Pick<Calls<Contract[D]>, CallKeys<Contract[D]>>> };

export interface RecordedCall {
  readonly name: string;
  readonly input: unknown;
}

/**
 * The other side of `window.lab`, for tests of windows. Built from the contract: inputs and answers are checked by its schemas,
 * events too. A call that the test did not plan fails the test.
 */
export class FakeLab {
  readonly calls: RecordedCall[] = [];
  /** Calls nobody planned; a test ends with none. */
  readonly surprises: string[] = [];
  readonly lab: Lab;
  private readonly listeners = new Map<string, Set<(payload: never) => void>>();

  constructor(readonly handlers: Handlers) {
    const domains = Object.entries(contract).map(([name, domain]) => [name, this.domain(name, domain)]);
    // Every key of the contract is present, made by the loop above; the compiler cannot see that.
    this.lab = Object.fromEntries(domains) as Lab;
  }

  /** Inputs of the calls of that name so far: `machine.start`. */
  inputsOf(name: string): unknown[] {
    return this.calls.filter((call) => call.name === name).map(({ input }) => input);
  }

  /** Sends an event to the window. */
  emit<D extends keyof Contract, K extends keyof Contract[D] & string>(
    domain: D,
    name: K,
    payload: EventPayload<Contract[D][K]>,
  ): void {
    const spec: unknown = contract[domain][name];
    if (!isEvent(spec)) throw new Error(`${domain}.${name} is no event`);
    const checked = spec.payload.parse(payload);
    for (const listener of this.listeners.get(`${domain}.${name}`) ?? []) listener(checked as never); // shape checked by the schema
  }

  /** How many subscriptions to an event are alive. */
  listenersOf(name: string): number {
    return this.listeners.get(name)?.size ?? 0;
  }

  private domain(domain: string, entries: Readonly<Record<string, CallSpec | EventSpec>>): Record<string, unknown> {
    const calls = Object.entries(entries).flatMap(([name, spec]) =>
      spec.kind === 'call' ? [[name, this.call(domain, name, spec)] as const] : [],
    );
    const on = (name: string, listener: (payload: never) => void): (() => void) => {
      const key = `${domain}.${name}`;
      this.listeners.set(key, (this.listeners.get(key) ?? new Set()).add(listener));
      return () => this.listeners.get(key)?.delete(listener);
    };
    return { ...Object.fromEntries(calls), on };
  }

  private call(domain: string, name: string, spec: CallSpec): (input: unknown) => Promise<Answer<unknown>> {
    return async (input) => {
      const checked = spec.input.parse(input);
      this.calls.push({ name: `${domain}.${name}`, input: checked });
      const handler: unknown = Reflect.get(Reflect.get(this.handlers, domain) ?? {}, name);
      if (typeof handler !== 'function') {
        this.surprises.push(`${domain}.${name}`);
        throw new Error(`unplanned call ${domain}.${name}`);
      }
      try {
        return { ok: true, value: spec.output.parse(await handler(checked)) };
      } catch (error) {
        if (error instanceof LabError && isListed(spec, error)) return { ok: false, error: error.toData() };
        throw error;
      }
    };
  }
}

const ALWAYS_POSSIBLE: readonly string[] = ['badRequest', 'notAllowed', 'internal'];

/** A test may only answer with the codes that the contract lists for the call. */
function isListed(spec: CallSpec, { code }: LabError): boolean {
  return spec.errors.includes(code) || ALWAYS_POSSIBLE.includes(code);
}

function isEvent(spec: unknown): spec is EventSpec {
  return typeof spec === 'object' && spec !== null && 'kind' in spec && spec.kind === 'event';
}
