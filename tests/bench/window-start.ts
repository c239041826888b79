import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type Page } from '@playwright/test';

/** An application to start, and the proof that a person can use its window: something is clicked and answers. */
export interface Candidate {
  readonly path: string;
  /** Its own switches, given an empty folder for its data. */
  readonly args: (folder: string) => readonly string[];
  readonly use: (window: Page) => Promise<void>;
}

/** Milliseconds from starting the process until the window has answered a click. Every start is a first start. */
export async function measureStart({ path, args, use }: Candidate): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'partition-lab-bench-'));
  const chromium = [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--user-data-dir=${join(folder, 'chromium')}`,
  ];
  const began = performance.now();
  const app = await _electron.launch({ args: [...chromium, path, ...args(folder)] });
  try {
    await use(await app.firstWindow());
    return performance.now() - began;
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
