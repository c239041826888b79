import type { ShellContext } from '../context';
import type { Command } from '../shell';

const KB_PER_PAGE = 4;

/** Kilobytes as the kernel counts them: what lies in the balloon belongs to the host and is no memory of the system. */
function memory({ kernel }: ShellContext): { total: number; free: number } {
  const { totalPages, ballooned, available } = kernel.memory;
  return { total: (totalPages - ballooned) * KB_PER_PAGE, free: available * KB_PER_PAGE };
}

/** /proc/meminfo: what there is, in the kernel's columns. */
export function meminfo(context: ShellContext): void {
  const { total, free } = memory(context);
  const row = (label: string, kilobytes: number): void =>
    context.terminal.line(`${`${label}:`.padEnd(16)}${String(kilobytes).padStart(8)} kB`);
  row('MemTotal', total);
  row('MemFree', free);
  row('MemAvailable', free);
  row('SwapTotal', 0);
  row('SwapFree', 0);
  row('Committed_AS', total - free);
}

/** free(1), in kilobytes or with -m in megabytes. The model system caches nothing: free and available are one. */
export const free: Command = (args, context) => {
  const scale = args.includes('-m') ? 1024 : 1;
  const found = memory(context);
  const column = (kilobytes: number): string => String(Math.floor(kilobytes / scale)).padStart(12);
  const row = (label: string, cells: readonly number[]): void =>
    context.terminal.line(label.padEnd(7) + cells.map(column).join(''));
  const heads = ['total', 'used', 'free', 'shared', 'buff/cache', 'available'];
  context.terminal.line(' '.repeat(7) + heads.map((head) => head.padStart(12)).join(''));
  row('Mem:', [found.total, found.total - found.free, found.free, 0, 0, found.free]);
  row('Swap:', [0, 0, 0]);
};
