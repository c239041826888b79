import { onScopeDispose } from 'vue';
import { lab } from '@renderer/api/lab';
import type { Lab } from '@shared/contract';

/** Subscribes to an event of a domain for as long as the component lives. */
export function useLabEvent<D extends keyof Lab>(domain: D, subscribe: (door: Lab[D]) => () => void): void {
  onScopeDispose(subscribe(lab()[domain]));
}
