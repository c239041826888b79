import type { ShellContext } from './context';
import { stepJob } from './jobs';

/** A command behind `&` goes on beside the prompt. True when there was one to put there. */
export function sendToBackground(context: ShellContext, text: string): boolean {
  const { session, terminal } = context;
  if (!session.job) return false;
  const number = Math.max(0, ...session.background.map((one) => one.number)) + 1;
  session.background.push({ number, text, job: session.job });
  session.job = null;
  terminal.line(`[${number}] ${FIRST_PROCESS + number}`);
  return true;
}

/** Process ids that the shell gives its children. */
const FIRST_PROCESS = 500;

/** Lets the commands beside the prompt go on. True when one of them has ended. */
export function stepBackground(context: ShellContext): boolean {
  const { session, terminal } = context;
  const front = session.job;
  let hasEnded = false;
  try {
    for (const one of [...session.background]) {
      session.job = one.job;
      stepJob(context);
      if (session.job !== null) continue;
      hasEnded = true;
      session.background = session.background.filter((other) => other !== one);
      terminal.line(`[${one.number}]+  Done                    ${one.text}`);
    }
  } finally {
    session.job = front; // also when a sector has to be read first
  }
  return hasEnded;
}

/** When the earliest of the session's commands wants to go on by itself, or null. */
export function nextJobTime({ session }: ShellContext): number | null {
  const jobs = [...session.background.map(({ job }) => job), ...(session.job ? [session.job] : [])];
  return jobs.reduce<number | null>(
    (least, { due }) => (due !== null && (least === null || due < least) ? due : least),
    null,
  );
}
