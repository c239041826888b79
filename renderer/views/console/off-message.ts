import type { VmSummary } from '@shared/model/inventory';

type Translate = (key: string, params: Record<string, string | number>) => string;

/** What stands in the guest area while there is no picture; null when it is simply black. */
export function offMessage(t: Translate, vm: VmSummary | null, name: string): { title: string; hint?: string } | null {
  const say = (
    key: string,
    hint: boolean,
    params: Record<string, string | number> = {},
  ): { title: string; hint?: string } => ({
    title: t(`console.${key}.title`, { vm: name, ...params }),
    ...(hint ? { hint: t(`console.${key}.hint`, {}) } : {}),
  });
  if (!vm) return say('gone', true);
  const { state, operation } = vm.runtime;
  const percent = operation?.percent ?? null;
  if (operation?.kind === 'restoring') return say('restoring', false);
  switch (state) {
    case 'off':
    case 'critical':
      return say('off', true);
    case 'saved':
      return say('saved', true);
    case 'saving':
      return percent === null ? say('saving', false) : say('savingPercent', false, { n: Math.floor(percent) });
    case 'stopping':
      return say('stopping', false);
    case 'running':
    case 'paused':
    case 'starting':
    case 'pausing':
    case 'resuming':
      return null;
  }
}
