import type { MessageCounters, ProviderState } from '../message-provider';

/** How far the channel is. `ready`: versions and capabilities are agreed. */
export type DmPhase = 'closed' | 'open' | 'versioned' | 'ready' | 'refused';

/** Saved state of the provider. Pages unless a name says otherwise. */
export interface DynamicMemoryState extends ProviderState {
  phase: DmPhase;
  version: number;
  transaction: number;
  canBalloon: boolean;
  canHotAdd: boolean;
  /** Alignment that the guest wants for added memory. */
  hotAddAlign: number;
  /** What the guest said last; null until it has. */
  report: { available: number; committed: number } | null;
  /** What was asked for and is not answered. */
  pending:
    | { kind: 'balloon'; left: number; taken: number }
    | { kind: 'unballoon' }
    | { kind: 'hotAdd'; start: number; count: number }
    | null;
  /** Partition time until which no request is made: the guest could not do the last one. */
  quietUntil: number;
  /** The guest has said that it takes no more memory. */
  hotAddRefused: boolean;
  counters: DynamicMemoryCounters;
}

/** Reports and answers, and pages that went either way. */
export interface DynamicMemoryCounters extends MessageCounters {
  reports: number;
  ballooned: number;
  unballooned: number;
  hotAdded: number;
}

export function newDynamicMemory(): DynamicMemoryState {
  return {
    phase: 'closed',
    version: 0,
    transaction: 0,
    canBalloon: false,
    canHotAdd: false,
    hotAddAlign: 1,
    report: null,
    pending: null,
    quietUntil: 0,
    hotAddRefused: false,
    waiting: [],
    counters: { reports: 0, ballooned: 0, unballooned: 0, hotAdded: 0, malformed: 0 },
  };
}
