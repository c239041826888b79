import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const shared = { '@shared': at('./shared') };
const engine = { ...shared, '@engine': at('./electron/engine') };

/**
 * Three bundles: the main process (ES modules), the preload (one CommonJS file, because a sandboxed preload can load nothing
 * else) and the windows. Everything that is imported is bundled, so the packaged application needs no `node_modules`.
 */
export default defineConfig({
  main: {
    resolve: { alias: engine },
    build: {
      outDir: 'out/main',
      externalizeDeps: false,
      rollupOptions: {
        input: { main: at('./electron/main.ts') },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    resolve: { alias: shared },
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      minify: true,
      rollupOptions: {
        input: { preload: at('./electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('./renderer'),
    plugins: [vue()],
    resolve: { alias: { ...shared, '@renderer': at('./renderer') } },
    // What the windows do without: the option-style API of vue-i18n and its tools for browsers' developer consoles. Messages are
    // interpreted, not compiled to code: the content security policy forbids `eval`.
    define: {
      __VUE_I18N_FULL_INSTALL__: true,
      __VUE_I18N_LEGACY_API__: false,
      __INTLIFY_PROD_DEVTOOLS__: false,
      __INTLIFY_JIT_COMPILATION__: true,
    },
    build: {
      outDir: at('./out/renderer'),
      minify: true,
      // Pictures and fonts stay files: the content security policy allows no `data:` addresses.
      assetsInlineLimit: 0,
      rollupOptions: { input: { index: at('./renderer/index.html') } },
    },
  },
});
