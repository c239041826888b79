import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: { '@shared': at('./shared'), '@engine': at('./electron/engine'), '@renderer': at('./renderer') },
  },
  test: {
    testTimeout: 20_000,
    maxWorkers: Math.min(availableParallelism(), 4), // by itself Vitest leaves one of two processors idle
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/{renderer,e2e,real-guest,bench}/**'],
        },
      },
      {
        extends: true,
        test: { name: 'renderer', include: ['tests/renderer/**/*.test.ts'], environment: 'happy-dom' },
      },
    ],
  },
});
