import { defineConfig } from '@playwright/test';

/** End-to-end tests: the built application in real windows, one at a time, because they share one screen. */
export default defineConfig({
  testDir: 'tests/e2e/specs',
  tsconfig: './tsconfig.tests.json',
  outputDir: 'artifacts/e2e',
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env['CI']),
  reporter: [['list'], ['json']],
});
