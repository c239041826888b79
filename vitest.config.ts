import { defineConfig } from 'vitest/config';
import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [vue()],
  resolve: {
    alias: { '@shared': at('./shared'), '@engine': at('./electron/engine'), '@renderer': at('./renderer') },
  },
  test: {
    include: ['tests/{engine,management,storage,contract,renderer,rules}/**/*.test.ts'],
    environmentMatchGlobs: [],
    testTimeout: 20_000,
  },
});
