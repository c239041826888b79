// Boots an unmodified Linux kernel on the engine: bundles the test's TypeScript with the engine's, and runs it.
//   node tests/real-guest/run.mjs [legacy] [synthetic] [storage] [human] [floppy] [components] [packages] [--host=ID] [--verbose]
// Without names it takes every road; `packages` alone only gets what they need.
// The last line is a JSON object: {"passed":n,"failed":n,"skipped":n,"why":"..."}; the exit code is 1 on a failure.
// With PARTITION_LAB_REQUIRE_REAL_GUEST=1 it is a failure when the guest's packages cannot be had.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bundle = path.join(root, 'node_modules', '.cache', 'partition-lab', `real-guest-${process.pid}`);

try {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { '@shared': path.join(root, 'shared'), '@engine': path.join(root, 'electron', 'engine') } },
    ssr: { external: ['v86'] },
    build: {
      ssr: path.join(root, 'tests', 'real-guest', 'main.ts'),
      outDir: bundle,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  });
  const { main } = await import(pathToFileURL(path.join(bundle, 'main.mjs')).href);
  process.exitCode = await main(process.argv.slice(2), path.join(root, 'artifacts', 'real-guest'));
} finally {
  fs.rmSync(bundle, { recursive: true, force: true });
}
